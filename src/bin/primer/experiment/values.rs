//! Numbers of a plan: checked where they are read, so that an error points at them.

use std::fmt;

use primer::Device;
use serde::de::{Error, SeqAccess, Visitor};
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
                match x > 0.0 && x.is_finite() {
                    true => Ok(Rates(vec![x])),
                    false => Err(E::custom(format!("{x} is no learning rate; it must be a number above 0"))),
                }
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

/// A whole number from 1.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    match i64::deserialize(deserializer)? {
        n @ 1.. => Ok(usize::try_from(n).ok()),
        n => Err(Error::custom(format!("{n} is too small; a whole number from 1 is needed"))),
    }
}

/// A device by its name.
pub fn device<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Device>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(|e: primer::Error| Error::custom(e.message()))
}

/// A finite number from 0.
pub fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let x = f64::deserialize(deserializer)?;
    match x >= 0.0 && x.is_finite() {
        true => Ok(Some(x)),
        false => Err(Error::custom(format!("{x} must not be negative"))),
    }
}

/// A number between 0 and 1.
pub fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let x = f64::deserialize(deserializer)?;
    match (0.0..=1.0).contains(&x) {
        true => Ok(Some(x)),
        false => Err(Error::custom(format!("{x} is no share; a number between 0 and 1 is needed"))),
    }
}
