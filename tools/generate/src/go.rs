//! `bindings/go/generated_*.go`: constants with their names, and structs of options.

use std::fmt::Write;

use crate::docs::{self, Language, comment, lower_first, told};
use crate::schema::{Enum, Field, Interface, Kind, Options, Type};

const WIDTH: usize = 120;
const EXPERIMENTAL: &str = "Experimental: may change or go with any minor version.";

fn head(sources: &str) -> String {
    format!("// {}\n// Code generated from {sources}; DO NOT EDIT.\n\npackage primer\n\n", docs::mark(sources))
}

/// `generated_enums.go`.
pub fn enums(interface: &Interface) -> String {
    let mut out = head("interface/");
    out += "// #include \"primer.h\"\nimport \"C\"\n\n";
    for e in interface.enums() {
        let name = e.go_type();
        let mut text = format!("{name} is {}", lower_first(&told(interface, None, &e.doc, Language::Go)));
        if e.experimental {
            text += &format!("\n\n{EXPERIMENTAL}");
        }
        let kind = if e.kind == Kind::Set { "uint32" } else { "int32" };
        write!(out, "{}type {name} {kind}\n\nconst (\n", comment("// ", &text, WIDTH)).unwrap();
        for value in &e.values {
            let of = lower_first(&told(interface, None, &value.doc, Language::Go));
            out += &comment("\t// ", &format!("{}: {of}", e.go_value(value)), WIDTH);
            writeln!(out, "\t{} {name} = C.{}", e.go_value(value), e.constant(value)).unwrap();
        }
        out += ")\n\n";
        if e.group != "STATUS" {
            names(&mut out, e);
        }
    }
    out.truncate(out.trim_end().len() + 1);
    out
}

fn names(out: &mut String, e: &Enum) {
    let name = e.go_type();
    let table = name[..1].to_lowercase() + &name[1..] + "Names";
    let (constants, plain): (Vec<String>, Vec<String>) =
        e.values.iter().map(|v| (e.go_value(v), e.plain_value(v))).unzip();
    if e.kind == Kind::Set {
        writeln!(out, "var {table} = []member[{name}]{{").unwrap();
        for (constant, plain) in constants.iter().zip(&plain) {
            writeln!(out, "\t{{{constant}, {plain:?}}},").unwrap();
        }
        *out += "}\n\n";
        writeln!(
            out,
            "// String gives the names of the set, such as {:?}.\nfunc (set {name}) String() string {{ return joined(set, {table}) }}\n",
            plain.iter().take(2).cloned().collect::<Vec<_>>().join("|")
        )
        .unwrap();
        return;
    }
    writeln!(out, "var {table} = map[{name}]string{{").unwrap();
    let widest = constants.iter().map(String::len).max().unwrap_or(0);
    for (constant, plain) in constants.iter().zip(&plain) {
        writeln!(out, "\t{constant}:{} {plain:?},", " ".repeat(widest - constant.len())).unwrap();
    }
    writeln!(
        out,
        "}}\n\n// String gives a name such as {:?}.\nfunc (value {name}) String() string {{ return named(value, {table}) }}\n",
        plain.last().map_or("", |n| n)
    )
    .unwrap();
}

fn kind(interface: &Interface, field: &Field) -> String {
    match field.kind {
        Type::Enum | Type::Set => {
            interface.group(field.group.as_deref().unwrap_or_default()).expect("checked").go_type().into()
        }
        Type::Flag => "bool".into(),
        Type::Count | Type::Column => "int".into(),
        Type::Seed => "uint64".into(),
        Type::Number => "float64".into(),
        Type::Text | Type::Path => "string".into(),
        Type::Texts | Type::Names => "[]string".into(),
        Type::Counts => "[]int".into(),
        Type::Options => format!("*{}", other(field)),
        Type::Reserved => unreachable!("nobody sets it"),
    }
}

fn other(field: &Field) -> String {
    let name = field.group.as_deref().unwrap_or_default();
    format!("{}{}Options", name[..1].to_uppercase(), &name[1..])
}

/// What a run is given beside its options, handwritten and embedded.
fn run(options: &Options) -> Option<&'static str> {
    match options.name.as_str() {
        "adapt" => Some("AdaptRun"),
        "prime" => Some("PrimeRun"),
        _ => None,
    }
}

/// `generated_<name>_options.go`.
pub fn options_file(interface: &Interface, options: &Options) -> String {
    let (name, c) = (options.type_name(), options.c_name());
    let small = name[..1].to_lowercase() + &name[1..];
    let mut out = head("interface/");
    out += "// #include \"primer.h\"\nimport \"C\"\n\n";
    if options.settable().any(|f| matches!(f.kind, Type::Counts | Type::Names)) {
        out += "import \"unsafe\"\n\n";
    }
    let mut text = format!(
        "{name} say {}\n\nMake them with [New{name}] and change what you want to: a literal is refused, since of many fields 0 is a value of its own and not the initial one.",
        lower_first(&told(interface, Some(options), &options.doc, Language::Go)),
    );
    if options.experimental {
        text += &format!("\n\n{EXPERIMENTAL}");
    }
    out += &comment("// ", &text, WIDTH);
    writeln!(out, "type {name} struct {{").unwrap();
    if let Some(run) = run(options) {
        writeln!(out, "\t{run}\n").unwrap();
    }
    for field in options.settable() {
        out += &comment("\t// ", &docs::field(interface, options, field, Language::Go), WIDTH);
        writeln!(out, "\t{} {}", field.go_name(), kind(interface, field)).unwrap();
    }
    out += "\n\tmade bool\n}\n\n";
    let experimental = if options.experimental { format!("//\n// {EXPERIMENTAL}\n") } else { String::new() };
    write!(
        out,
        "// New{name} gives the initial values.\n{experimental}func New{name}() *{name} {{\n\tvar c C.{c}\n\tC.{c}_init(&c, C.sizeof_{c})\n\treturn {small}Of(&c)\n}}\n\n"
    )
    .unwrap();
    copied(&mut out, interface, options, &small);
    lent(&mut out, options);
    out
}

fn copied(out: &mut String, interface: &Interface, options: &Options, small: &str) {
    let (name, c) = (options.type_name(), options.c_name());
    write!(out, "// {small}Of copies the library's form of the options.\nfunc {small}Of(c *C.{c}) *{name} {{\n\to := &{name}{{\n").unwrap();
    let mut lines = Vec::new();
    for field in options.settable() {
        let (member, of) = (&field.name, kind(interface, field));
        let value = match field.kind {
            Type::Enum | Type::Set | Type::Count | Type::Column | Type::Seed | Type::Number => {
                format!("{of}(c.{member})")
            }
            Type::Flag => format!("c.{member} != 0"),
            Type::Text => format!("goString(c.{member})"),
            Type::Texts => format!("goTexts(c.{member}, c.{})", field.count.as_deref().unwrap_or_default()),
            _ => continue,
        };
        lines.push((field.go_name(), value));
    }
    lines.push(("made".into(), "true".into()));
    let widest = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in lines {
        writeln!(out, "\t\t{name}:{} {value},", " ".repeat(widest - name.len())).unwrap();
    }
    *out += "\t}\n";
    for field in options.settable() {
        let (member, go, count) = (&field.name, field.go_name(), field.count.as_deref().unwrap_or_default());
        match field.kind {
            Type::Path => write!(out, "\tif c.{member} != nil {{\n\t\to.{go} = C.GoString(c.{member})\n\t}}\n").unwrap(),
            Type::Names => write!(out, "\tfor _, one := range unsafe.Slice(c.{member}, c.{count}) {{\n\t\to.{go} = append(o.{go}, C.GoString(one))\n\t}}\n").unwrap(),
            Type::Counts => write!(out, "\tfor _, one := range unsafe.Slice(c.{member}, c.{count}) {{\n\t\to.{go} = append(o.{go}, int(one))\n\t}}\n").unwrap(),
            Type::Options => {
                let other = other(field);
                let small = other[..1].to_lowercase() + &other[1..];
                write!(out, "\tif c.{member} != nil {{\n\t\to.{go} = {small}Of(c.{member})\n\t}}\n").unwrap();
            }
            _ => {}
        }
    }
    *out += "\treturn o\n}\n\n";
}

fn lent(out: &mut String, options: &Options) {
    let (name, c) = (options.type_name(), options.c_name());
    write!(
        out,
        "// lend gives the library's form of the options, NULL for nil.\nfunc (o *{name}) lend(memory *memory) (*C.{c}, error) {{\n\tif o == nil {{\n\t\treturn nil, nil\n\t}}\n\tif !o.made {{\n\t\treturn nil, unmade(\"{name}\")\n\t}}\n\tc := (*C.{c})(memory.allocate(C.sizeof_{c}))\n\tC.{c}_init(c, C.sizeof_{c})\n"
    )
    .unwrap();
    if options.settable().any(|f| matches!(f.kind, Type::Path | Type::Names | Type::Options)) {
        *out += "\tvar err error\n";
    }
    let numbers = options.settable().any(|f| matches!(f.kind, Type::Count | Type::Column | Type::Counts));
    if numbers {
        *out += "\tvar number numbers\n";
    }
    for field in options.settable() {
        let (member, go, count) = (&field.name, field.go_name(), field.count.as_deref().unwrap_or_default());
        let line = match field.kind {
            Type::Enum => format!("c.{member} = C.int32_t(o.{go})"),
            Type::Set => format!("c.{member} = C.uint32_t(o.{go})"),
            Type::Flag => format!("c.{member} = flag(o.{go})"),
            Type::Count => format!("c.{member} = number.uint32(\"{go}\", o.{go})"),
            Type::Column => format!("c.{member} = number.int32(\"{go}\", o.{go})"),
            Type::Seed => format!("c.{member} = C.uint64_t(o.{go})"),
            Type::Number => format!("c.{member} = C.double(o.{go})"),
            Type::Text => format!("c.{member} = memory.text(o.{go})"),
            Type::Texts => format!("c.{member}, c.{count} = memory.texts(o.{go})"),
            Type::Counts => format!("c.{member}, c.{count} = memory.counts(&number, \"{go}\", o.{go})"),
            Type::Path => {
                format!("if c.{member}, err = memory.path(\"{go}\", o.{go}); err != nil {{\n\t\treturn nil, err\n\t}}")
            }
            Type::Names => format!(
                "if c.{member}, c.{count}, err = memory.names(\"{go}\", o.{go}); err != nil {{\n\t\treturn nil, err\n\t}}"
            ),
            Type::Options => {
                format!("if c.{member}, err = o.{go}.lend(memory); err != nil {{\n\t\treturn nil, err\n\t}}")
            }
            Type::Reserved => continue,
        };
        writeln!(out, "\t{line}").unwrap();
    }
    *out += if numbers { "\treturn c, number.err\n}\n" } else { "\treturn c, nil\n}\n" };
}

/// `generated_test.go`: the tables of the tests.
pub fn tests(interface: &Interface) -> String {
    let mut out = head("interface/");
    let table = |out: &mut String, text: &str, kind: &str, lines: Vec<(String, String)>| {
        let widest = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        writeln!(out, "// {text}\nvar {kind}{{").unwrap();
        for (name, value) in lines {
            writeln!(out, "\t{name:?}:{} {value},", " ".repeat(widest - name.len())).unwrap();
        }
        *out += "}\n\n";
    };
    let constants = interface
        .enums()
        .flat_map(|e| e.values.iter().map(move |v| (e.constant(v), format!("int32({})", e.go_value(v)))));
    table(
        &mut out,
        "constants are the values by C's names. Conformance cases are read by it.",
        "constants = map[string]int32",
        constants.collect(),
    );
    let stringers = interface
        .enums()
        .map(|e| (e.group.clone(), format!("func(v int32) string {{ return {}(v).String() }}", e.go_type())));
    table(
        &mut out,
        "stringers give the name of a value of each group of constants.",
        "stringers = map[string]func(int32) string",
        stringers.collect(),
    );
    let fields = interface.options().flat_map(|o| {
        o.fields.iter().flat_map(move |f| {
            let own = (
                format!("{}.{}", o.c_name(), f.name),
                if f.kind == Type::Reserved { String::new() } else { f.go_name() },
            );
            // A slice has its length.
            std::iter::once(own).chain(f.count.iter().map(move |c| (format!("{}.{c}", o.c_name()), String::new())))
        })
    });
    table(
        &mut out,
        "optionFields are the Go names of C's fields; none where Go needs none.",
        "optionFields = map[string]string",
        fields.map(|(c, go)| (c, format!("{go:?}"))).collect(),
    );
    let structs = interface.options().map(|o| (o.c_name(), format!("{}{{}}", o.type_name())));
    table(
        &mut out,
        "optionStructs are the Go types of C's options.",
        "optionStructs = map[string]any",
        structs.collect(),
    );
    out.truncate(out.trim_end().len() + 1);
    out
}
