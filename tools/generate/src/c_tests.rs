//! Tables of the C tests and of `src/capi`: constants by name, lists with their lengths, layouts.

use std::fmt::Write;

use crate::abi::Abi;
use crate::docs;
use crate::schema::{Interface, Type};

/// `tests/c/constants.h`.
pub fn constants(interface: &Interface) -> String {
    let mut out = format!("/* {} */\n\n", docs::mark("interface/"));
    out += "/* Every constant of the header; conformance.c compares the table with abi.json. */\n";
    out += "static const struct {\n    const char *name;\n    int64_t value;\n} constants[] = {\n#define CONSTANT(name) {#name, name}\n";
    for e in interface.enums() {
        for value in &e.values {
            writeln!(out, "    CONSTANT({}),", e.constant(value)).unwrap();
        }
    }
    out += "#undef CONSTANT\n};\n\n/* Lists among the options: the field with the items, the one with their number, and what an item is. */\n";
    out += "static const struct {\n    const char *type, *items, *count, *item;\n} lists[] = {\n";
    for options in interface.options() {
        for field in options.settable().filter(|f| f.count.is_some()) {
            let item = match field.kind {
                Type::Texts => "primer_str",
                Type::Names => "const char *",
                _ => "uint32_t",
            };
            let count = field.count.as_deref().unwrap_or_default();
            writeln!(out, "    {{\"{}\", \"{}\", \"{count}\", \"{item}\"}},", options.c_name(), field.name).unwrap();
        }
    }
    out + "};\n"
}

/// `tests/c/layout.h`: offsets and sizes, as the C compiler has to see them, and the numbers of constants.
pub fn c_layout(abi: &Abi) -> String {
    let mut out = format!("/* {} */\n\n", docs::mark("interface/ and src/capi/"));
    for s in &abi.structs {
        for field in &s.fields {
            writeln!(out, "AT({}, {}, {});", s.name, field.name, field.offset).unwrap();
        }
        writeln!(out, "SIZE({}, {});\n", s.name, s.size).unwrap();
    }
    for constant in &abi.constants {
        writeln!(out, "IS({}, {});", constant.name, constant.value).unwrap();
    }
    out
}

/// `src/capi/layout.rs`: the same from the library's side.
pub fn rust_layout(abi: &Abi) -> String {
    let mut out = format!("// {}\n", docs::mark("interface/ and src/capi/"));
    out += "//! The layouts that hosts are compiled with, as Rust sees them: what is promised of them stands in tests/abi.\n\n#![cfg(target_pointer_width = \"64\")]\n\nuse std::mem::offset_of;\n\n";
    out += "#[allow(unused_imports, reason = \"which module has which struct is of no interest here\")]\nuse super::{MODULES};\n\n/// Offsets of all fields in order, and the size.\nmacro_rules! layout {\n    ($type:path: $($field:ident)*) => { (vec![$(offset_of!($type, $field)),*], size_of::<$type>()) };\n}\n\n#[test]\nfn layouts_are_those_of_the_header() {\n";
    let modules: Vec<String> = crate::header::SOURCES.iter().map(|s| format!("{}::*", s.replace('/', "::"))).collect();
    out = out.replace("MODULES", &modules.join(", "));
    for s in &abi.structs {
        let fields: Vec<&str> = s.fields.iter().map(|f| f.name.as_str()).collect();
        let offsets: Vec<String> = s.fields.iter().map(|f| f.offset.to_string()).collect();
        writeln!(
            out,
            "    assert_eq!(layout!({}: {}), (vec![{}], {}));",
            s.name,
            fields.join(" "),
            offsets.join(", "),
            s.size
        )
        .unwrap();
    }
    out + "}\n"
}

/// `tests/conformance/generated.rs`: what the Rust runner needs to read structs by their layout.
pub fn rust_suite(interface: &Interface) -> String {
    let mut out = format!("//! {}\n\n", docs::mark("interface/"));
    out += "unsafe extern \"C\" {\n";
    for options in interface.options() {
        writeln!(out, "    fn {}_init(options: *mut u64, struct_size: usize);", options.c_name()).unwrap();
    }
    out += "}\n\n/// Fills a struct of options with its initial values.\npub type Init = unsafe extern \"C\" fn(*mut u64, usize);\n\n/// The structs of options, and what fills them.\n";
    writeln!(out, "pub const OPTIONS: [(&str, Init); {}] = [", interface.options().count()).unwrap();
    for options in interface.options() {
        writeln!(out, "    (\"{0}\", {0}_init),", options.c_name()).unwrap();
    }
    out += "];\n\n/// The group of constants of an enumeration's or a set's field.\npub fn group(options: &str, field: &str) -> Option<&'static str> {\n    Some(match (options, field) {\n";
    for options in interface.options() {
        for field in options.settable() {
            if let (Type::Enum | Type::Set, Some(group)) = (field.kind, &field.group) {
                writeln!(out, "        (\"{}\", \"{}\") => \"{group}\",", options.c_name(), field.name).unwrap();
            }
        }
    }
    out + "        _ => return None,\n    })\n}\n"
}
