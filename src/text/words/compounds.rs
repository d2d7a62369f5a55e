//! Hyphens within words: which compounds are one word, and which are a name with something that is no part of it.
//!
//! Labelled data keeps compounds whole in every language that writes many (CNN-journalisterne, NATO-a, Ki-moon,
//! vice-presidente), and models learn from them. An entity ends inside a compound only where a name meets an affix
//! that speaks of it: Berlin-based, USA-ledede, pro-Paris. These affixes are few in each language.

use std::collections::HashSet;

use once_cell::sync::Lazy;

/// What stands before a name: English and the Latin and Greek prefixes of European languages, as each writes them.
const PREFIXES: &str = "pro anti ex non post pre mid neo pan trans inter ultra pseudo quasi near contra counter cis half to \
     pró pós pré filo anty eks proti proto gegen nicht niet ikke icke ei \
     про анти экс пост нео пан псевдо транс екс проти не";

/// Of these, what parts from a name also where it begins a sentence; others also begin names (Trans-Siberian).
const CAPITALISED: &str = "pro anti ex non pró anty eks про анти экс екс";

/// What stands behind a name, in small letters; participles in -ed are added.
const SUFFIXES: &str = "led run born bred made built held won sent grown wide style era like friendly bound free only \
     type class specific native minded centric esque ish size side area aligned hostile heavy dependent sensitive resistant \
     critical compatible ready proof speaking leaning loving hating supporting winning producing making exporting using \
     maker owner parent ally fan critic supporter to \
     ledet ledede ledd ledda født fødte ejet ejede eid eide støttet støttede styret styrede kritisk kritiske \
     ägd ägda född födda stödd styrd styrt vänlig vänliga venlig venlige vennlig vennlige \
     nah nahe nahen weit weite weiten weites treu treue treuen \
     párti barát ellenes központú vezette beli közeli merkezli yanlısı karşıtı destekli";

/// The same, with any ending behind it.
const STEMS: &[&str] = &[
    "baser",
    "basiert",
    "gebaseer",
    "geführt",
    "freundlich",
    "feindlich",
    "kritisch",
    "stämmig",
    "ähnlich",
    "gestützt",
    "geprägt",
    "finanziert",
    "kontrolliert",
    "gesteuert",
    "geleid",
    "gezind",
    "gesteund",
    "vriendelijk",
    "achtig",
    "kontroller",
    "finansier",
    "johtoi",
    "mieli",
    "vastai",
    "pohjai",
    "meelse",
    "vastase",
    "keskei",
    "myöntei",
];

static SETS: Lazy<[HashSet<&str>; 3]> =
    Lazy::new(|| [PREFIXES, CAPITALISED, SUFFIXES].map(|list| list.split_whitespace().collect()));

/// Whether the hyphen between `left` and `right`, two runs of letters and digits, is within a word. `word` is the whole
/// word before the hyphen, of which `left` is the end.
pub(super) fn join(word: &str, left: &str, right: &str) -> bool {
    let (Some(before), Some(after)) = (left.chars().next_back(), right.chars().next()) else { return false };
    let [prefixes, capitalised, suffixes] = &*SETS;
    let name = word.starts_with(char::is_uppercase) || left.starts_with(char::is_uppercase);
    if after.is_lowercase() {
        let participle = right.ends_with("ed") && right.is_ascii() && right.len() >= 4;
        let affix = || participle || suffixes.contains(right) || STEMS.iter().any(|stem| right.starts_with(stem));
        return (has_case(before) || before.is_numeric()) && !(name && affix());
    }
    if after.is_uppercase() {
        let prefix = left.len() == word.len() && prefixes.contains(&&left.to_lowercase()[..]);
        let strong = || capitalised.contains(&&left.to_lowercase()[..]);
        return has_case(before) && !(prefix && (!name || strong()));
    }
    // Letters without case: names of two parts and loan words.
    after.is_alphabetic() && before.is_alphabetic() && !has_case(before)
}

fn has_case(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase()
}
