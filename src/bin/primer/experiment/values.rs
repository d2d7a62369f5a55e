//! Numbers of a plan: checked where they are read, so that an error points at them.

use std::fmt;

use primer::Device;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// How many sentences a run learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Shots {
    /// So many, drawn by the seed.
    Some(usize),
    /// All that there are.
    #[serde(serialize_with = "all")]
    All,
}

fn all<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("all")
}

impl Shots {
    /// The number to draw; `None` for all.
    pub fn count(self) -> Option<usize> {
        match self {
            Shots::Some(n) => Some(n),
            Shots::All => None,
        }
    }
}

impl fmt::Display for Shots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shots::Some(n) => n.fmt(f),
            Shots::All => f.write_str("all"),
        }
    }
}

impl<'de> Deserialize<'de> for Shots {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shots, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Shots;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of sentences from 1, or \"all\"")
            }
            fn visit_i64<E: Error>(self, n: i64) -> Result<Shots, E> {
                let unexpected = || E::invalid_value(serde::de::Unexpected::Signed(n), &self);
                usize::try_from(n).ok().filter(|n| *n > 0).map(Shots::Some).ok_or_else(unexpected)
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Shots, E> {
                self.visit_i64(i64::try_from(n).unwrap_or(0))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Shots, E> {
                match text {
                    "all" => Ok(Shots::All),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// One learning rate, or several of which dev data chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates(pub Vec<f64>);

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rates, D::Error> {
        #[derive(Clone, Copy)]
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Rates;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number above 0 or a list of them")
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Rates, E> {
                primer::limits::number("learning_rate", x).map(|x| Rates(vec![x])).map_err(|e| E::custom(e.message()))
            }
            fn visit_i64<E: Error>(self, n: i64) -> Result<Rates, E> {
                self.visit_f64(n as f64)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rates, A::Error> {
                let mut rates: Vec<f64> = Vec::new();
                while let Some(x) = list.next_element::<f64>()? {
                    rates.extend(self.visit_f64::<A::Error>(x)?.0);
                    if rates[..rates.len() - 1].contains(&x) {
                        return Err(Error::custom(format!("the rate {x} stands twice in its list")));
                    }
                }
                match rates.is_empty() {
                    true => Err(Error::custom("the list of learning rates is empty")),
                    false => Ok(Rates(rates)),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A device by its name.
pub fn device<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Device>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(|e: primer::Error| Error::custom(e.message()))
}

/// A count of the library's, whose range that knows, for the option of this name; 0 for none where `none` says so.
pub struct Whole<'a> {
    pub option: &'static str,
    pub key: &'a str,
    pub none: bool,
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = i128;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<i128, D::Error> {
        let n = i128::from(i64::deserialize(deserializer)?);
        if n == 0 && self.none {
            return Ok(0);
        }
        primer::limits::count(self.option, n).map(|_| n).map_err(|e| refused(&e, self.key))
    }
}

/// A number of the library's, whose range that knows.
pub struct Number<'a> {
    pub option: &'static str,
    pub key: &'a str,
}

impl<'de> DeserializeSeed<'de> for Number<'_> {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        primer::limits::number(self.option, f64::deserialize(deserializer)?).map_err(|e| refused(&e, self.key))
    }
}

fn refused<E: Error>(e: &primer::Error, key: &str) -> E {
    E::custom(e.message_as(|_| key.to_owned()))
}

/// One of these names.
pub struct OneOf(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let name = String::deserialize(deserializer)?;
        match self.0.contains(&name.as_str()) {
            true => Ok(name),
            false => Err(D::Error::unknown_variant(&name, self.0)),
        }
    }
}

/// Some of these names.
pub struct SomeOf(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for SomeOf {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        match names.iter().find(|name| !self.0.contains(&name.as_str())) {
            None => Ok(names),
            Some(name) => Err(D::Error::unknown_variant(name, self.0)),
        }
    }
}
