//! `src/bin/primer/args/generated.rs`: the flags that stand for options of the library.

use std::fmt::Write;

use crate::docs::{self, Language, comment};
use crate::names::pascal;
use crate::schema::{Enum, Field, Interface, Options, Type, Value};

/// The flags, a struct for each kind of options that a command has.
pub fn flags(interface: &Interface) -> String {
    let mut out = String::new();
    for options in interface.options().filter(|o| o.flags_into.is_some()) {
        let mut commands: Vec<&str> =
            options.settable().filter_map(|f| f.flag.as_ref()).flat_map(|f| &f.commands).map(String::as_str).collect();
        commands.sort_unstable();
        commands.dedup();
        for command in commands {
            group(&mut out, interface, options, command);
        }
    }
    let parsers = ["at_least_one", "not_negative", "number", "positive", "share64"];
    let used: Vec<&str> = parsers.into_iter().filter(|p| out.contains(&format!("value_parser = {p}"))).collect();
    let uses = if used.is_empty() { String::new() } else { format!("use super::{{{}}};\n", used.join(", ")) };
    format!("//! {}\n\nuse clap::Args;\n\n{uses}{out}", docs::mark("interface/"))
}

fn name(options: &Options, command: &str) -> String {
    if options.name == command {
        format!("{}Flags", pascal(command))
    } else {
        format!("{}{}Flags", pascal(command), pascal(&options.name))
    }
}

fn group(out: &mut String, interface: &Interface, options: &Options, command: &str) {
    let name = name(options, command);
    let fields: Vec<&Field> = options
        .settable()
        .filter(|f| f.flag.as_ref().is_some_and(|flag| flag.commands.iter().any(|c| c == command)))
        .collect();
    write!(out, "\n/// Options of the library: [`primer`]'s `{}`.\n#[derive(Debug, Clone, Default, Args)]\npub struct {name} {{\n", options.type_name()).unwrap();
    for field in &fields {
        let flag = field.flag.as_ref().expect("filtered");
        *out += &comment("    /// ", &docs::field(interface, options, field, Language::Cli), 120);
        let mut arg = vec!["long".to_owned()];
        if let Some(short) = flag.short {
            arg.push(format!("short = '{short}'"));
        }
        if let Some(alias) = &flag.alias {
            arg.push(format!("visible_alias = \"{alias}\""));
        }
        if let Some(value) = &flag.value {
            arg.push(format!("value_name = \"{value}\""));
        }
        if let Some(parser) = parser(field) {
            arg.push(format!("value_parser = {parser}"));
        }
        if field.kind == Type::Enum {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            let known =
                e.values.iter().filter(|v| e.rust_value(v).is_some()).map(|v| format!("{:?}", flag_value(e, v)));
            arg.push(format!("value_parser = [{}]", known.collect::<Vec<_>>().join(", ")));
        }
        if matches!(field.kind, Type::Texts | Type::Names) {
            arg.push("value_delimiter = ','".into());
        }
        writeln!(out, "    #[arg({})]\n    pub {}: {},\n", arg.join(", "), field.name, kind(field)).unwrap();
    }
    out.truncate(out.trim_end().len());
    *out += "\n}\n";
    apply(out, interface, options, &name, &fields);
}

/// The flags that were given go into the library's options.
fn apply(out: &mut String, interface: &Interface, options: &Options, name: &str, fields: &[&Field]) {
    let into = options.flags_into.as_deref().expect("asked for flags");
    write!(
        out,
        "\nimpl {name} {{\n    /// Takes over what was given.\n    pub fn apply(&self, options: &mut {into}) {{\n"
    )
    .unwrap();
    for field in fields {
        let (name, rust) = (&field.name, field.rust.as_ref().unwrap_or(&field.name));
        let line = match field.kind {
            Type::Flag => format!("options.{rust} |= self.{name};"),
            Type::Texts | Type::Names => format!("options.{rust}.extend(self.{name}.iter().cloned());"),
            Type::Enum => {
                let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
                let path =
                    e.rust.as_deref().expect("a flag's enumeration has one in Rust").replace("crate::", "primer::");
                let arms: String = e
                    .values
                    .iter()
                    .filter_map(|v| {
                        Some(format!("Some({:?}) => options.{rust} = {path}::{},", flag_value(e, v), e.rust_value(v)?))
                    })
                    .collect();
                format!("match self.{name}.as_deref() {{ {arms} _ => {{}} }}")
            }
            _ if field.unset.is_some() && field.kind != Type::Text => {
                format!("if self.{name}.is_some() {{ options.{rust} = self.{name}{}; }}", copied(field))
            }
            _ => format!("if let Some(given) = self.{name}{} {{ options.{rust} = given; }}", copied(field)),
        };
        writeln!(out, "        {line}").unwrap();
    }
    *out += "    }\n}\n";
}

/// How a value is taken out of a flag: numbers are copied.
fn copied(field: &Field) -> &'static str {
    match field.kind {
        Type::Count | Type::Column | Type::Seed | Type::Number => "",
        _ => ".clone()",
    }
}

/// `code-point`.
fn flag_value(e: &Enum, value: &Value) -> String {
    e.plain_value(value).replace('_', "-")
}

fn kind(field: &Field) -> &'static str {
    match field.kind {
        Type::Flag => "bool",
        Type::Count | Type::Column => "Option<usize>",
        Type::Seed => "Option<u64>",
        Type::Number => "Option<f64>",
        Type::Texts | Type::Names => "Vec<String>",
        _ => "Option<String>",
    }
}

fn parser(field: &Field) -> Option<&'static str> {
    match field.kind {
        Type::Count => Some("at_least_one"),
        Type::Number if field.positive => Some("positive"),
        Type::Number if field.min == Some(0.0) && field.max == Some(1.0) => Some("share64"),
        Type::Number if field.min == Some(0.0) => Some("not_negative"),
        Type::Number => Some("number"),
        _ => None,
    }
}
