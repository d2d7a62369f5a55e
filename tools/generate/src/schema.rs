//! What `interface/*.toml` says: enumerations, and structs of options with their types, defaults, ranges and docs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

/// Everything, in the order in which the header has it.
pub struct Interface {
    pub areas: Vec<Area>,
}

/// One file of `interface/`: the enumerations and options of one part of the library.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    #[serde(skip)]
    pub name: String,
    #[serde(default, rename = "enum")]
    pub enums: Vec<Enum>,
    pub options: Option<Options>,
}

/// A group of constants that one argument, field or result takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enum {
    /// `METHOD` for PRIMER_METHOD_*.
    pub group: String,
    /// The type's name in C++ and, where no other is said, in Go and Swift.
    pub name: String,
    pub go: Option<String>,
    pub swift: Option<String>,
    /// What Go's constants start with; the type's name where it is not said.
    pub prefix: Option<String>,
    pub kind: Kind,
    #[serde(default)]
    pub experimental: bool,
    #[serde(default = "first")]
    pub since: String,
    /// The Rust enumeration that it stands for, where values are matched one by one.
    pub rust: Option<String>,
    pub doc: String,
    pub values: Vec<Value>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Only ever given to the library.
    Closed,
    /// Given out by the library, too: a newer one may have values that a program does not know.
    Open,
    /// Bits that are added up.
    Set,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    pub name: String,
    pub value: i64,
    pub doc: String,
    pub since: Option<String>,
    pub cpp: Option<String>,
    pub go: Option<String>,
    pub swift: Option<String>,
    /// The variant in Rust, where it is not the name; "-" for `None`.
    pub rust: Option<String>,
    /// A former name on the command line that goes on working.
    pub alias: Option<String>,
}

/// A struct that a host fills.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// `adapt` for primer_adapt_options and AdaptOptions.
    pub name: String,
    pub doc: String,
    /// The functions of C that take it.
    pub taken_by: String,
    /// The struct's size in the first version that had it; the whole of it where that is not promised.
    pub first_size: Option<usize>,
    #[serde(default)]
    pub experimental: bool,
    #[serde(default = "first")]
    pub since: String,
    /// The Rust struct that it becomes field by field, where the conversion is written by the generator.
    pub rust: Option<String>,
    /// Fields of that struct which are filled by hand.
    #[serde(default)]
    pub by_hand: Vec<String>,
    /// Rust structs that fields go into which name them as their part; there, each field tells whether it is given.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
    /// The public Rust struct that the command line's flags go into; without it there are no flags.
    pub flags_into: Option<String>,
    /// Whether plans of experiments give these options.
    #[serde(default)]
    pub plan: bool,
    pub fields: Vec<Field>,
    /// What the command line, plans of experiments and Rust have, and the structs of C have not.
    #[serde(default)]
    pub extra: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Type,
    /// Of [`Type::Enum`] and [`Type::Set`] the enumeration, of [`Type::Options`] the options' name.
    pub group: Option<String>,
    pub default: Option<toml::Value>,
    /// Ends without a full stop.
    #[serde(default)]
    pub doc: String,
    /// What the value that stands for "not given" (0, -1, none, empty) means.
    pub unset: Option<String>,
    /// Of lists, the field with their length.
    pub count: Option<String>,
    /// The unit of a quantity.
    pub unit: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// A number that must be above 0.
    #[serde(default)]
    pub positive: bool,
    pub since: Option<String>,
    pub go: Option<String>,
    pub swift: Option<String>,
    /// The name in Rust, where it is another; "-" where the value is taken over by hand.
    pub rust: Option<String>,
    /// The part of the options that it goes into.
    pub part: Option<String>,
    /// Rust has the value itself, also where it stands for something that is not given.
    #[serde(default)]
    pub plain: bool,
    /// Rust's number is this many times the option's.
    pub scale: Option<u64>,
    /// The variant in Rust that holds the value.
    pub wrap: Option<String>,
    /// Options that cannot be given beside it.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// Whether plans of experiments read it, where they read these options at all.
    #[serde(default = "yes")]
    pub plan: bool,
    pub flag: Option<Flag>,
}

/// How the command line has an option.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The commands, or groups of commands, that have it.
    pub commands: Vec<String>,
    /// What stands for its value in the help; none for flags.
    pub value: Option<String>,
    pub short: Option<char>,
    /// A former name that goes on working.
    pub alias: Option<String>,
    /// What the command line has and the library has not, such as a default of its own.
    pub doc: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// int32_t, one of a group.
    Enum,
    /// uint32_t, bits of a group.
    Set,
    /// int32_t, 0 or 1.
    Flag,
    /// uint32_t.
    Count,
    /// int32_t from 0, or -1.
    Column,
    /// uint64_t.
    Seed,
    /// double.
    Number,
    /// primer_str.
    Text,
    /// const primer_str * and its length.
    Texts,
    /// const char *, NUL-terminated.
    Path,
    /// const char *const * and its length.
    Names,
    /// const uint32_t * and its length.
    Counts,
    /// A pointer to other options.
    Options,
    /// uint32_t that must be 0.
    Reserved,
}

fn first() -> String {
    "0.1".into()
}

fn yes() -> bool {
    true
}

/// The files in the order in which the header has what they say.
const FILES: [&str; 9] = ["status", "log", "model", "dataset", "adapter", "adapt", "tagger", "prime", "storage"];

impl Interface {
    /// Reads the files of `folder` and checks that they fit together.
    pub fn read(folder: &Path) -> Result<Interface, String> {
        let mut areas = Vec::new();
        for name in FILES {
            let path = folder.join(format!("{name}.toml"));
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let mut area: Area = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
            area.name = name.into();
            areas.push(area);
        }
        let interface = Interface { areas };
        interface.check()?;
        Ok(interface)
    }

    pub fn enums(&self) -> impl Iterator<Item = &Enum> {
        self.areas.iter().flat_map(|area| &area.enums)
    }

    /// What the constants' names begin with, after PRIMER_.
    pub fn groups(&self) -> Vec<&str> {
        self.enums().map(|e| e.group.as_str()).collect()
    }

    pub fn options(&self) -> impl Iterator<Item = &Options> {
        self.areas.iter().filter_map(|area| area.options.as_ref())
    }

    /// The enumeration of a group.
    pub fn group(&self, group: &str) -> Option<&Enum> {
        self.enums().find(|e| e.group == group)
    }

    fn check(&self) -> Result<(), String> {
        for options in self.options() {
            let mut names = BTreeSet::new();
            for field in &options.fields {
                let place = format!("{}.{}", options.name, field.name);
                let wrong = |why: &str| Err(format!("{place}: {why}"));
                if !names.insert(&field.name) {
                    return wrong("is there twice");
                }
                match field.kind {
                    Type::Enum | Type::Set => {
                        let group = field.group.as_deref().unwrap_or_default();
                        let Some(known) = self.group(group) else { return wrong("has no group that is known") };
                        for name in field.default_names() {
                            if !known.values.iter().any(|v| v.name == name) {
                                return wrong("has a default that is not of its group");
                            }
                        }
                    }
                    Type::Options if !self.options().any(|o| Some(&o.name) == field.group.as_ref()) => {
                        return wrong("is of options that are not known");
                    }
                    _ if field.part.as_ref().is_some_and(|part| !options.parts.contains_key(part)) => {
                        return wrong("is of a part that the options do not have");
                    }
                    _ if field.excludes.iter().any(|other| options.field(other).is_none()) => {
                        return wrong("excludes an option that there is not");
                    }
                    Type::Texts | Type::Names | Type::Counts if field.count.is_none() => {
                        return wrong("is a list and has no field for its length (count)");
                    }
                    Type::Flag | Type::Count | Type::Column | Type::Seed | Type::Number if field.default.is_none() => {
                        return wrong("has no default");
                    }
                    _ => {}
                }
                if field.kind != Type::Reserved && (field.doc.is_empty() || field.doc.ends_with('.')) {
                    return wrong("needs a doc, without a full stop at its end");
                }
            }
        }
        Ok(())
    }
}

impl Enum {
    /// `PRIMER_METHOD_HEAD`; of statuses `PRIMER_ERR_IO`.
    pub fn constant(&self, value: &Value) -> String {
        if self.group == "STATUS" {
            format!("PRIMER_{}", value.name)
        } else {
            format!("PRIMER_{}_{}", self.group, value.name)
        }
    }
}

impl Options {
    /// `primer_adapt_options`.
    pub fn c_name(&self) -> String {
        format!("primer_{}_options", self.name)
    }

    /// `AdaptOptions`.
    pub fn type_name(&self) -> String {
        format!("{}{}Options", self.name[..1].to_uppercase(), &self.name[1..])
    }

    /// What a host may set: all but the reserved fields.
    pub fn settable(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.kind != Type::Reserved)
    }

    /// What the command line may have: what a host may set, and more.
    pub fn with_extra(&self) -> impl Iterator<Item = &Field> {
        self.settable().chain(&self.extra)
    }

    /// What is called `name`, by hosts or by the command line.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().chain(&self.extra).find(|f| f.name == name)
    }
}

impl Field {
    /// The values of an enumeration's or a set's default.
    pub fn default_names(&self) -> Vec<&str> {
        match &self.default {
            Some(toml::Value::String(name)) => vec![name],
            Some(toml::Value::Array(names)) => names.iter().filter_map(|n| n.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    pub fn default_number(&self) -> f64 {
        match &self.default {
            Some(toml::Value::Integer(n)) => *n as f64,
            Some(toml::Value::Float(x)) => *x,
            Some(toml::Value::Boolean(b)) => f64::from(*b),
            _ => 0.0,
        }
    }

    /// The number that stands for "not given", where one does.
    pub fn none(&self) -> Option<f64> {
        self.unset.as_ref()?;
        Some(if self.kind == Type::Column { -1.0 } else { 0.0 })
    }

    /// The field's name in Rust; `None` where the value is taken over by hand.
    pub fn rust_name(&self) -> Option<&str> {
        match self.rust.as_deref() {
            Some("-") => None,
            Some(name) => Some(name),
            None => Some(&self.name),
        }
    }

    /// Whether Rust has an `Option` of it.
    pub fn is_optional(&self) -> bool {
        self.part.is_some() || self.unset.is_some() && !self.plain
    }

    /// A default as people write it: `1e-4`, `0.1`, `16`.
    pub fn shown_default(&self) -> String {
        shown(self.default_number())
    }
}

/// A number as people write it.
pub fn shown(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.01 { format!("{x:e}") } else { format!("{x}") }
}
