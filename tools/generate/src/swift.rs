//! `bindings/swift/Sources/Primer/Generated/*.swift`: enumerations and structs of options, and the tests' tables.

use std::fmt::Write;

use crate::docs::{self, Language, comment, told};
use crate::schema::{Enum, Field, Interface, Kind, Options, Type};

const WIDTH: usize = 120;

fn head(import: &str) -> String {
    format!("// {}\n\n{import}\n", docs::mark("interface/"))
}

fn spi(experimental: bool) -> &'static str {
    if experimental { "@_spi(Experimental)\n" } else { "" }
}

/// `Enumerations.swift`. What is only given to the library is an enum; what the library gives out is a struct with named
/// values, since a newer library may give one that has no name here.
pub fn enums(interface: &Interface) -> String {
    let mut out = head("import CPrimer");
    for e in interface.enums() {
        out += "\n";
        out += &comment("/// ", &told(interface, None, &e.doc, Language::Swift), WIDTH);
        out += spi(e.experimental);
        match e.kind {
            Kind::Closed => closed(&mut out, interface, e),
            Kind::Open | Kind::Set => open(&mut out, interface, e),
        }
    }
    out
}

fn closed(out: &mut String, interface: &Interface, e: &Enum) {
    let name = e.swift_type();
    writeln!(out, "public enum {name}: RawRepresentable, CaseIterable, Hashable, Sendable {{").unwrap();
    for value in &e.values {
        *out += &comment("    /// ", &told(interface, None, &value.doc, Language::Swift), WIDTH);
        writeln!(out, "    case {}", e.swift_value(value)).unwrap();
    }
    *out += "\n    /// The number that the C interface gives it.\n    public var rawValue: Int32 {\n        switch self {\n";
    for value in &e.values {
        writeln!(out, "        case .{}: {}", e.swift_value(value), e.constant(value)).unwrap();
    }
    *out += "        }\n    }\n\n    /// The value of a number; nil where there is none.\n    public init?(rawValue: Int32) {\n        guard let value = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }\n        self = value\n    }\n}\n";
}

fn open(out: &mut String, interface: &Interface, e: &Enum) {
    let name = e.swift_type();
    let (protocols, number, text) = match e.kind {
        Kind::Set => {
            ("OptionSet, Hashable, Sendable", "UInt32", "The sum of the numbers that the C interface gives them.")
        }
        _ => ("RawRepresentable, Hashable, Sendable", "Int32", "The number that the C interface gives it."),
    };
    write!(
        out,
        "public struct {name}: {protocols} {{\n    /// {text}\n    public let rawValue: {number}\n\n    /// What a number stands for, also one that has no name here.\n    public init(rawValue: {number}) {{ self.rawValue = rawValue }}\n\n"
    )
    .unwrap();
    for value in &e.values {
        *out += &comment("    /// ", &told(interface, None, &value.doc, Language::Swift), WIDTH);
        let constant = if e.kind == Kind::Set { format!("UInt32({})", e.constant(value)) } else { e.constant(value) };
        writeln!(out, "    public static let {} = {name}(rawValue: {constant})", e.swift_value(value)).unwrap();
    }
    *out += "}\n";
}

fn group<'a>(interface: &'a Interface, field: &Field) -> &'a Enum {
    interface.group(field.group.as_deref().unwrap_or_default()).expect("checked")
}

fn kind(interface: &Interface, field: &Field) -> String {
    match field.kind {
        Type::Enum | Type::Set => group(interface, field).swift_type().into(),
        Type::Flag => "Bool".into(),
        Type::Count => "Int".into(),
        Type::Column => "Int?".into(),
        Type::Seed => "UInt64".into(),
        Type::Number => "Double".into(),
        Type::Text => "String".into(),
        Type::Path => "String?".into(),
        Type::Texts | Type::Names => "[String]".into(),
        Type::Counts => "[Int]".into(),
        Type::Options => format!("{}?", other(field)),
        Type::Reserved => unreachable!("nobody sets it"),
    }
}

fn other(field: &Field) -> String {
    let name = field.group.as_deref().unwrap_or_default();
    format!("{}{}Options", name[..1].to_uppercase(), &name[1..])
}

/// Swift has no number that stands for "no column".
fn text(interface: &Interface, options: &Options, field: &Field) -> String {
    let text = docs::field(interface, options, field, Language::Swift);
    if field.kind == Type::Column { text.replace("initially -1", "initially nil") } else { text }
}

/// `<Name>Options.swift`.
pub fn options_file(interface: &Interface, options: &Options) -> String {
    let (name, c) = (options.type_name(), options.c_name());
    let mut out = head("import CPrimer");
    out += "\n";
    out += &comment("/// ", &told(interface, Some(options), &options.doc, Language::Swift), WIDTH);
    out += spi(options.experimental);
    writeln!(out, "public struct {name}: Hashable, Sendable {{").unwrap();
    for field in options.settable() {
        out += &comment("    /// ", &text(interface, options, field), WIDTH);
        writeln!(out, "    public var {}: {}", field.swift_name(), kind(interface, field)).unwrap();
    }
    out += "\n    /// The library's initial values.\n    public init() {\n        let initial = Self.initial\n        // The library's own values have names: the tests see to it.\n";
    for field in options.settable() {
        let (member, count) = (&field.name, field.count.as_deref().unwrap_or_default());
        let value = match field.kind {
            Type::Enum if group(interface, field).kind == Kind::Closed => {
                format!("{}(rawValue: initial.{member})!", kind(interface, field))
            }
            Type::Enum | Type::Set => format!("{}(rawValue: initial.{member})", kind(interface, field)),
            Type::Flag => format!("initial.{member} != 0"),
            Type::Count => format!("Int(initial.{member})"),
            Type::Column => format!("initial.{member} < 0 ? nil : Int(initial.{member})"),
            Type::Seed | Type::Number => format!("initial.{member}"),
            Type::Text => format!("String(initial.{member}) ?? \"\""),
            Type::Path => format!("initial.{member}.map {{ String(cString: $0) }}"),
            Type::Texts => format!(
                "UnsafeBufferPointer(start: initial.{member}, count: initial.{count}).map {{ String($0) ?? \"\" }}"
            ),
            Type::Names => format!(
                "UnsafeBufferPointer(start: initial.{member}, count: initial.{count}).compactMap {{\n            $0.map {{ String(cString: $0) }}\n        }}"
            ),
            Type::Counts => {
                format!("UnsafeBufferPointer(start: initial.{member}, count: initial.{count}).map {{ Int($0) }}")
            }
            Type::Options => format!("initial.{member} == nil ? nil : {}()", other(field)),
            Type::Reserved => continue,
        };
        writeln!(out, "        {} = {value}", field.swift_name()).unwrap();
    }
    write!(
        out,
        "    }}\n\n    private static var initial: {c} {{\n        var options = {c}()\n        {c}_init(&options, MemoryLayout.size(ofValue: options))\n        return options\n    }}\n\n    /// Lends the options as the C interface has them.\n    func withC<R>(_ body: (UnsafePointer<{c}>) throws -> R) throws -> R {{\n        var options = Self.initial\n"
    )
    .unwrap();
    lend(&mut out, options);
    out += "    }\n}\n";
    out
}

fn lend(out: &mut String, options: &Options) {
    for field in options.settable() {
        let (member, swift) = (&field.name, field.swift_name());
        let value = match field.kind {
            Type::Enum | Type::Set => format!("{swift}.rawValue"),
            Type::Flag => format!("{swift} ? 1 : 0"),
            Type::Count => format!("try number({swift}, \"{swift}\")"),
            Type::Column => format!("try number({swift} ?? -1, \"{swift}\")"),
            Type::Seed | Type::Number => swift.clone(),
            _ => continue,
        };
        writeln!(out, "        options.{member} = {value}").unwrap();
    }
    for field in options.settable().filter(|f| f.kind == Type::Counts) {
        let swift = field.swift_name();
        writeln!(out, "        let {swift}: [UInt32] = try self.{swift}.map {{ try number($0, \"{swift}\") }}")
            .unwrap();
    }
    // What is lent is lent inside of what was lent before.
    let mut depth = 2;
    let mut ends = Vec::new();
    for field in options.settable() {
        let (member, swift, count) = (&field.name, field.swift_name(), field.count.as_deref().unwrap_or_default());
        let (call, lines) = match field.kind {
            Type::Text => (format!("{swift}.withPrimerStr {{ text in"), vec![format!("options.{member} = text")]),
            Type::Texts => (
                format!("withPrimerStrs({swift}) {{ texts in"),
                vec![format!("options.{member} = texts"), format!("options.{count} = {swift}.count")],
            ),
            Type::Path => (
                format!("{swift}.withCString(argument: \"{swift}\") {{ path in"),
                vec![format!("options.{member} = path")],
            ),
            Type::Names => (
                format!("withCStrings({swift}, argument: \"{swift}\") {{ names, count in"),
                vec![format!("options.{member} = names"), format!("options.{count} = count")],
            ),
            Type::Counts => (
                format!("{swift}.withUnsafeBufferPointer {{ list in"),
                vec![format!("options.{member} = list.baseAddress"), format!("options.{count} = list.count")],
            ),
            Type::Options => (format!("{swift}.withC {{ other in"), vec![format!("options.{member} = other")]),
            _ => continue,
        };
        writeln!(out, "{}return try {call}", "    ".repeat(depth)).unwrap();
        depth += 1;
        for line in lines {
            writeln!(out, "{}{line}", "    ".repeat(depth)).unwrap();
        }
        ends.push(depth - 1);
    }
    writeln!(out, "{}return try body(&options)", "    ".repeat(depth)).unwrap();
    for depth in ends.into_iter().rev() {
        writeln!(out, "{}}}", "    ".repeat(depth)).unwrap();
    }
}

/// `Tests/PrimerTests/Support/GeneratedConstants.swift`.
pub fn constants(interface: &Interface) -> String {
    let mut out = head("@_spi(Experimental) import Primer");
    out += "\nextension Constants {\n    /// The constants of C by the groups of tests/conformance/abi.json.\n    static let groups: [String: [String: Int64]] = [\n";
    for e in interface.enums() {
        let how = if e.kind == Kind::Closed { "closed" } else { "open" };
        writeln!(out, "        \"{}\": {how}([", e.group).unwrap();
        for (i, value) in e.values.iter().enumerate() {
            let of = if i == 0 { e.swift_type() } else { "" };
            writeln!(out, "            \"{}\": {of}.{},", value.name, e.swift_value(value)).unwrap();
        }
        out += "        ]),\n";
    }
    out += "    ]\n}\n";
    out
}

/// `Tests/PrimerTests/Support/GeneratedOptions.swift`: options by the names of C's fields, and values that are not the
/// initial ones.
pub fn test_options(interface: &Interface) -> String {
    let mut out = head("import Testing\n\n@_spi(Experimental) import Primer");
    out += "\n// Options by the names of C's fields, as the conformance suite has them. A name that is not known here fails.\n";
    for options in interface.options() {
        write!(
            out,
            "\nextension {} {{\n    init(_ json: JSON?) {{\n        self.init()\n        for key in json?.keys ?? [] {{\n            let value = json![key]!\n            switch key {{\n",
            options.type_name()
        )
        .unwrap();
        for field in options.settable() {
            let (member, swift) = (&field.name, field.swift_name());
            let value = match field.kind {
                Type::Enum if group(interface, field).kind == Kind::Closed => {
                    format!("{}(rawValue: Constants.value(value))!", kind(interface, field))
                }
                Type::Enum => format!("{}(rawValue: Constants.value(value))", kind(interface, field)),
                Type::Set => "value.sites".into(),
                Type::Flag => "value.bool".into(),
                Type::Count => "value.int".into(),
                Type::Column => "value.int == -1 ? nil : value.int".into(),
                Type::Seed => "UInt64(value.int)".into(),
                Type::Number => "value.double".into(),
                Type::Text => "value.string".into(),
                Type::Path => "value == .null ? nil : value.string".into(),
                Type::Texts | Type::Names => "value == .null ? [] : value.strings".into(),
                Type::Counts => "value == .null ? [] : value.ints".into(),
                Type::Options => format!("value == .null ? nil : {}(value)", other(field)),
                Type::Reserved => continue,
            };
            writeln!(out, "            case \"{member}\": {swift} = {value}").unwrap();
            if let Some(count) = &field.count {
                writeln!(
                    out,
                    "            case \"{count}\": #expect({swift}.count == value.int || json![\"{member}\"] != .null)"
                )
                .unwrap();
            }
        }
        out += "            default: fatalError(\"no option \\(key)\")\n            }\n        }\n    }\n}\n";
    }
    out += "\n/// Of every option a value that is not the initial one.\nenum OtherValues {\n";
    for options in interface.options() {
        writeln!(out, "    static let {}: JSON = [", options.name).unwrap();
        for (i, field) in options.settable().enumerate() {
            let value = match field.kind {
                Type::Enum => {
                    let e = group(interface, field);
                    let value =
                        e.values.iter().rev().find(|v| field.default_names() != [v.name.as_str()]).expect("two values");
                    format!("\"{}\"", e.constant(value))
                }
                Type::Set => {
                    let e = group(interface, field);
                    let last = e.values.last().expect("a value");
                    format!("[\"{}\", \"{}\"]", e.constant(&e.values[1]), e.constant(last))
                }
                Type::Flag => format!("{}", 1.0 - field.default_number()),
                Type::Count | Type::Column | Type::Seed => format!("{}", 1001 + i),
                Type::Number => format!("{}.5", 1001 + i),
                Type::Text => "\"nä\\0mé\"".into(),
                Type::Path => "\"/ä/library.so\"".into(),
                Type::Texts => "[\"PER\", \"\", \"Ärzte\"]".into(),
                Type::Names => "[\"cuda\", \"\", \"cpü\"]".into(),
                Type::Counts => "[1, 10]".into(),
                Type::Options => format!("Self.{}", field.group.as_deref().unwrap_or_default()),
                Type::Reserved => continue,
            };
            writeln!(out, "        \"{}\": {value},", field.name).unwrap();
            if let Some(count) = &field.count {
                let n = if field.kind == Type::Counts { 2 } else { 3 };
                writeln!(out, "        \"{count}\": {n},").unwrap();
            }
        }
        out += "    ]\n";
    }
    out += "}\n";
    out
}
