//! The generated parts of `include/primer.hpp` (between marks), and the tables of its tests.

use std::fmt::Write;

use crate::docs::{self, Language, comment, told};
use crate::schema::{Enum, Field, Interface, Kind, Options, Type};

const WIDTH: usize = 120;

/// The parts of primer.hpp by the names of their marks.
pub fn parts(interface: &Interface) -> Vec<(String, String)> {
    let mut parts = vec![
        ("enumerations".into(), enumerations(interface, false)),
        ("experimental enumerations".into(), enumerations(interface, true)),
    ];
    for options in interface.options() {
        parts.push((format!("options of {}", options.name), options_struct(interface, options)));
    }
    parts
}

fn enumerations(interface: &Interface, experimental: bool) -> String {
    let mut out = String::new();
    for e in interface.enums().filter(|e| e.experimental == experimental) {
        let kind = if e.kind == Kind::Set { "std::uint32_t" } else { "std::int32_t" };
        out += &comment("/// ", &told(interface, None, &e.doc, Language::Cpp), WIDTH);
        writeln!(out, "enum class {} : {kind} {{", e.name).unwrap();
        for value in &e.values {
            out += &comment("    /// ", &told(interface, None, &value.doc, Language::Cpp), WIDTH);
            writeln!(out, "    {} = {},", e.cpp_value(value), e.constant(value)).unwrap();
        }
        out += "};\n\n";
        if e.kind == Kind::Set {
            set(&mut out, &e.name);
        }
    }
    for e in interface.enums().filter(|e| e.experimental == experimental && e.group != "STATUS") {
        let of = if e.kind == Kind::Set {
            "The name of one value; \"unknown\" for a set of several."
        } else {
            "A name for people; \"unknown\" for a value that is not listed."
        };
        writeln!(
            out,
            "/// {of}\nconstexpr std::string_view to_string({} value) noexcept {{\n    switch (value) {{",
            e.name
        )
        .unwrap();
        for value in &e.values {
            writeln!(out, "    case {}::{}: return \"{}\";", e.name, e.cpp_value(value), e.plain_value(value)).unwrap();
        }
        out += "    }\n    return \"unknown\";\n}\n\n";
    }
    out.truncate(out.trim_end().len() + 1);
    out
}

fn set(out: &mut String, name: &str) {
    for (text, sign) in [("Both sets together.", "|"), ("What both sets have.", "&")] {
        write!(
            out,
            "/// {text}\nconstexpr {name} operator{sign}({name} a, {name} b) noexcept {{\n    return static_cast<{name}>(static_cast<std::uint32_t>(a) {sign} static_cast<std::uint32_t>(b));\n}}\n\n"
        )
        .unwrap();
    }
    write!(
        out,
        "/// Adds a set.\nconstexpr {name} &operator|=({name} &a, {name} b) noexcept {{ return a = a | b; }}\n\n"
    )
    .unwrap();
}

fn kind(interface: &Interface, field: &Field) -> String {
    match field.kind {
        Type::Enum | Type::Set => {
            interface.group(field.group.as_deref().unwrap_or_default()).expect("checked").name.clone()
        }
        Type::Flag => "bool".into(),
        Type::Count => "std::uint32_t".into(),
        Type::Column => "std::int32_t".into(),
        Type::Seed => "std::uint64_t".into(),
        Type::Number => "double".into(),
        Type::Text => "std::string".into(),
        Type::Texts | Type::Names => "std::vector<std::string>".into(),
        Type::Counts => "std::vector<std::uint32_t>".into(),
        Type::Path => "Path".into(),
        Type::Options => capital(field.group.as_deref().unwrap_or_default()) + "Options",
        Type::Reserved => unreachable!("nobody sets it"),
    }
}

fn capital(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// What raw() needs room in, as members: lists of texts, names, other options.
fn rooms(options: &Options) -> String {
    let mut rooms = String::new();
    for field in options.settable() {
        let (name, group) = (&field.name, field.group.as_deref().unwrap_or_default());
        let room = |kind: &str| format!("        {kind} {name}; ///< {name} as primer.h has it.\n");
        match field.kind {
            Type::Texts => rooms += &room("Strings"),
            Type::Names => rooms += &room("std::vector<const char *>"),
            Type::Options => {
                rooms += &room(&format!("primer_{group}_options"));
                rooms += &format!("        {}Options::Room of_{name}; ///< What {name} lends.\n", capital(group));
            }
            _ => {}
        }
    }
    rooms
}

fn options_struct(interface: &Interface, options: &Options) -> String {
    let (name, c) = (options.type_name(), options.c_name());
    let mut out = comment("/// ", &told(interface, Some(options), &options.doc, Language::Cpp), WIDTH);
    writeln!(out, "struct {name} {{").unwrap();
    for field in options.settable() {
        out += &comment("    /// ", &docs::field(interface, options, field, Language::Cpp), WIDTH);
        let (kind, member) = (kind(interface, field), &field.name);
        let initial = match field.kind {
            Type::Enum | Type::Set => format!(" = static_cast<{kind}>(initial().{member})"),
            Type::Flag => format!(" = initial().{member} != 0"),
            Type::Count | Type::Column | Type::Seed | Type::Number => format!(" = initial().{member}"),
            _ => " = {}".into(),
        };
        writeln!(out, "    {kind} {member}{initial};").unwrap();
    }
    let rooms = rooms(options);
    write!(
        out,
        "\n    /// The initial values, as primer.h has them.\n    static const {c} &initial() {{\n        return detail::initial<{c}, {c}_init>();\n    }}\n"
    )
    .unwrap();
    if !rooms.is_empty() {
        write!(out, "    /// Room for what raw() lends.\n    struct Room {{\n{rooms}    }};\n").unwrap();
    }
    let borrows =
        options.settable().any(|f| matches!(f.kind, Type::Text | Type::Path | Type::Counts)) || !rooms.is_empty();
    out += &comment(
        "    /// ",
        match (borrows, rooms.is_empty()) {
            (false, _) => "These options as primer.h has them.",
            (true, true) => "These options as primer.h has them, borrowed from this object.",
            (true, false) => {
                "These options as primer.h has them, borrowed from this object and from `room`, which is overwritten."
            }
        },
        WIDTH,
    );
    let room = if rooms.is_empty() { "" } else { "Room &room" };
    writeln!(out, "    {c} raw({room}) const {{").unwrap();
    for field in options.settable() {
        let member = &field.name;
        match field.kind {
            Type::Texts => writeln!(out, "        room.{member} = Strings({member});").unwrap(),
            Type::Names => writeln!(
                out,
                "        room.{member}.clear();\n        for (const std::string &one : {member}) room.{member}.push_back(one.c_str());"
            )
            .unwrap(),
            Type::Options => writeln!(out, "        room.{member} = {member}.raw(room.of_{member});").unwrap(),
            _ => {}
        }
    }
    writeln!(out, "        {c} raw = initial();").unwrap();
    for field in options.settable() {
        let (member, count) = (&field.name, field.count.as_deref().unwrap_or_default());
        match field.kind {
            Type::Enum => writeln!(out, "        raw.{member} = static_cast<std::int32_t>({member});"),
            Type::Set => writeln!(out, "        raw.{member} = static_cast<std::uint32_t>({member});"),
            Type::Text => writeln!(out, "        raw.{member} = detail::raw({member});"),
            Type::Texts | Type::Names => {
                writeln!(
                    out,
                    "        raw.{member} = room.{member}.data();\n        raw.{count} = room.{member}.size();"
                )
            }
            Type::Counts => {
                writeln!(out, "        raw.{member} = {member}.data();\n        raw.{count} = {member}.size();")
            }
            Type::Path => writeln!(out, "        raw.{member} = detail::or_null({member});"),
            Type::Options => writeln!(out, "        raw.{member} = &room.{member};"),
            _ => writeln!(out, "        raw.{member} = {member};"),
        }
        .unwrap();
    }
    out += "        return raw;\n    }\n";
    check(&mut out, options);
    out += "};\n";
    out
}

/// C would not see what is behind a NUL character.
fn check(out: &mut String, options: &Options) {
    let ended: Vec<&Field> = options.settable().filter(|f| matches!(f.kind, Type::Path | Type::Names)).collect();
    if ended.is_empty() {
        return;
    }
    *out += "    /// Fails where a path or a name has a NUL character inside.\n    Expected<void> check() const {\n";
    for field in ended {
        let member = &field.name;
        if field.kind == Type::Path {
            writeln!(
                out,
                "        if (auto bad = detail::check_string(\"{member}\", {member}.string()); !bad) return bad;"
            )
            .unwrap();
        } else {
            writeln!(
                out,
                "        for (const std::string &one : {member})\n            if (auto bad = detail::check_string(\"{member}\", one); !bad) return bad;"
            )
            .unwrap();
        }
    }
    *out += "        return {};\n    }\n";
}

fn qualified(e: &Enum) -> String {
    format!("primer::{}{}", if e.experimental { "experimental::" } else { "" }, e.name)
}

/// `bindings/cpp/tests/names.hpp`: the constants of C by name.
pub fn names(interface: &Interface) -> String {
    let mut out = format!("// {}\n//\n", docs::mark("interface/"));
    out += "// The names that primer.h gives to the values of every enumeration, as the conformance suite writes them.\n#pragma once\n\n#include <map>\n#include <string>\n\n#include \"primer.hpp\"\n\nnamespace names {\n\n";
    out += "template <class Enum>\nstruct Table;\n\ntemplate <class Enum>\nEnum value(const std::string &name) {\n    return Table<Enum>::values.at(name);\n}\n\n";
    for e in interface.enums() {
        let of = qualified(e);
        writeln!(
            out,
            "template <>\nstruct Table<{of}> {{\n    static inline const std::map<std::string, {of}> values = {{"
        )
        .unwrap();
        for value in &e.values {
            writeln!(out, "        {{\"{}\", {of}::{}}},", e.constant(value), e.cpp_value(value)).unwrap();
        }
        out += "    };\n};\n\n";
    }
    out += "// Calls `each` with the group's name and a value of its enumeration, for every group.\ntemplate <class Each>\nvoid for_every_group(Each each) {\n";
    for e in interface.enums() {
        writeln!(out, "    each(\"{}\", {}{{}});", e.group, qualified(e)).unwrap();
    }
    out += "}\n\n} // namespace names\n";
    out
}

/// `bindings/cpp/tests/options.cpp`: options by the names of C's fields.
pub fn visits(interface: &Interface) -> String {
    let mut out = format!("// {}\n//\n", docs::mark("interface/"));
    out += "// Options by the names of C's fields.\n#include \"conformance.hpp\"\n\nnamespace conformance {\n";
    for options in interface.options() {
        let of = format!("primer::{}{}", if options.experimental { "experimental::" } else { "" }, options.type_name());
        writeln!(out, "\nvoid visit({of} &options, Fields &fields) {{").unwrap();
        for field in options.settable().filter(|f| f.kind != Type::Options) {
            match &field.count {
                Some(count) => {
                    writeln!(out, "    fields(\"{}\", \"{count}\", options.{});", field.name, field.name).unwrap()
                }
                None => writeln!(out, "    fields(\"{}\", options.{});", field.name, field.name).unwrap(),
            }
        }
        out += "}\n";
    }
    out += "\n} // namespace conformance\n";
    out
}
