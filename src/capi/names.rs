//! The names of types and tags as C reads them.

use std::sync::Arc;

use super::strings::{Text, primer_str};
use crate::data::TagSet;

/// The names of a set of tags. Adapters, taggers and results share them.
pub(super) struct Names {
    types: Vec<Text>,
    tags: Vec<Text>,
}

impl Names {
    pub(super) fn new(tags: &TagSet) -> Arc<Names> {
        let types = tags.types().iter().map(|t| Text::new(t.as_str())).collect();
        Arc::new(Names { types, tags: (0..tags.len()).map(|tag| Text::new(tags.name(tag))).collect() })
    }

    pub(super) fn type_count(&self) -> usize {
        self.types.len()
    }

    pub(super) fn tag_count(&self) -> usize {
        self.tags.len()
    }

    /// The type of this index, or no text.
    pub(super) fn type_name(&self, index: usize) -> primer_str {
        self.types.get(index).map_or(primer_str::NONE, Text::borrow)
    }

    /// The tag of this index, or no text.
    pub(super) fn tag_name(&self, index: usize) -> primer_str {
        self.tags.get(index).map_or(primer_str::NONE, Text::borrow)
    }
}
