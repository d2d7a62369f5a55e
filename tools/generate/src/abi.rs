//! What a program is compiled with, read from `include/primer.h`: numbers, layouts and signatures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The contents of `tests/conformance/abi.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abi {
    pub version: String,
    pub abi_version: u32,
    pub constants: Vec<Constant>,
    pub handles: Vec<Named>,
    pub structs: Vec<Struct>,
    pub callbacks: Vec<Function>,
    pub functions: Vec<Function>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    pub name: String,
    pub value: i64,
    /// The group of constants that one argument or field takes, as "METHOD"; "STATUS" for PRIMER_OK and PRIMER_ERR_*.
    #[serde(rename = "enum")]
    pub group: String,
    pub experimental: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub experimental: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Struct {
    pub name: String,
    pub size: usize,
    pub experimental: bool,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: usize,
    pub size: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub name: String,
    pub returns: String,
    pub arguments: Vec<Argument>,
    pub experimental: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

impl Abi {
    /// Reads the header, every declaration of which has a comment before it. `groups` are those of the constants.
    pub fn of(header: &str, groups: &[&str]) -> Abi {
        let defined = |name: &str| {
            let define = format!("#define {name} ");
            let found = header.lines().find_map(|line| line.strip_prefix(&define));
            found.unwrap_or_else(|| panic!("no {name}")).trim_matches('"').to_string()
        };
        let number = |name: &str| defined(name).parse::<u32>().unwrap();
        let mut abi = Abi {
            version: defined("PRIMER_VERSION"),
            abi_version: number("PRIMER_VERSION_MAJOR") << 16 | number("PRIMER_VERSION_MINOR"),
            constants: Vec::new(),
            handles: Vec::new(),
            structs: Vec::new(),
            callbacks: Vec::new(),
            functions: Vec::new(),
        };
        let mut sizes = BTreeMap::new();
        for block in header.split("\n/**\n").skip(1) {
            let (comment, rest) = block.split_once("*/\n").unwrap();
            abi.declaration(
                rest,
                groups,
                [" * Experimental: ", " * Experimental. "].iter().any(|mark| comment.contains(mark)),
                &mut sizes,
            );
        }
        abi
    }

    fn declaration(&mut self, text: &str, groups: &[&str], experimental: bool, sizes: &mut BTreeMap<String, usize>) {
        if let Some(define) = text.strip_prefix("#define ") {
            let (name, value) = define.lines().next().unwrap().split_once(' ').unwrap();
            let rest = name.strip_prefix("PRIMER_").unwrap();
            let is_of = |group: &&&str| rest.strip_prefix(**group).is_some_and(|value| value.starts_with('_'));
            let group = match rest.split('_').next().unwrap() {
                "OK" | "ERR" => "STATUS",
                first => groups.iter().filter(is_of).max_by_key(|group| group.len()).copied().unwrap_or(first),
            };
            self.constants.push(Constant {
                name: name.into(),
                value: value.parse().unwrap(),
                group: group.into(),
                experimental,
            });
        } else if let Some(body) = text.strip_prefix("typedef struct ").and_then(|t| t.split_once(" {\n")) {
            let (name, fields) = (body.0.to_string(), without_comments(body.1.split_once("\n} ").unwrap().0));
            let fields = fields.split(';').map(str::trim).filter(|f| !f.is_empty());
            let (fields, size) = laid_out(fields.map(variable), sizes);
            sizes.insert(name.clone(), size);
            self.structs.push(Struct { name, size, experimental, fields });
        } else if let Some(name) = text.strip_prefix("typedef struct ") {
            let name = name.split(' ').next().unwrap().to_string();
            self.handles.push(Named { name, experimental });
        } else if let Some(callback) = text.strip_prefix("typedef ").filter(|t| t.contains("(*primer_")) {
            let declaration = callback.split_once(";\n").unwrap().0.replace("(*", "").replacen(")(", "(", 1);
            self.callbacks.push(function(&declaration, experimental));
        } else if text.contains("(") && !text.starts_with("typedef") {
            self.functions.push(function(text.split_once(";\n").unwrap().0, experimental));
        }
    }

    /// A program in C that compiles where the compiler sees the same numbers and signatures.
    pub fn program(&self) -> String {
        let mut text = String::from("#include \"primer.h\"\n#define IS(a, b) _Static_assert((a) == (b), #a)\n");
        for Constant { name, value, .. } in &self.constants {
            text += &format!("IS({name}, {value});\n");
        }
        for Struct { name, size, fields, .. } in &self.structs {
            text += &format!("IS(sizeof({name}), {size});\n");
            for Field { name: field, offset, size, kind } in fields {
                text +=
                    &format!("IS(offsetof({name}, {field}), {offset});\nIS(sizeof((({name} *)0)->{field}), {size});\n");
                text += &format!("static {kind} *{name}_{field}({name} *s) {{ return &s->{field}; }}\n");
            }
            let uses: Vec<String> = fields.iter().map(|f| format!("(void *){name}_{}(s)", f.name)).collect();
            text += &format!(
                "void *fields_of_{name}({name} *s);\nvoid *fields_of_{name}({name} *s) {{ return {}; }}\n",
                uses.join(" ? (void *)s : ")
            );
        }
        for (f, pointer) in self.functions.iter().map(|f| (f, true)).chain(self.callbacks.iter().map(|f| (f, false))) {
            let kinds: Vec<&str> = f.arguments.iter().map(|a| a.kind.as_str()).collect();
            let kinds = if kinds.is_empty() { "void".into() } else { kinds.join(", ") };
            let (name, returns) = (&f.name, &f.returns);
            if pointer {
                text += &format!("{returns} (*const pointer_to_{name})({kinds}) = {name};\n");
            } else {
                text += &format!("{returns} (**pointer_to_{name}({name} *f))({kinds}) {{ return f; }}\n");
            }
        }
        text
    }
}

fn without_comments(text: &str) -> String {
    text.split("/**").map(|part| part.split_once("*/").map_or(part, |(_, after)| after)).collect()
}

/// Name and type of "const char *path".
fn variable(declaration: &str) -> (String, String) {
    let at = declaration.rfind([' ', '*']).unwrap() + 1;
    (declaration[at..].to_string(), plain(&declaration[..at]))
}

/// A type as people write it: the header's `struct` keywords are left out.
fn plain(kind: &str) -> String {
    kind.split_whitespace().filter(|word| *word != "struct").collect::<Vec<_>>().join(" ")
}

fn function(declaration: &str, experimental: bool) -> Function {
    let declaration = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
    let (head, arguments) = declaration.trim_end_matches(')').split_once('(').unwrap();
    let (name, returns) = variable(head);
    let arguments = arguments.split(',').map(str::trim).filter(|a| *a != "void").map(variable);
    let arguments = arguments.map(|(name, kind)| Argument { name, kind }).collect();
    Function { name, returns, arguments, experimental }
}

/// Offsets by the rule of all 64-bit ABIs that Primer runs on: each field at the next multiple of its alignment.
fn laid_out(fields: impl Iterator<Item = (String, String)>, sizes: &BTreeMap<String, usize>) -> (Vec<Field>, usize) {
    let (mut end, mut widest) = (0usize, 1);
    let place = |(name, kind): (String, String)| {
        let size = match kind.as_str() {
            pointer if pointer.ends_with('*') => 8,
            "size_t" | "int64_t" | "uint64_t" | "double" => 8,
            "int32_t" | "uint32_t" | "float" => 4,
            other => sizes[other],
        };
        let align = size.min(8);
        let offset = end.next_multiple_of(align);
        (end, widest) = (offset + size, widest.max(align));
        Field { name, kind, offset, size }
    };
    let fields = fields.map(place).collect();
    (fields, end.next_multiple_of(widest))
}
