//! `src/bin/primer/args/generated.rs`: the flags that stand for options of the library, and what plans of experiments read
//! (`src/bin/primer/experiment/generated.rs`).

use std::fmt::Write;

use crate::docs::{self, Language, comment};
use crate::names::pascal;
use crate::schema::{Field, Interface, Options, Type};

/// The flags, a struct for each kind of options that a command has.
pub fn flags(interface: &Interface) -> String {
    let mut out = format!("//! {}\n\n", docs::mark("interface/"));
    out += "use clap::Args;\n\nuse super::{at_least_one, not_negative, number, positive, share64};\n";
    for options in interface.options() {
        let mut commands: Vec<&str> =
            options.settable().filter_map(|f| f.flag.as_ref()).flat_map(|f| &f.commands).map(String::as_str).collect();
        commands.sort_unstable();
        commands.dedup();
        for command in commands {
            group(&mut out, interface, options, command);
        }
    }
    out
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
        writeln!(out, "    #[arg({})]\n    pub {}: {},\n", arg.join(", "), field.name, kind(field)).unwrap();
    }
    out.truncate(out.trim_end().len());
    *out += "\n}\n";
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

/// The settings of a plan that are options of adaptation.
pub fn settings(interface: &Interface) -> String {
    let mut out = format!("//! {}\n\n", docs::mark("interface/"));
    out += "use serde::Deserialize;\n\nuse super::values::{self, Rates};\n\n/// Options of adaptation; what is not given is the library's choice.\n#[derive(Debug, Clone, Default, Deserialize)]\n#[serde(default)]\npub struct Options {\n";
    let adapt = interface.options().find(|o| o.name == "adapt").expect("interface/adapt.toml has options");
    let fields: Vec<&Field> = adapt.settable().filter(|f| f.plan.is_some()).collect();
    for field in &fields {
        out += &comment("    /// ", &docs::field(interface, adapt, field, Language::Plain), 120);
        let reader = match field.kind {
            Type::Count => Some("values::count"),
            Type::Number if field.plan_kind() == Some("rates") => None,
            Type::Number if field.min == Some(0.0) && field.max == Some(1.0) => Some("values::share"),
            Type::Number if field.min == Some(0.0) => Some("values::not_negative"),
            Type::Number => Some("values::number"),
            _ => None,
        };
        if let Some(reader) = reader {
            writeln!(out, "    #[serde(deserialize_with = \"{reader}\")]").unwrap();
        }
        if let Some(former) = field.plan_kind().filter(|k| *k != "rates") {
            writeln!(out, "    #[serde(alias = \"{former}\")]").unwrap();
        }
        let kind = match field.kind {
            Type::Number if field.plan_kind() == Some("rates") => "Rates",
            Type::Number => "f64",
            Type::Count => "usize",
            _ => "bool",
        };
        writeln!(out, "    pub {}: Option<{kind}>,", field.name).unwrap();
    }
    out += "}\n\nimpl Options {\n    /// These options, and those of `base` where there are none.\n    pub fn over(&self, base: &Options) -> Options {\n        Options {\n";
    for field in &fields {
        writeln!(out, "            {0}: self.{0}.clone().or_else(|| base.{0}.clone()),", field.name).unwrap();
    }
    out += "        }\n    }\n}\n";
    out
}

impl Field {
    /// What a plan allows beyond the library, or the name that plans had before.
    fn plan_kind(&self) -> Option<&str> {
        self.plan.as_ref().and_then(|p| p.as_str())
    }
}
