//! One text, told in each language: names in backquotes become that language's, defaults are said as it writes them, and
//! lines are wrapped.

use crate::schema::{Enum, Field, Interface, Options, Type, Value};

/// Whom a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
    Go,
    Swift,
    /// The command line's help.
    Cli,
    /// Rust, and the pages, which have the library's own names.
    Plain,
}

impl Interface {
    /// The constant `METHOD_INITIAL` of a reference.
    pub fn constant(&self, reference: &str) -> Option<(&Enum, &Value)> {
        self.enums().find_map(|e| {
            let name = reference.strip_prefix(&e.group)?.strip_prefix('_')?;
            e.values.iter().find(|v| v.name == name).map(|v| (e, v))
        })
    }
}

/// A text's references: `batch_size` is an option, `METHOD_INITIAL` a constant.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The text with the names that the language has.
pub fn told(interface: &Interface, options: Option<&Options>, text: &str, language: Language) -> String {
    let mut told = String::new();
    for (i, part) in text.split('`').enumerate() {
        if i % 2 == 0 {
            told += part;
        } else if let Some((e, value)) = interface.constant(part) {
            told += &constant(e, value, language);
        } else {
            let field = options.and_then(|o| o.field(part));
            told += &match (language, field) {
                (_, None) => format!("`{part}`"),
                (Language::C | Language::Plain, Some(f)) => format!("`{}`", f.name),
                (Language::Cpp, Some(f)) => f.name.clone(),
                (Language::Go, Some(f)) => f.go_name(),
                (Language::Swift, Some(f)) => format!("``{}``", f.swift_name()),
                (Language::Cli, Some(f)) => f.flag_name(),
            };
        }
    }
    told
}

/// A constant as a text of that language has it.
pub fn constant(e: &Enum, value: &Value, language: Language) -> String {
    match language {
        Language::C => e.constant(value),
        Language::Cpp => format!("{}::{}", e.name, e.cpp_value(value)),
        Language::Go => e.go_value(value),
        Language::Swift => format!("``{}/{}``", e.swift_type(), e.swift_value(value)),
        Language::Cli => e.plain_value(value).replace('_', "-"),
        Language::Plain => format!("`{}`", e.plain_value(value)),
    }
}

/// What a field is, what it is initially, and what "not given" means.
pub fn field(interface: &Interface, options: &Options, field: &Field, language: Language) -> String {
    let mut text = told(interface, Some(options), &field.doc, language);
    let unset = field.unset.as_ref().map(|u| told(interface, Some(options), u, language));
    if language == Language::Cli {
        return for_the_command_line(interface, text, field, unset);
    }
    let c = language == Language::C;
    let initial = match field.kind {
        Type::Enum => {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            let value = e.values.iter().find(|v| field.default_names() == [v.name.as_str()]).expect("checked");
            if c {
                text = format!("PRIMER_{}_*: {}", e.group, lower_first(&text));
            }
            constant(e, value, language)
        }
        Type::Set => {
            let e = interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
            let names = field.default_names();
            let chosen = e.values.iter().filter(|v| names.contains(&v.name.as_str()));
            chosen.map(|v| constant(e, v, language)).collect::<Vec<_>>().join(" and ")
        }
        Type::Flag if c => {
            text = format!("1: {}", lower_first(&text));
            format!("{}", field.default_number())
        }
        Type::Flag => format!("{}", field.default_number() != 0.0),
        Type::Count | Type::Column | Type::Seed | Type::Number => field.shown_default(),
        Type::Text => "empty".into(),
        Type::Texts | Type::Names | Type::Counts => "none".into(),
        Type::Path | Type::Options => match (language, field.kind) {
            (Language::C, _) => "NULL".into(),
            (Language::Go, Type::Path) => "empty".into(),
            (Language::Go | Language::Swift, _) => "nil".into(),
            _ => "none".into(),
        },
        Type::Reserved => return "Leave it 0.".into(),
    };
    let none = field.none().map(crate::schema::shown);
    match (unset, none) {
        (Some(unset), Some(none)) if is_number(field.kind) && none != initial => {
            format!("{text}; initially {initial}. {none} stands for {unset}.")
        }
        (Some(unset), _) => format!("{text}; initially {initial}, for {unset}."),
        (None, _) => format!("{text}; initially {initial}."),
    }
}

fn is_number(kind: Type) -> bool {
    matches!(kind, Type::Count | Type::Column | Type::Number)
}

/// clap's texts have default and range in brackets.
fn for_the_command_line(interface: &Interface, text: String, field: &Field, unset: Option<String>) -> String {
    if let Some(own) = field.flag.as_ref().and_then(|f| f.doc.clone()) {
        return own;
    }
    let group = || interface.group(field.group.as_deref().unwrap_or_default()).expect("checked");
    let none = field.none().map(crate::schema::shown);
    let mut notes = Vec::new();
    match (field.kind, unset) {
        (Type::Flag, _) if field.default_number() == 0.0 => {}
        (kind, Some(unset)) if !is_number(kind) || none == Some(field.shown_default()) => {
            notes.push(format!("default: {unset}"));
        }
        (kind, Some(unset)) if is_number(kind) => {
            notes.push(format!("default: {}", field.shown_default()));
            notes.push(format!("{} for {unset}", none.unwrap_or_default()));
        }
        (Type::Enum | Type::Set, _) => {
            // What is found out or usual has no name that a flag could give.
            let chosen = group().values.iter().filter(|v| field.default_names().contains(&v.name.as_str()));
            let names: Vec<String> = chosen
                .filter(|v| field.rust_name().is_none() || group().rust_value(v).is_some())
                .map(|v| constant(group(), v, Language::Cli))
                .collect();
            if !names.is_empty() {
                notes.push(format!("default: {}", names.join(",")));
            }
        }
        (Type::Flag, _) => notes.push("default: true".into()),
        (kind, _) if is_number(kind) || kind == Type::Seed => notes.push(format!("default: {}", field.shown_default())),
        _ => {}
    }
    if is_number(field.kind) {
        let range = match (field.min, field.max) {
            (Some(min), Some(max)) => Some(format!("{} to {}", crate::schema::shown(min), crate::schema::shown(max))),
            (Some(min), None) => Some(format!("from {}", crate::schema::shown(min))),
            _ if field.positive => Some("above 0".to_owned()),
            _ => None,
        };
        notes.extend(range.map(|range| format!("range: {range}")));
    }
    notes.iter().fold(text, |text, note| format!("{text} [{note}]"))
}

/// The text inside of a sentence: names such as AdamW or GPU stay as they are.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() && !text.starts_with("Adam") => {
            first.to_lowercase().collect::<String>() + letters.as_str()
        }
        _ => text.into(),
    }
}

/// A comment whose lines begin with `start` and are at most `width` long.
pub fn comment(start: &str, text: &str, width: usize) -> String {
    let mut out = String::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && start.chars().count() + line.chars().count() + 1 + word.chars().count() > width {
                out += &format!("{}\n", format!("{start}{line}").trim_end());
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        out += &format!("{}\n", format!("{start}{line}").trim_end());
    }
    out
}

/// Checks that every reference of every text names something.
pub fn check(interface: &Interface) -> Result<(), String> {
    let known = |options: Option<&Options>, text: &str| {
        references(text)
            .find(|r| interface.constant(r).is_none() && options.is_none_or(|o| o.field(r).is_none()))
            .map_or(Ok(()), |r| Err(format!("`{r}` in {text:?} names neither an option nor a constant")))
    };
    for e in interface.enums() {
        known(None, &e.doc)?;
        for value in &e.values {
            known(None, &value.doc)?;
        }
    }
    for options in interface.options() {
        for field in options.fields.iter().chain(&options.extra) {
            known(Some(options), &field.doc)?;
            known(Some(options), field.unset.as_deref().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// The first line of a generated file, behind the language's comment sign.
pub fn mark(sources: &str) -> String {
    format!("Generated from {sources} by `make generate`. Do not edit: change the source.")
}
