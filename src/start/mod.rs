//! What adaptation starts from when it meets types that it has never seen: a head made of their names and of labelled words.
//!
//! A prior for the row of a type comes from its name, through the same encoder; the words that the given sentences label
//! are evidence, which counts the more the more words there are. Afterwards it is an ordinary linear head. Source of the
//! idea: prototypes as a head's start (Snell et al. 2017, arXiv 1703.05175; Triantafillou et al. 2020, arXiv 1903.03096).

mod carried;
mod head;
mod make;
mod name;
mod prior;

pub use carried::Start;
pub(crate) use carried::StartParts;
pub(crate) use head::{Role, Words, roles};
pub use make::{HeadInit, StartChoice};
pub(crate) use make::{HeadMaker, MadeHead, Sources, Types};
pub(crate) use name::{mean_pieces, window_of};
pub(crate) use prior::{PREFIX, Prior};

#[cfg(test)]
mod carried_test;
#[cfg(test)]
pub(crate) use carried_test::{small_start, with_start};
#[cfg(test)]
mod head_test;
