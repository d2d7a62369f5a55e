//! Label schemes: how a tag says where an entity starts and ends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::spans::{Label, starts_entity};
use crate::error::{Error, Result};

/// How tags mark the words of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// Every word I-; B- only where an entity follows one of its own type at once.
    #[serde(rename = "IOB1")]
    Iob1,
    /// The first word B-, the others I-. Also called BIO.
    #[serde(rename = "IOB2")]
    Iob2,
    /// First word B-, last E-, between them I-, a single word S-. Also called IOBES.
    #[serde(rename = "BIOES")]
    Bioes,
}

impl Scheme {
    /// The scheme's name: "IOB1", "IOB2" or "BIOES".
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Iob1 => "IOB1",
            Scheme::Iob2 => "IOB2",
            Scheme::Bioes => "BIOES",
        }
    }

    /// Whether tags of this scheme can have the prefix.
    pub fn has(self, prefix: Prefix) -> bool {
        self == Scheme::Bioes || matches!(prefix, Prefix::O | Prefix::B | Prefix::I)
    }

    /// The prefix of word `word` of an entity that covers `start..end`; `adjacent`: an entity of the same type ends where
    /// this one starts.
    pub(super) fn prefix(self, start: usize, end: usize, word: usize, adjacent: bool) -> Prefix {
        let (first, last) = (word == start, word + 1 == end);
        match self {
            Scheme::Iob1 if first && adjacent => Prefix::B,
            Scheme::Iob1 => Prefix::I,
            Scheme::Iob2 if first => Prefix::B,
            Scheme::Iob2 => Prefix::I,
            Scheme::Bioes if first && last => Prefix::S,
            Scheme::Bioes if first => Prefix::B,
            Scheme::Bioes if last => Prefix::E,
            Scheme::Bioes => Prefix::I,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scheme {
    type Err = Error;

    /// Reads a name in any case; BIO and IOBES are known too.
    fn from_str(name: &str) -> Result<Scheme> {
        match name.to_ascii_uppercase().as_str() {
            "IOB1" => Ok(Scheme::Iob1),
            "IOB2" | "BIO" => Ok(Scheme::Iob2),
            "BIOES" | "IOBES" => Ok(Scheme::Bioes),
            _ => Err(Error::argument(format!("{name:?} is no label scheme: IOB1, IOB2 and BIOES are"))),
        }
    }
}

/// What the part of a tag before its type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// Outside every entity; such a tag has no type.
    O,
    /// The first word of an entity.
    B,
    /// Inside an entity.
    I,
    /// The last word of an entity of several.
    E,
    /// The only word of an entity.
    S,
}

impl Prefix {
    /// The letter that tags start with.
    pub fn letter(self) -> char {
        match self {
            Prefix::O => 'O',
            Prefix::B => 'B',
            Prefix::I => 'I',
            Prefix::E => 'E',
            Prefix::S => 'S',
        }
    }

    /// Splits a tag into its prefix and type; `None` where it is neither O nor one of B-, I-, E-, S- (L- and U- for E- and S-,
    /// as BILOU has them) and a type. The type of O is "".
    pub(crate) fn split(tag: &str) -> Option<(Prefix, &str)> {
        if tag == "O" {
            return Some((Prefix::O, ""));
        }
        let (letter, kind) = tag.split_once('-')?;
        let prefix = match letter {
            "B" => Prefix::B,
            "I" => Prefix::I,
            "E" | "L" => Prefix::E,
            "S" | "U" => Prefix::S,
            _ => return None,
        };
        (!kind.is_empty()).then_some((prefix, kind))
    }
}

/// Counts what tells the schemes apart.
#[derive(Default)]
pub(super) struct SchemeEvidence {
    /// E- and S- tags: only BIOES has them.
    ends: usize,
    /// Entities that start with B- where IOB1 would write I-.
    started: usize,
    /// Entities that start with I-, as only IOB1 has them.
    unstarted: usize,
}

impl SchemeEvidence {
    pub(super) fn add(&mut self, labels: &[Label]) {
        let mut previous = (Prefix::O, 0);
        for &label in labels {
            match label.0 {
                Prefix::E | Prefix::S => self.ends += 1,
                Prefix::B if previous.0 == Prefix::O || previous.1 != label.1 => self.started += 1,
                Prefix::I if starts_entity(previous, label) => self.unstarted += 1,
                _ => {}
            }
            previous = label;
        }
    }

    /// Any E- or S- means BIOES. Otherwise the more frequent way to start an entity decides; IOB2 where they are level.
    pub(super) fn scheme(&self) -> Scheme {
        if self.ends > 0 {
            Scheme::Bioes
        } else if self.unstarted > self.started {
            Scheme::Iob1
        } else {
            Scheme::Iob2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(sentences: &[&str]) -> Scheme {
        let mut evidence = SchemeEvidence::default();
        for tags in sentences {
            let label = |tag: &str| {
                let (prefix, kind) = Prefix::split(tag).unwrap();
                (prefix, kind.len())
            };
            evidence.add(&tags.split(' ').map(label).collect::<Vec<_>>());
        }
        evidence.scheme()
    }

    #[test]
    fn schemes_are_told_apart() {
        assert_eq!(detect(&["B-A I-A O B-A"]), Scheme::Iob2);
        assert_eq!(detect(&["I-A I-A O I-A B-A"]), Scheme::Iob1);
        assert_eq!(detect(&["I-A I-BB O"]), Scheme::Iob1);
        assert_eq!(detect(&["B-A E-A O S-A"]), Scheme::Bioes);
        assert_eq!(detect(&["B-A L-A", "U-A"]), Scheme::Bioes);
        assert_eq!(detect(&["O O"]), Scheme::Iob2);
        // Adjacent entities of one type look alike in both.
        assert_eq!(detect(&["I-A B-A"]), Scheme::Iob1);
        assert_eq!(detect(&["B-A B-A"]), Scheme::Iob2);
    }

    #[test]
    fn sloppy_data_is_what_most_of_it_is() {
        assert_eq!(detect(&["B-A I-A", "B-A", "O I-A"]), Scheme::Iob2);
        assert_eq!(detect(&["I-A I-A", "I-A", "O B-A"]), Scheme::Iob1);
        assert_eq!(detect(&["I-A", "B-A"]), Scheme::Iob2);
    }

    #[test]
    fn tags_are_split_at_the_first_hyphen() {
        assert_eq!(Prefix::split("B-geo-loc"), Some((Prefix::B, "geo-loc")));
        assert_eq!(Prefix::split("U-X"), Some((Prefix::S, "X")));
        assert_eq!(Prefix::split("O"), Some((Prefix::O, "")));
        for tag in ["", "o", "B", "B-", "-", "-X", "BB-X", "b-X", "PER", "O-X", "B_X", "B–X", "0", " O"] {
            assert_eq!(Prefix::split(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for scheme in [Scheme::Iob1, Scheme::Iob2, Scheme::Bioes] {
            assert_eq!(scheme.name().parse::<Scheme>().unwrap(), scheme);
            assert_eq!(serde_json::to_string(&scheme).unwrap(), format!("\"{scheme}\""));
        }
        assert_eq!("bio".parse::<Scheme>().unwrap(), Scheme::Iob2);
        assert!("BILL".parse::<Scheme>().is_err());
    }
}
