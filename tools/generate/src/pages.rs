//! `docs/options.md`, the options by all their names, and the part of `docs/bindings.md` about them.

use std::fmt::Write;

use crate::docs::{self, Language, told};
use crate::schema::{Field, Interface, Options, Type, shown};

/// `docs/options.md`.
pub fn options(interface: &Interface) -> String {
    let mut out = format!("<!-- {} -->\n# Options\n\n", docs::mark("interface/"));
    out += "What the library can be told, by the names of the C interface. C++ has the same names; Go writes `BatchSize` and\nSwift `batchSize` for `batch_size`. Flags of the command line are named where they are made of\nwhat stands here; `primer help adapt` and `primer help prime` tell theirs. *Since* is the\nversion of the interface that had it first. What is decided when nothing is given stands in [defaults.md](defaults.md).\n";
    for options in interface.options() {
        let experimental = if options.experimental { " Experimental." } else { "" };
        write!(
            out,
            "\n## {}\n\n{} `{}`, taken by {}.{experimental}\n\n| option | type | initially | range | since | flag | what it is |\n|---|---|---|---|---|---|---|\n",
            options.type_name(),
            told(interface, Some(options), &options.doc, Language::Plain),
            options.c_name(),
            options.taken_by
        )
        .unwrap();
        for field in options.settable() {
            let doc = told(interface, Some(options), &field.doc, Language::Plain);
            let unset = field
                .unset
                .as_ref()
                .map(|u| format!(" {} means {}.", none(field), told(interface, Some(options), u, Language::Plain)));
            writeln!(
                out,
                "| `{}` | {} | {} | {} | {} | {} | {doc}.{} |",
                field.name,
                kind(interface, field),
                initial(field),
                range(interface, field),
                field.since.as_ref().unwrap_or(&options.since),
                flag(options, field),
                unset.unwrap_or_default()
            )
            .unwrap();
        }
    }
    out += "\n## Enumerations\n\n| C | value | since | what it is |\n|---|---|---|---|\n";
    for e in interface.enums().filter(|e| e.group != "STATUS") {
        for value in &e.values {
            let since = value.since.as_ref().unwrap_or(&e.since);
            writeln!(
                out,
                "| `{}` | {} | {since} | {} |",
                e.constant(value),
                value.value,
                told(interface, None, &value.doc, Language::Plain).replace('|', "\\|")
            )
            .unwrap();
        }
    }
    out
}

fn kind(interface: &Interface, field: &Field) -> String {
    let group = || interface.group(field.group.as_deref().unwrap_or_default()).map_or("", |e| &e.name).to_owned();
    match field.kind {
        Type::Enum => format!("one of {}", group()),
        Type::Set => format!("a set of {}", group()),
        Type::Flag => "flag".into(),
        Type::Count => field.unit.as_ref().map_or("count".into(), |u| format!("count of {u}")),
        Type::Column => "column".into(),
        Type::Seed => "64-bit number".into(),
        Type::Number => "number".into(),
        Type::Text => "text".into(),
        Type::Texts => "texts".into(),
        Type::Path => "path".into(),
        Type::Names => "names".into(),
        Type::Counts => "list of counts".into(),
        Type::Options => "options".into(),
        Type::Reserved => String::new(),
    }
}

fn none(field: &Field) -> String {
    match field.none() {
        Some(n) if matches!(field.kind, Type::Count | Type::Column | Type::Number) => shown(n),
        _ => "None".into(),
    }
}

fn initial(field: &Field) -> String {
    match field.kind {
        Type::Enum | Type::Set => field.default_names().iter().map(|n| n.to_lowercase()).collect::<Vec<_>>().join(", "),
        Type::Flag => (if field.default_number() == 0.0 { "off" } else { "on" }).into(),
        Type::Count | Type::Column | Type::Seed | Type::Number => field.shown_default(),
        _ => "none".into(),
    }
}

fn range(interface: &Interface, field: &Field) -> String {
    match (field.kind, field.min, field.max) {
        (Type::Enum | Type::Set, ..) => {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            e.values.iter().map(|v| e.plain_value(v)).collect::<Vec<_>>().join(", ")
        }
        (_, Some(min), Some(max)) => format!("{} to {}", shown(min), shown(max)),
        (_, Some(min), None) => format!("from {}", shown(min)),
        (Type::Number, None, _) if field.positive => "above 0".into(),
        (Type::Number, ..) => "finite".into(),
        (Type::Count | Type::Column, ..) => "from 0".into(),
        _ => String::new(),
    }
}

/// The flag, where the command line's is generated.
fn flag(options: &Options, field: &Field) -> String {
    match &field.flag {
        Some(_) if options.flags_into.is_some() => format!("`{}`", field.flag_name()),
        _ => String::new(),
    }
}

/// The tables of `docs/bindings.md` that name enumerations and options in every language.
pub fn bindings(interface: &Interface) -> String {
    let mut out = String::from("| C | C++ | Go | Swift |\n|---|---|---|---|\n");
    for e in interface.enums().filter(|e| !e.experimental) {
        let go: Vec<String> = e.values.iter().map(|v| format!("`{}`", e.go_value(v))).collect();
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            e.values.iter().map(|v| format!("`{}`", e.constant(v))).collect::<Vec<_>>().join(" "),
            cell(&e.name, e.values.iter().map(|v| e.cpp_value(v)), "::"),
            go.join(" "),
            cell(e.swift_type(), e.values.iter().map(|v| e.swift_value(v)), "."),
        )
        .unwrap();
    }
    for options in interface.options().filter(|o| !o.experimental) {
        out += &names(options);
    }
    out
}

fn cell(name: &str, values: impl Iterator<Item = String>, between: &str) -> String {
    values.map(|v| format!("`{name}{between}{v}`")).collect::<Vec<_>>().join(" ")
}

fn names(options: &Options) -> String {
    let mut out = format!(
        "\n| `{}` in C and C++ | `{}` in Go | in Swift |\n|---|---|---|\n",
        options.c_name(),
        options.type_name()
    );
    for field in options.settable() {
        writeln!(out, "| `{}` | `{}` | `{}` |", field.name, field.go_name(), field.swift_name()).unwrap();
    }
    out
}
