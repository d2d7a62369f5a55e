//! `src/capi/generated/*.rs`: constants, structs of options with their initial values, and conversions of numbers to the
//! library's enumerations.

use std::fmt::Write;

use crate::conversion;
use crate::docs::{self, Language, comment, told};
use crate::schema::{Area, Enum, Field, Interface, Kind, Options, Type};

/// The file of one area.
pub fn area(interface: &Interface, area: &Area) -> String {
    let mut out = format!("// {}\n", docs::mark(&format!("interface/{}.toml", area.name)));
    out += "#![allow(dead_code, reason = \"what one area uses of its constants differs\")]\n\n";
    out += &uses(interface, area);
    for e in &area.enums {
        constants(&mut out, interface, e);
        if e.rust.is_some() && e.kind != Kind::Set {
            conversion(&mut out, e);
        }
        if e.kind == Kind::Set {
            set(&mut out, e);
        }
    }
    if let Some(options) = &area.options {
        options_struct(&mut out, interface, options);
        out += &conversion::methods(interface, options);
    }
    out
}

fn uses(interface: &Interface, area: &Area) -> String {
    let mut out = String::new();
    let fields = || area.options.iter().flat_map(|o| &o.fields);
    let has = |kind: Type| fields().any(|f| f.kind == kind);
    if has(Type::Path) || has(Type::Names) {
        out += "use std::ffi::c_char;\n\n";
    }
    for other in interface.areas.iter().filter(|a| a.name != area.name) {
        let mut names: Vec<String> = Vec::new();
        for field in fields() {
            for e in other.enums.iter().filter(|e| Some(&e.group) == field.group.as_ref()) {
                let defaults = field.default_names();
                names.extend(e.values.iter().filter(|v| defaults.contains(&v.name.as_str())).map(|v| e.constant(v)));
            }
            if field.kind == Type::Options
                && other.options.as_ref().is_some_and(|o| Some(&o.name) == field.group.as_ref())
            {
                names.push(format!("primer_{}_options", other.name));
            }
        }
        names.sort();
        names.dedup();
        match names.as_slice() {
            [] => {}
            [name] => writeln!(out, "use super::{}::{name};", other.name).unwrap(),
            _ => writeln!(out, "use super::{}::{{{}}};", other.name, names.join(", ")).unwrap(),
        }
    }
    let converts = area.enums.iter().any(|e| e.rust.is_some() && e.kind != Kind::Set);
    let methods = area.options.as_ref().map_or_else(String::new, |o| conversion::methods(interface, o));
    let (mut from_options, mut from_strings) = conversion::uses(&methods);
    if area.options.is_some() {
        from_options.extend(["Sized32", "init"]);
    }
    if converts {
        from_options.push("unknown");
    }
    if has(Type::Text) || has(Type::Texts) {
        from_strings.push("primer_str");
    }
    for (module, names) in [("options", from_options), ("strings", from_strings)] {
        match names.as_slice() {
            [] => {}
            [one] => writeln!(out, "use super::super::{module}::{one};").unwrap(),
            more => writeln!(out, "use super::super::{module}::{{{}}};", more.join(", ")).unwrap(),
        }
    }
    if converts || !methods.is_empty() {
        out += "use crate::error::Result;\n";
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn constants(out: &mut String, interface: &Interface, e: &Enum) {
    let kind = if e.kind == Kind::Set { "u32" } else { "i32" };
    for (i, value) in e.values.iter().enumerate() {
        let mut text = told(interface, None, &value.doc, Language::C);
        if e.kind == Kind::Set && i == 0 {
            text += &format!(" The PRIMER_{}_* are added up.", e.group);
        }
        if e.experimental {
            text = format!("Experimental. {text}");
        }
        *out += &comment("/// ", &text, 120);
        writeln!(out, "pub const {}: {kind} = {};", e.constant(value), value.value).unwrap();
    }
    out.push('\n');
}

/// `format(1, "format")` is `Ok(Some(Format::Conll))`.
fn conversion(out: &mut String, e: &Enum) {
    let path = e.rust.as_deref().expect("asked");
    let variant = path.rsplit("::").next().expect("a path");
    let partial = e.values.iter().any(|v| e.rust_value(v).is_none());
    let (wrapped, result) = if partial { ("Option<", format!("Option<{path}>")) } else { ("", path.to_owned()) };
    let function = e.group.to_lowercase();
    *out += &comment("/// ", &format!("The {variant} of a constant, which `option` names in errors."), 120);
    writeln!(
        out,
        "pub(in crate::capi) fn {function}(value: i32, option: &str) -> Result<{result}> {{\n    match value {{"
    )
    .unwrap();
    for value in &e.values {
        let chosen = match e.rust_value(value) {
            None => "None".into(),
            Some(v) if wrapped.is_empty() => format!("{path}::{v}"),
            Some(v) => format!("Some({path}::{v})"),
        };
        writeln!(out, "        {} => Ok({chosen}),", e.constant(value)).unwrap();
    }
    writeln!(out, "        other => Err(unknown(other, option, \"PRIMER_{}_*\")),\n    }}\n}}\n", e.group).unwrap();
}

/// The members of a set, beside their bits.
fn set(out: &mut String, e: &Enum) {
    let path = e.rust.as_deref().expect("a set stands for an enumeration");
    *out += &comment("/// ", &format!("The bits of PRIMER_{}_* and what they stand for.", e.group), 120);
    writeln!(out, "pub(in crate::capi) const {}S: [(u32, {path}); {}] = [", e.group, e.values.len()).unwrap();
    for value in &e.values {
        writeln!(out, "    ({}, {path}::{}),", e.constant(value), e.rust_value(value).expect("a member")).unwrap();
    }
    *out += "];\n\n";
}

fn c_type(options: &Field) -> Vec<(String, String)> {
    let name = options.name.clone();
    let with_count = |kind: &str| {
        vec![(name.clone(), kind.to_owned()), (options.count.clone().expect("checked"), "usize".to_owned())]
    };
    match options.kind {
        Type::Enum | Type::Flag | Type::Column => vec![(name, "i32".into())],
        Type::Set | Type::Count | Type::Reserved => vec![(name, "u32".into())],
        Type::Seed => vec![(name, "u64".into())],
        Type::Number => vec![(name, "f64".into())],
        Type::Text => vec![(name, "primer_str".into())],
        Type::Path => vec![(name, "*const c_char".into())],
        Type::Texts => with_count("*const primer_str"),
        Type::Names => with_count("*const *const c_char"),
        Type::Counts => with_count("*const u32"),
        Type::Options => {
            vec![(name, format!("*const primer_{}_options", options.group.as_deref().unwrap_or_default()))]
        }
    }
}

fn initial(interface: &Interface, field: &Field) -> Vec<String> {
    let group = || interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
    let chosen = || {
        let names = field.default_names();
        group()
            .values
            .iter()
            .filter(move |v| names.contains(&v.name.as_str()))
            .map(|v| group().constant(v))
            .collect::<Vec<_>>()
    };
    vec![match field.kind {
        Type::Enum | Type::Set => chosen().join(" | "),
        Type::Flag | Type::Count | Type::Column | Type::Seed => format!("{}", field.default_number()),
        Type::Number => format!("{:?}", field.default_number()),
        Type::Reserved => "0".into(),
        Type::Text => "primer_str::NONE".into(),
        Type::Path | Type::Options => "std::ptr::null()".into(),
        Type::Texts | Type::Names | Type::Counts => return vec!["std::ptr::null()".into(), "0".into()],
    }]
}

/// Every struct of options is packed: padding would let unset bytes across the boundary.
fn check_packed(options: &Options) -> Result<(), String> {
    let mut at = 4;
    for field in &options.fields {
        for (name, kind) in c_type(field) {
            let (size, align) = match kind.as_str() {
                "i32" | "u32" => (4, 4),
                "primer_str" => (16, 8),
                _ => (8, 8),
            };
            if at % align != 0 {
                return Err(format!(
                    "{}: there is a gap before {name}; put a field of type reserved there",
                    options.c_name()
                ));
            }
            at += size;
        }
    }
    if at % 8 != 0 && options.fields.iter().flat_map(c_type).any(|(_, kind)| !matches!(kind.as_str(), "i32" | "u32")) {
        return Err(format!("{}: there is a gap at the end; put a field of type reserved there", options.c_name()));
    }
    Ok(())
}

fn options_struct(out: &mut String, interface: &Interface, options: &Options) {
    if let Err(why) = check_packed(options) {
        panic!("{why}");
    }
    let name = options.c_name();
    let mut text = format!(
        "{}\nOptions of {}: fill them by {name}_init and change what you want to.",
        told(interface, Some(options), &options.doc, Language::C),
        options.taken_by
    );
    const EXPERIMENTAL: &str = "Experimental: may change or go with any minor version; not covered by the ABI promise.";
    if options.experimental {
        text += &format!("\n\n{EXPERIMENTAL}");
    }
    *out += &comment("/// ", &text.replace(".\nOptions", ".\n\nOptions"), 120);
    writeln!(out, "#[repr(C)]\n#[derive(Clone, Copy)]\npub struct {name} {{").unwrap();
    writeln!(out, "    /// sizeof({name}), set by {name}_init.\n    pub struct_size: u32,").unwrap();
    for field in &options.fields {
        *out += &comment("    /// ", &docs::field(interface, options, field, Language::C), 120);
        for (i, (name, kind)) in c_type(field).into_iter().enumerate() {
            if i == 1 {
                writeln!(out, "    /// Number of `{}`.", field.name).unwrap();
            }
            writeln!(out, "    pub {name}: {kind},").unwrap();
        }
    }
    let first = options.first_size.map_or(format!("size_of::<{name}>()"), |n| n.to_string());
    writeln!(
        out,
        "}}\n\n// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.\n\
         unsafe impl Sized32 for {name} {{\n    const NAME: &'static str = \"{name}\";\n    const FIRST: usize = {first};\n    \
         fn initial() -> {name} {{\n        {name} {{\n            struct_size: size_of::<{name}>() as u32,"
    )
    .unwrap();
    for field in &options.fields {
        for ((name, _), value) in c_type(field).into_iter().zip(initial(interface, field)) {
            writeln!(out, "            {name}: {value},").unwrap();
        }
    }
    *out += "        }\n    }\n}\n\n";
    let mut text = format!("Fills options with their initial values. `struct_size` is sizeof({name}). NULL is fine.\n");
    if options.experimental {
        text += &format!("\n{EXPERIMENTAL}\n");
    }
    text += "\nThreads: safe to call concurrently on different structs.";
    *out += &comment("/// ", &text, 120);
    writeln!(
        out,
        "#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn {name}_init(options: *mut {name}, struct_size: usize) {{\n    \
         // SAFETY: the contract of the C interface.\n    unsafe {{ init(options, struct_size) }}\n}}"
    )
    .unwrap();
}

/// `src/capi/generated/mod.rs`.
pub fn module(interface: &Interface) -> String {
    let mut out = format!("//! {}\n\n", docs::mark("interface/"));
    let mut names: Vec<&str> = interface.areas.iter().map(|a| a.name.as_str()).collect();
    names.sort_unstable();
    for name in names {
        writeln!(out, "pub(super) mod {name};").unwrap();
    }
    out
}
