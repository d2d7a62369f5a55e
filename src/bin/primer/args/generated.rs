//! Generated from interface/ by `make generate`. Do not edit: change the source.

use clap::Args;

use super::{at_least_one, share64};

/// Options of the library: [`primer`]'s `DatasetOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct DatasetFlags {
    /// CoNLL: the column of the word, from 0 [default: finding it out, usually the first]
    #[arg(long, value_name = "N")]
    pub word_column: Option<usize>,

    /// CoNLL: the column of the tag, from 0 [default: finding it out, usually the last]
    #[arg(long, value_name = "N")]
    pub tag_column: Option<usize>,

    /// The names of tags that are numbers, in their order from 0: O, B-PER and so on [default: data whose tags are
    /// names]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub tag_names: Vec<String>,
}

impl DatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) {
        if self.word_column.is_some() {
            options.word_column = self.word_column;
        }
        if self.tag_column.is_some() {
            options.tag_column = self.tag_column;
        }
        options.tag_names.extend(self.tag_names.iter().cloned());
    }
}

/// Options of the library: [`primer`]'s `DatasetOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct LabelsDatasetFlags {
    /// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
    /// sentence may name its own [default: all types of the data]
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub labelled_types: Vec<String>,
}

impl LabelsDatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) {
        options.labelled_types.extend(self.labelled_types.iter().cloned());
    }
}

/// Options of the library: [`primer`]'s `DatasetOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct SpansDatasetFlags {
    /// What start and end of an entity in JSON count; code points are what Python counts
    #[arg(long, value_name = "UNIT", value_parser = ["byte", "utf16", "code-point"])]
    pub unit: Option<String>,

    /// Refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap stays,
    /// and a word that is cut belongs to the entity where that covers at least half of its characters
    #[arg(long)]
    pub strict: bool,
}

impl SpansDatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) {
        match self.unit.as_deref() {
            Some("byte") => options.unit = primer::data::Unit::Byte,
            Some("utf16") => options.unit = primer::data::Unit::Utf16,
            Some("code-point") => options.unit = primer::data::Unit::CodePoint,
            _ => {}
        }
        options.strict |= self.strict;
    }
}

/// Options of the library: [`primer`]'s `TaggerOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct TaggerFlags {
    /// Entities with a lower score are left out, and their words are tagged O; from 0 to 1 [default: 0]
    #[arg(long, value_name = "SCORE", value_parser = share64)]
    pub min_score: Option<f64>,

    /// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts
    #[arg(long, value_name = "WHERE", value_parser = ["sentences", "lines", "none"])]
    pub split: Option<String>,

    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
    /// encoder has positions [default: as in training, 256]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub window: Option<usize>,
}

impl TaggerFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::TaggerOptions) {
        if let Some(given) = self.min_score {
            options.min_score = given;
        }
        match self.split.as_deref() {
            Some("sentences") => options.split = primer::text::Split::Sentences,
            Some("lines") => options.split = primer::text::Split::Lines,
            Some("none") => options.split = primer::text::Split::None,
            _ => {}
        }
        if self.window.is_some() {
            options.window = self.window;
        }
    }
}
