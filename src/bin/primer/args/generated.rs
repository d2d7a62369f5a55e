//! Generated from interface/ by `make generate`. Do not edit: change the source.

use clap::Args;

use super::share64;

/// Options of the library: [`primer`]'s `DatasetOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct DatasetFlags {
    /// CoNLL: the column of the word, from 0 [default: the first]
    #[arg(long, value_name = "N")]
    pub word_column: Option<usize>,

    /// CoNLL: the column of the tag, from 0 [default: the last]
    #[arg(long, value_name = "N")]
    pub tag_column: Option<usize>,
}

impl DatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) {
        if self.word_column.is_some() {
            options.word_column = self.word_column.clone();
        }
        if self.tag_column.is_some() {
            options.tag_column = self.tag_column.clone();
        }
    }
}

/// Options of the library: [`primer`]'s `TaggerOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct TaggerFlags {
    /// Entities with a lower score are left out, and their words are tagged O; from 0 to 1 [default: 0]
    #[arg(long, value_name = "SCORE", value_parser = share64)]
    pub min_score: Option<f64>,
}

impl TaggerFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::TaggerOptions) {
        if let Some(given) = self.min_score.clone() {
            options.min_score = given;
        }
    }
}
