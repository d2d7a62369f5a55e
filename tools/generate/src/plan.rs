//! `src/bin/primer/experiment/generated.rs`: how plans of experiments give options of the library.

use std::fmt::Write;

use crate::cli;
use crate::docs;
use crate::schema::{Field, Interface, Options, Type};

/// The keys, and what reads them, for each kind of flags that plans have, too.
pub fn plan(interface: &Interface) -> String {
    let mut out = String::new();
    let mut structs = Vec::new();
    for options in interface.options().filter(|o| o.plan) {
        for command in cli::commands(options) {
            let fields = fields(options, command);
            if !fields.is_empty() {
                let name = cli::name(options, command);
                methods(&mut out, interface, options, &name, &fields);
                structs.push(name);
            }
        }
    }
    format!(
        "//! {}\n\nuse serde::de::MapAccess;\n\nuse super::values::{{Number, OneOf, SomeOf, Whole}};\n\
         use crate::args::{{{}}};\n{out}",
        docs::mark("interface/"),
        structs.join(", ")
    )
}

fn fields<'a>(options: &'a Options, command: &str) -> Vec<&'a Field> {
    cli::fields(options, command).into_iter().filter(|f| f.plan).collect()
}

fn names(field: &Field) -> Vec<String> {
    let alias = field.flag.as_ref().and_then(|f| f.alias.clone());
    std::iter::once(field.name.clone()).chain(alias.filter(|a| !a.contains('-'))).map(|n| format!("{n:?}")).collect()
}

fn methods(out: &mut String, interface: &Interface, options: &Options, name: &str, fields: &[&Field]) {
    let keys: Vec<String> = fields.iter().flat_map(|f| names(f)).collect();
    write!(
        out,
        "\nimpl {name} {{\n    /// The keys of a plan that give these options.\n    pub const KEYS: &[&str] = &[{}];\n\n    \
         /// Reads the value of `key`, and tells which option it gives; `None` where it is none of these.\n    \
         pub fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<Option<&'static str>, A::Error> {{\n        \
         Ok(Some(match key {{\n",
        keys.join(", ")
    )
    .unwrap();
    for field in fields {
        let option = &field.name;
        let value = match field.kind {
            Type::Count => {
                let none = cli::zero_is_none(field);
                format!("Some(map.next_value_seed(Whole {{ option: {option:?}, key, none: {none} }})?)")
            }
            Type::Number => format!("Some(map.next_value_seed(Number {{ option: {option:?}, key }})?)"),
            Type::Enum => format!("Some(map.next_value_seed(OneOf(&[{}]))?)", values(interface, field)),
            Type::Set => format!("map.next_value_seed(SomeOf(&[{}]))?", values(interface, field)),
            Type::Texts | Type::Names => "map.next_value()?".to_owned(),
            _ => "Some(map.next_value()?)".to_owned(),
        };
        writeln!(out, "            {} => {{ self.{option} = {value}; {option:?} }}", names(field).join(" | ")).unwrap();
    }
    *out += "            _ => return Ok(None),\n        }))\n    }\n\n    /// These options, and those of `base` where there are none.\n    pub fn over(&self, base: &Self) -> Self {\n        Self {\n";
    for field in fields {
        let option = &field.name;
        let value = match cli::kind(field) {
            "Vec<String>" => {
                format!("if self.{option}.is_empty() {{ base.{option}.clone() }} else {{ self.{option}.clone() }}")
            }
            "Option<String>" => format!("self.{option}.clone().or_else(|| base.{option}.clone())"),
            _ => format!("self.{option}.or(base.{option})"),
        };
        writeln!(out, "            {option}: {value},").unwrap();
    }
    *out += "            ..Self::default()\n        }\n    }\n";
    if fields.iter().all(|f| f.part.is_none()) {
        records(out, interface, options, fields);
    }
    *out += "}\n";
}

/// The names of an enumeration's values that a plan can give.
fn values(interface: &Interface, field: &Field) -> String {
    let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
    let known = e.values.iter().filter(|v| e.rust_value(v).is_some());
    known.map(|v| format!("{:?}", cli::flag_value(e, v))).collect::<Vec<_>>().join(", ")
}

/// The way back, for the records of runs.
fn records(out: &mut String, interface: &Interface, options: &Options, fields: &[&Field]) {
    let into = options.flags_into.as_deref().expect("asked for flags");
    write!(
        out,
        "\n    /// What of `options` is not as in `usual`.\n    pub fn of(options: &{into}, usual: &{into}) -> Self {{\n        Self {{\n"
    )
    .unwrap();
    for field in fields {
        let (option, rust) =
            (&field.name, field.rust_name().expect("plans have no options that are taken over by hand"));
        let number = field.scale.map_or("n".to_owned(), |by| format!("(n / {by})"));
        let value = match field.kind {
            Type::Count if field.is_optional() => format!("options.{rust}.map_or(0, |n| {number} as i128)"),
            Type::Count => format!("options.{rust} as i128"),
            Type::Enum => {
                let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
                let path = cli::public(e.rust.as_deref().expect("a flag's enumeration has one in Rust"));
                let arms: String = e
                    .values
                    .iter()
                    .filter_map(|v| {
                        Some(format!("{path}::{} => {:?},", cli::public(&e.rust_value(v)?), cli::flag_value(e, v)))
                    })
                    .collect();
                format!("match options.{rust} {{ {arms} }}.to_owned()")
            }
            _ => format!("options.{rust}"),
        };
        writeln!(out, "            {option}: (options.{rust} != usual.{rust}).then_some({value}),").unwrap();
    }
    *out += "            ..Self::default()\n        }\n    }\n";
}
