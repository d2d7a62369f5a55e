//! The part of `src/capi/generated/*.rs` that takes what a host gave over into the library's options.

use std::fmt::Write;

use crate::docs::comment;
use crate::schema::{Enum, Field, Interface, Kind, Options, Type};

/// The methods of the C struct: one for the library's options, and one for each of their parts.
pub fn methods(interface: &Interface, options: &Options) -> String {
    let Some(whole) = &options.rust else { return String::new() };
    let mut out = format!("\nimpl {} {{\n", options.c_name());
    out += &method(interface, options, "apply", whole, None);
    for (part, target) in &options.parts {
        out.push('\n');
        out += &method(interface, options, &format!("apply_{part}"), target, Some(part));
    }
    out + "}\n"
}

fn method(interface: &Interface, options: &Options, name: &str, target: &str, part: Option<&str>) -> String {
    let fields: Vec<&Field> = options
        .settable()
        .filter(|f| f.part.as_deref() == part && f.rust_name().is_some())
        .filter(|f| part.is_some() || f.kind != Type::Options)
        .collect();
    let mut body = String::new();
    for field in &fields {
        body += &format!("        {}\n", line(interface, field, part.is_some()));
    }
    if part.is_none() {
        for field in options.fields.iter().filter(|f| f.kind == Type::Reserved) {
            writeln!(body, "        unused(self.{0}, \"{0}\")?;", field.name).unwrap();
        }
    }
    let mut names: Vec<String> =
        fields.iter().filter_map(|f| f.rust_name()).map(|name| format!("{name}: to_{name}")).collect();
    let mut left: Vec<&str> = match part {
        None => options.by_hand.iter().map(String::as_str).collect(),
        Some(_) => options.extra.iter().filter(|f| f.part.as_deref() == part).filter_map(|f| f.rust_name()).collect(),
    };
    left.retain(|name| !fields.iter().any(|f| f.rust_name() == Some(name)));
    names.extend(left.iter().map(|name| format!("{name}: _")));
    let what = match part {
        None => "Takes over into the library's options what stands for itself.",
        Some(_) => "Takes over what is given of this part; a field with its initial value counts as not given.",
    };
    let mut out = comment(
        "    /// ",
        &format!("{what}\n\n# Safety\nThe arrays and texts behind pointers are what the header promises."),
        120,
    );
    let initial = match body.contains("initial.") {
        true => format!("        let initial: {} = Sized32::initial();\n", options.c_name()),
        false => String::new(),
    };
    write!(
        out,
        "    pub(in crate::capi) unsafe fn {name}(&self, options: &mut {target}) -> Result<()> {{\n        \
         // Every option by its name: one that is new in Rust does not compile before interface/ has it.\n        \
         let {target} {{ {} }} = options;\n{initial}{body}        Ok(())\n    }}\n",
        names.join(", ")
    )
    .unwrap();
    out
}

/// The path of a group's conversion, from the module of any area.
fn converter(interface: &Interface, e: &Enum, name: &str) -> String {
    let area = interface.areas.iter().find(|a| a.enums.iter().any(|other| other.group == e.group)).expect("of an area");
    format!("super::{}::{name}", area.name)
}

/// How one field goes into `to_NAME`.
fn line(interface: &Interface, field: &Field, part: bool) -> String {
    let name = &field.name;
    let to = format!("to_{}", field.rust_name().expect("filtered"));
    let group = || interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
    let wrapped = |value: String| field.wrap.as_ref().map_or(value.clone(), |wrap| format!("{wrap}({value})"));
    // In a part, what has its initial value is not given.
    let given = |value: String| match part {
        true => format!("if self.{name} != initial.{name} {{ *{to} = Some({value}); }}"),
        false => format!("*{to} = {value};"),
    };
    match field.kind {
        Type::Enum => {
            let e = group();
            let convert = format!("{}(self.{name}, \"{name}\")?", converter(interface, e, &e.group.to_lowercase()));
            let partial = e.values.iter().any(|v| e.rust_value(v).is_none());
            match (part, partial && field.plain) {
                // A number that stands for nothing is an error also where it is not used.
                (true, _) => format!("let {name} = {convert};\n        {}", given(name.clone())),
                (false, true) => format!("if let Some(given) = {convert} {{ *{to} = given; }}"),
                (false, false) => given(convert),
            }
        }
        Type::Set => {
            let e = group();
            assert!(e.kind == Kind::Set, "{name} is a set");
            let members = format!("{}S", e.group);
            let convert = format!(
                "members(self.{name}, &{}, \"{name}\", \"PRIMER_{}_*\")?",
                converter(interface, e, &members),
                e.group
            );
            format!("let {name} = {convert};\n        {}", given(name.clone()))
        }
        Type::Flag => {
            let convert = format!("flag(self.{name}, \"{name}\")?");
            match part {
                true => format!("let {name} = {convert};\n        {}", given(name.clone())),
                false => given(convert),
            }
        }
        Type::Count => {
            let scaled = |n: String| field.scale.map_or(n.clone(), |by| format!("({n}).saturating_mul({by})"));
            let value = wrapped(scaled(format!("self.{name} as usize")));
            match field.is_optional() && !part {
                true => format!("*{to} = (self.{name} != 0).then_some({value});"),
                false => given(value),
            }
        }
        Type::Number if field.is_optional() && !part => {
            format!("*{to} = (self.{name} != 0.0).then_some(self.{name});")
        }
        Type::Number | Type::Seed => given(format!("self.{name}")),
        Type::Column => given(format!("column(self.{name}, \"{name}\")?")),
        Type::Text => format!(
            "// SAFETY: the caller's promise.\n        \
             *{to} = unsafe {{ text(self.{name}.data, self.{name}.len, \"{name}\") }}?.to_owned();"
        ),
        Type::Texts => format!(
            "// SAFETY: the caller's promise.\n        let {name} = unsafe {{ texts(self.{name}, self.{}, \"{name}\") }}?;\n        \
             *{to} = {name}.into_iter().map(str::to_owned).collect();",
            field.count.as_deref().expect("checked")
        ),
        Type::Counts => {
            let list = wrapped(format!("{name}.iter().map(|n| *n as usize).collect()"));
            format!(
                "// SAFETY: the caller's promise.\n        let {name} = unsafe {{ array(self.{name}, self.{}, \"{name}\") }}?;\n        \
                 *{to} = (!{name}.is_empty()).then(|| {list});",
                field.count.as_deref().expect("checked")
            )
        }
        Type::Path | Type::Names | Type::Options | Type::Reserved => {
            panic!("{name}: a field of this type is taken over by hand; say rust = \"-\"")
        }
    }
}

/// What these methods use of the modules beside, in the order of their names.
pub fn uses(methods: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let used =
        |names: &[&'static str]| names.iter().copied().filter(|name| methods.contains(&format!(" {name}("))).collect();
    (used(&["column", "flag", "members", "unused"]), used(&["array", "text", "texts"]))
}
