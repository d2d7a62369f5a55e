//! `src/bin/primer/args/generated.rs`: the flags that stand for options of the library.

use std::fmt::Write;

use crate::docs::{self, Language, comment};
use crate::names::pascal;
use crate::schema::{Enum, Field, Interface, Options, Type, Value};

/// The flags, a struct for each kind of options that a command has.
pub fn flags(interface: &Interface) -> String {
    let mut out = String::new();
    for options in interface.options().filter(|o| o.flags_into.is_some()) {
        for command in commands(options) {
            group(&mut out, interface, options, command);
        }
    }
    out += &table(interface);
    let mut uses = String::new();
    if out.contains("PossibleValue") {
        uses += "use clap::builder::{PossibleValue, PossibleValuesParser};\n";
    }
    uses += "use primer::limits;\nuse serde::{Deserialize, Serialize};\n\nuse super::whole;\n";
    format!("//! {}\n\nuse clap::Args;\n{uses}{out}", docs::mark("interface/"))
}

/// The groups of flags that options have.
pub fn commands(options: &Options) -> Vec<&str> {
    let mut commands: Vec<&str> =
        options.with_extra().filter_map(|f| f.flag.as_ref()).flat_map(|f| &f.commands).map(String::as_str).collect();
    commands.sort_unstable();
    commands.dedup();
    commands
}

/// The fields that have a flag of that group.
pub fn fields<'a>(options: &'a Options, command: &str) -> Vec<&'a Field> {
    options
        .with_extra()
        .filter(|f| f.flag.as_ref().is_some_and(|flag| flag.commands.iter().any(|c| c == command)))
        .collect()
}

/// The name of a group's struct.
pub fn name(options: &Options, command: &str) -> String {
    if options.name == command || options.parts.contains_key(command) {
        format!("{}Flags", pascal(command))
    } else {
        format!("{}{}Flags", pascal(command), pascal(&options.name))
    }
}

/// Whether 0 says that there shall be none, where nothing given means something else.
pub fn zero_is_none(field: &Field) -> bool {
    field.is_optional() && field.part.is_none() && field.default_number() != 0.0
}

fn group(out: &mut String, interface: &Interface, options: &Options, command: &str) {
    let name = name(options, command);
    let fields = fields(options, command);
    let (derived, attribute) = match options.plan {
        true => (", Serialize, Deserialize", "#[serde(default)]\n"),
        false => ("", ""),
    };
    write!(
        out,
        "\n/// Options of the library: [`primer`]'s `{}`, each where it is given.\n\
         #[derive(Debug, Clone, Default, PartialEq, Args{derived})]\n{attribute}pub struct {name} {{\n",
        options.type_name()
    )
    .unwrap();
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
        match field.kind {
            Type::Count => arg.push("value_parser = whole, allow_negative_numbers = true".into()),
            Type::Number => arg.push("allow_negative_numbers = true".into()),
            Type::Flag => {
                let value =
                    "value_name = \"BOOL\", num_args = 0..=1, require_equals = true, default_missing_value = \"true\"";
                arg.push(value.into());
            }
            Type::Enum | Type::Set => {
                let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
                arg.push(format!("value_parser = PossibleValuesParser::new([{}])", possible(interface, field, e)));
            }
            _ => {}
        }
        if matches!(field.kind, Type::Texts | Type::Names | Type::Set) {
            arg.push("value_delimiter = ','".into());
        }
        if options.plan {
            let empty = if kind(field).starts_with("Vec") { "Vec::is_empty" } else { "Option::is_none" };
            writeln!(out, "    #[serde(skip_serializing_if = \"{empty}\")]").unwrap();
        }
        writeln!(out, "    #[arg({})]\n    pub {}: {},\n", arg.join(", "), field.name, kind(field)).unwrap();
    }
    out.truncate(out.trim_end().len());
    *out += "\n}\n";
    apply(out, interface, options, &name, &fields);
}

/// The values of an enumeration that can be asked for, with what they are.
fn possible(interface: &Interface, field: &Field, e: &Enum) -> String {
    let known = e.values.iter().filter(|v| field.rust_name().is_none() || e.rust_value(v).is_some());
    let value = |v: &Value| {
        let alias = v.alias.as_ref().map(|a| format!(".alias({a:?})")).unwrap_or_default();
        let doc = docs::told(interface, None, &v.doc, Language::Cli);
        format!("PossibleValue::new({:?}){alias}.help({:?})", flag_value(e, v), doc.trim_end_matches('.'))
    };
    known.map(value).collect::<Vec<_>>().join(", ")
}

/// The flags that were given go into the library's options.
fn apply(out: &mut String, interface: &Interface, options: &Options, name: &str, fields: &[&Field]) {
    let part = fields.iter().find_map(|f| f.part.as_deref());
    assert!(
        fields.iter().all(|f| f.part.as_deref() == part || f.rust_name().is_none()),
        "{name} has fields of two parts"
    );
    let into = match part {
        Some(part) => public(&options.parts[part]),
        None => options.flags_into.clone().expect("asked for flags"),
    };
    write!(
        out,
        "\nimpl {name} {{\n    /// Takes over what was given.\n    pub fn apply(&self, options: &mut {into}) -> primer::Result<()> {{\n"
    )
    .unwrap();
    for field in fields {
        for other in &field.excludes {
            writeln!(
                out,
                "        if self.{0}.is_some() && self.{other}.is_some() {{ return Err(limits::exclude(\"{other}\", \"{0}\")); }}",
                field.name
            )
            .unwrap();
        }
    }
    for field in fields.iter().filter(|f| f.rust_name().is_some()) {
        writeln!(out, "        {}", line(interface, field)).unwrap();
    }
    *out += "        Ok(())\n    }\n}\n";
}

/// How one flag goes into the options.
fn line(interface: &Interface, field: &Field) -> String {
    let (name, rust) = (&field.name, field.rust_name().expect("filtered"));
    let optional = field.is_optional();
    let chosen = |value: String| if optional { format!("Some({value})") } else { value };
    let wrapped =
        |value: String| field.wrap.as_ref().map_or(value.clone(), |wrap| format!("{}({value})", public(wrap)));
    match field.kind {
        Type::Texts | Type::Names => format!("options.{rust}.extend(self.{name}.iter().cloned());"),
        Type::Enum => {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            let path = public(e.rust.as_deref().expect("a flag's enumeration has one in Rust"));
            let partial = e.values.iter().any(|v| e.rust_value(v).is_none());
            let arms: String = e
                .values
                .iter()
                .filter_map(|v| {
                    let value = format!("{path}::{}", public(&e.rust_value(v)?));
                    let value =
                        if field.part.is_some() || partial && !field.plain { format!("Some({value})") } else { value };
                    let names = std::iter::once(flag_value(e, v)).chain(v.alias.clone());
                    let names = names.map(|n| format!("{n:?}")).collect::<Vec<_>>().join(" | ");
                    Some(format!("Some({names}) => options.{rust} = {value},"))
                })
                .collect();
            format!("match self.{name}.as_deref() {{ {arms} _ => {{}} }}")
        }
        Type::Set => {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            let path = public(e.rust.as_deref().expect("a set stands for an enumeration"));
            let arms: String = e
                .values
                .iter()
                .map(|v| format!("{:?} => Some({path}::{}),", flag_value(e, v), e.rust_value(v).expect("a member")))
                .collect();
            format!(
                "if !self.{name}.is_empty() {{ options.{rust} = {}; }}",
                chosen(format!(
                    "self.{name}.iter().filter_map(|name| match name.as_str() {{ {arms} _ => None }}).collect()"
                ))
            )
        }
        Type::Count => {
            let counted = format!("limits::count(\"{name}\", given)?");
            let counted = field.scale.map_or(counted.clone(), |by| format!("{counted}.saturating_mul({by})"));
            // Where nothing given means something else, 0 says that there shall be none.
            let value = match zero_is_none(field) {
                true => format!("if given == 0 {{ None }} else {{ Some({}) }}", wrapped(counted)),
                false => chosen(wrapped(counted)),
            };
            format!("if let Some(given) = self.{name} {{ options.{rust} = {value}; }}")
        }
        Type::Column => format!("if self.{name}.is_some() {{ options.{rust} = self.{name}; }}"),
        Type::Number => {
            let value = chosen(format!("limits::number(\"{name}\", given)?"));
            format!("if let Some(given) = self.{name} {{ options.{rust} = {value}; }}")
        }
        Type::Seed | Type::Flag if optional => {
            format!("if self.{name}.is_some() {{ options.{rust} = self.{name}; }}")
        }
        Type::Seed | Type::Flag => {
            format!("if let Some(given) = self.{name} {{ options.{rust} = given; }}")
        }
        _ => format!("if let Some(given) = &self.{name} {{ options.{rust} = given.clone(); }}"),
    }
}

/// A path of the library as other crates write it.
pub fn public(path: &str) -> String {
    path.replace("crate::train::AdaptOptions", "primer::AdaptOptions").replace("crate::", "primer::")
}

/// `code-point`.
pub fn flag_value(e: &Enum, value: &Value) -> String {
    e.plain_value(value).replace('_', "-")
}

/// The type of a flag that may be given.
pub fn kind(field: &Field) -> &'static str {
    match field.kind {
        Type::Flag => "Option<bool>",
        Type::Count => "Option<i128>",
        Type::Column => "Option<usize>",
        Type::Seed => "Option<u64>",
        Type::Number => "Option<f64>",
        Type::Texts | Type::Names | Type::Set => "Vec<String>",
        _ => "Option<String>",
    }
}

/// The flags of all options, by the options' names.
fn table(interface: &Interface) -> String {
    let mut rows: Vec<String> = Vec::new();
    for field in interface.options().filter(|o| o.flags_into.is_some()).flat_map(Options::with_extra) {
        let Some(flag) = &field.flag else { continue };
        let names = std::iter::once(field.flag_name()).chain(flag.alias.iter().map(|a| format!("--{a}")));
        let short = flag.short.map(|s| format!("-{s}"));
        let names = names.chain(short).map(|n| format!("{n:?}")).collect::<Vec<_>>().join(", ");
        let row = format!("    ({:?}, &[{names}]),\n", field.name);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows.sort();
    format!(
        "\n/// The flags that give an option, by the option's name: the first is its own, the others are former and short ones.\n\
         pub const FLAGS: &[(&str, &[&str])] = &[\n{}];\n",
        rows.concat()
    )
}
