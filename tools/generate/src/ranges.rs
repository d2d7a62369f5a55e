//! `src/limits/generated.rs`: the ranges of options that count or measure something.

use std::fmt::Write;

use crate::docs;
use crate::schema::{Field, Interface, Type};

/// The ranges, each option's once: an option of the same name has the same range everywhere.
pub fn ranges(interface: &Interface) -> Result<String, String> {
    let mut fields: Vec<&Field> = Vec::new();
    for options in interface.options().filter(|o| o.flags_into.is_some()) {
        for field in options.with_extra() {
            match field.kind {
                // What depends on the model is for the model to say.
                Type::Count if field.min.is_none() || field.max.is_none() => continue,
                Type::Count | Type::Number => {}
                _ => continue,
            }
            match fields.iter().find(|f| f.name == field.name) {
                Some(known) if (known.min, known.max, known.positive) != (field.min, field.max, field.positive) => {
                    return Err(format!("{}: {} has another range elsewhere", options.name, field.name));
                }
                Some(_) => {}
                None => fields.push(field),
            }
        }
    }
    let mut out = format!("//! {}\n\nuse super::{{Count, Number, Range}};\n\n", docs::mark("interface/"));
    let mut counts = Vec::new();
    let mut numbers = Vec::new();
    for field in fields {
        let (name, upper) = (&field.name, field.name.to_uppercase());
        match (field.kind, field.min, field.max) {
            (Type::Count, Some(min), Some(max)) => {
                writeln!(out, "pub(crate) const {upper}: Count = Count::new(\"{name}\", {min}, {max});").unwrap();
                counts.push(upper);
            }
            (_, min, max) => {
                let range = match (field.positive, min, max) {
                    (true, ..) => "Positive",
                    (false, Some(0.0), Some(1.0)) => "Share",
                    (false, Some(0.0), None) => "NotNegative",
                    (false, None, None) => "Finite",
                    _ => return Err(format!("{name}: there is no range of this kind in src/limits.rs")),
                };
                writeln!(
                    out,
                    "pub(crate) const {upper}: Number = Number {{ name: \"{name}\", range: Range::{range} }};"
                )
                .unwrap();
                numbers.push(upper);
            }
        }
    }
    write!(
        out,
        "\n/// All that are counted.\npub(super) const COUNTS: &[Count] = &[{}];\n\n\
         /// All that are measured.\npub(super) const NUMBERS: &[Number] = &[{}];\n",
        counts.join(", "),
        numbers.join(", ")
    )
    .unwrap();
    Ok(out)
}
