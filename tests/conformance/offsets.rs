//! `offsets.json`: positions of a text in bytes, UTF-16 code units and code points.

use primer::data::Unit;
use primer::text::Offsets;
use serde::{Deserialize, Serialize};

use crate::cases::unit;
use crate::run;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    from: String,
    to: String,
    positions: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Vec<usize>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    message: Vec<String>,
}

fn answer(case: &Case) -> Case {
    let offsets = Offsets::new(&case.text);
    let convert = |position: &usize| {
        let byte = match unit(&case.from) {
            Unit::Byte => Some(*position),
            Unit::Utf16 => offsets.byte_of_utf16(*position),
            Unit::CodePoint => offsets.byte_of_char(*position),
        };
        byte.filter(|byte| case.text.is_char_boundary(*byte)).and_then(|byte| match unit(&case.to) {
            Unit::Byte => Some(byte),
            Unit::Utf16 => offsets.utf16(byte),
            Unit::CodePoint => offsets.chars(byte),
        })
    };
    let result: Option<Vec<usize>> = case.positions.iter().map(convert).collect();
    let refused = result.is_none();
    // The message of C names the position.
    let first_wrong = case.positions.iter().find(|p| convert(p).is_none()).map(|p| format!("position {p} is "));
    Case {
        result,
        status: refused.then(|| "PRIMER_ERR_INVALID_ARGUMENT".into()),
        message: first_wrong.into_iter().collect(),
        ..case.clone()
    }
}

#[test]
fn positions_are_translated_as_expected() {
    let answered = |suite: &Suite| Suite { cases: suite.cases.iter().map(answer).collect() };
    run("offsets.json", answered, |expected: &Suite, found| {
        expected.cases.iter().zip(&found.cases).for_each(|(a, b)| assert_eq!(a, b));
    });
}
