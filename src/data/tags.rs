//! The tag set a head predicts.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::scheme::{Prefix, Scheme};
use super::sentence::Span;
use super::spans::read_spans;
use crate::error::{Error, Result};

/// The tag set a head predicts: a scheme and entity types. Tag 0 is O; then come, type by type, B and I (IOB2) or B, I, E
/// and S (BIOES).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct TagSet {
    scheme: Scheme,
    types: Vec<String>,
}

#[derive(Deserialize)]
struct Parts {
    scheme: Scheme,
    types: Vec<String>,
}

impl TryFrom<Parts> for TagSet {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<TagSet> {
        TagSet::of_head(parts.scheme, parts.types)
    }
}

/// The longest name of an entity type, in bytes.
const MAX_TYPE_BYTES: usize = 256;

/// More types than any tag head is made for.
const MAX_TYPES: usize = 10_000;

impl TagSet {
    /// A tag set over these types, in this order.
    ///
    /// Errors: `InvalidArgument` where the scheme is IOB1 (its B- depends on what stands before, so it is read but never
    /// predicted), where there is no type, or where a type is empty, there twice, too long or holds control characters.
    pub fn new(scheme: Scheme, types: Vec<String>) -> Result<TagSet> {
        if scheme == Scheme::Iob1 {
            return Err(Error::argument("IOB1 is a scheme of data only: a tag set is IOB2 or BIOES"));
        }
        TagSet::of_head(scheme, types)
    }

    /// [`TagSet::new`], and IOB1 too: for heads of other libraries that were trained on it. Their tags may follow each other
    /// in any order.
    pub(crate) fn of_head(scheme: Scheme, types: Vec<String>) -> Result<TagSet> {
        if types.is_empty() || types.len() > MAX_TYPES {
            return Err(Error::argument(format!("a tag set has 1 to {MAX_TYPES} entity types, not {}", types.len())));
        }
        let mut seen = HashMap::new();
        for name in &types {
            check_type(name)?;
            if seen.insert(name.as_str(), ()).is_some() {
                return Err(Error::argument(format!("the entity type {name:?} is there twice")));
            }
        }
        Ok(TagSet { scheme, types })
    }

    /// IOB2 or BIOES; IOB1 for a head of another library that was trained on it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The entity types; a span's label is an index into them.
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// The number of tags, O included.
    #[allow(clippy::len_without_is_empty)] // a tag set has always O
    pub fn len(&self) -> usize {
        1 + self.types.len() * self.prefixes().len()
    }

    /// What a type's tags start with, in their order.
    fn prefixes(&self) -> &'static [Prefix] {
        match self.scheme {
            Scheme::Bioes => &[Prefix::B, Prefix::I, Prefix::E, Prefix::S],
            Scheme::Iob1 | Scheme::Iob2 => &[Prefix::B, Prefix::I],
        }
    }

    /// The tag's name, such as "B-PER"; "O" for a number that is no tag.
    pub fn name(&self, tag: usize) -> String {
        match self.type_of(tag) {
            Some(kind) => format!("{}-{}", self.prefix(tag).letter(), self.types[kind]),
            None => "O".to_string(),
        }
    }

    /// The tag of that name, if it is one of these.
    pub fn parse(&self, name: &str) -> Option<usize> {
        let (prefix, kind) = Prefix::split(name)?;
        if prefix == Prefix::O {
            return Some(0);
        }
        self.tag(prefix, self.types.iter().position(|t| t == kind)?)
    }

    /// The tag of a prefix and the index of a type.
    fn tag(&self, prefix: Prefix, kind: usize) -> Option<usize> {
        let at = self.prefixes().iter().position(|&p| p == prefix)?;
        Some(1 + kind * self.prefixes().len() + at)
    }

    /// The tag's prefix; O for a number that is no tag.
    pub fn prefix(&self, tag: usize) -> Prefix {
        match tag {
            0 => Prefix::O,
            tag if tag < self.len() => self.prefixes()[(tag - 1) % self.prefixes().len()],
            _ => Prefix::O,
        }
    }

    /// The index of the tag's type; `None` for O and for a number that is no tag.
    pub fn type_of(&self, tag: usize) -> Option<usize> {
        (1..self.len()).contains(&tag).then(|| (tag - 1) / self.prefixes().len())
    }

    /// Whether `next` may stand behind `previous`; `None` is the edge of the sentence, on either side.
    ///
    /// A number that is no tag may stand nowhere.
    pub fn may_follow(&self, previous: Option<usize>, next: Option<usize>) -> bool {
        if previous.max(next).is_some_and(|tag| tag >= self.len()) {
            return false;
        }
        let label = |tag: Option<usize>| tag.map_or((Prefix::O, None), |tag| (self.prefix(tag), self.type_of(tag)));
        let ((before, before_type), (after, after_type)) = (label(previous), label(next));
        let open = matches!(before, Prefix::B | Prefix::I);
        let continues = matches!(after, Prefix::I | Prefix::E);
        match (continues, self.scheme) {
            (_, Scheme::Iob1) => true,
            (true, _) => open && before_type == after_type,
            (false, Scheme::Bioes) => !open,
            (false, _) => true,
        }
    }

    /// The tags of a sentence of `words` words with these entities.
    ///
    /// Of spans that overlap, the one that is given first stays; what lies past the end, is empty or of no type here is left
    /// out.
    pub fn encode(&self, spans: &[Span], words: usize) -> Vec<u32> {
        let mut tags = vec![0; words];
        for span in spans {
            let end = span.end.min(words);
            if span.start >= end || span.label >= self.types.len() || tags[span.start..end].iter().any(|&t| t != 0) {
                continue;
            }
            for (word, tag) in (span.start..end).zip(&mut tags[span.start..end]) {
                let prefix = self.scheme.prefix(span.start, end, word, false);
                *tag = self.tag(prefix, span.label).unwrap_or(0) as u32;
            }
        }
        tags
    }

    /// The entities of a sequence of tags; any sequence is accepted, also one that breaks the scheme, and read as seqeval's
    /// default mode reads it. A number that is no tag counts as O.
    pub fn decode(&self, tags: &[u32]) -> Vec<Span> {
        read_spans(tags.iter().map(|&tag| (self.prefix(tag as usize), self.type_of(tag as usize).unwrap_or(0))))
    }
}

/// The name of an entity type must fit everywhere it is written: tags, cards, C strings.
pub(super) fn check_type(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_TYPE_BYTES || name.chars().any(char::is_control) {
        let shown: String = name.chars().take(40).collect();
        return Err(Error::argument(format!(
            "the entity type {shown:?} is empty, too long or holds control characters"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::spans::tests::seqeval;
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;

    fn set(scheme: Scheme) -> TagSet {
        TagSet::new(scheme, vec!["PER".into(), "geo-loc".into()]).unwrap()
    }

    fn names(set: &TagSet) -> Vec<String> {
        (0..set.len()).map(|tag| set.name(tag)).collect()
    }

    /// A head of another library that was trained on IOB1: an entity begins with I-, and B- splits two of one type.
    #[test]
    fn a_head_trained_on_iob1_is_read_as_such() {
        let set = TagSet::of_head(Scheme::Iob1, vec!["A".into(), "B".into()]).unwrap();
        let [b, i, other] = [1, 2, 4];
        let spans: Vec<_> = set.decode(&[i, i, b, 0, other, i]).iter().map(|s| (s.start, s.end, s.label)).collect();
        assert_eq!(spans, [(0, 2, 0), (2, 3, 0), (4, 5, 1), (5, 6, 0)]);
        assert!(set.may_follow(None, Some(i as usize)) && set.may_follow(Some(0), Some(i as usize)));
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<TagSet>(&json).unwrap(), set);
    }

    #[test]
    fn tags_have_a_fixed_order() {
        assert_eq!(names(&set(Scheme::Iob2)), ["O", "B-PER", "I-PER", "B-geo-loc", "I-geo-loc"]);
        let bioes = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-geo-loc", "I-geo-loc", "E-geo-loc", "S-geo-loc"];
        assert_eq!(names(&set(Scheme::Bioes)), bioes);
        for set in [set(Scheme::Iob2), set(Scheme::Bioes)] {
            for tag in 0..set.len() {
                assert_eq!(set.parse(&set.name(tag)), Some(tag));
            }
        }
        assert_eq!(set(Scheme::Iob2).parse("S-PER"), None);
        assert_eq!(set(Scheme::Iob2).parse("B-ORG"), None);
    }

    /// A sequence is allowed by `may_follow` exactly where writing its entities anew gives the same tags.
    fn transitions_agree(set: &TagSet, tags: &[u32]) {
        let edge = [None];
        let all: Vec<_> = edge.into_iter().chain(tags.iter().map(|&t| Some(t as usize))).chain([None]).collect();
        let allowed = all.windows(2).all(|w| set.may_follow(w[0], w[1]));
        assert_eq!(allowed, set.encode(&set.decode(tags), tags.len()) == tags, "{tags:?}");
    }

    proptest! {
        #[test]
        fn allowed_sequences_are_those_that_spans_give(tags in prop::collection::vec(0u32..9, 0..6)) {
            transitions_agree(&set(Scheme::Bioes), &tags);
            let tags: Vec<u32> = tags.iter().map(|t| t % 5).collect();
            transitions_agree(&set(Scheme::Iob2), &tags);
        }

        #[test]
        fn any_sequence_is_decoded(tags in prop::collection::vec(0u32..12, 0..10)) {
            for set in [set(Scheme::Iob2), set(Scheme::Bioes)] {
                let labels: Vec<_> = tags.iter().map(|&t| (set.prefix(t as usize), set.type_of(t as usize).unwrap_or(0))).collect();
                prop_assert_eq!(set.decode(&tags), seqeval(&labels));
            }
        }

        #[test]
        fn any_spans_are_encoded(spans in prop::collection::vec((0usize..9, 0usize..12, 0usize..4), 0..5), words in 0usize..9) {
            let spans: Vec<_> = spans.into_iter().map(|(start, end, label)| Span { start, end, label }).collect();
            for set in [set(Scheme::Iob2), set(Scheme::Bioes)] {
                let tags = set.encode(&spans, words);
                prop_assert_eq!(tags.len(), words);
                transitions_agree(&set, &tags);
            }
        }
    }

    #[test]
    fn tag_sets_that_cannot_be_are_refused() {
        let types = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        let cases = [
            (Scheme::Iob1, types(&["A"])),
            (Scheme::Iob2, types(&[])),
            (Scheme::Iob2, types(&["A", ""])),
            (Scheme::Iob2, types(&["A", "B", "A"])),
            (Scheme::Bioes, types(&["A\n"])),
            (Scheme::Bioes, vec!["A".repeat(257)]),
        ];
        for (scheme, types) in cases {
            assert_eq!(TagSet::new(scheme, types).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn a_card_is_checked_as_it_is_read() {
        let card = serde_json::to_string(&set(Scheme::Bioes)).unwrap();
        assert_eq!(card, r#"{"scheme":"BIOES","types":["PER","geo-loc"]}"#);
        assert_eq!(serde_json::from_str::<TagSet>(&card).unwrap(), set(Scheme::Bioes));
        assert!(serde_json::from_str::<TagSet>(r#"{"scheme":"IOB2","types":["A","A"]}"#).is_err());
        assert!(serde_json::from_str::<TagSet>(r#"{"scheme":"IOB3","types":["A"]}"#).is_err());
    }

    #[test]
    fn numbers_that_are_no_tags_stand_nowhere() {
        let set = set(Scheme::Iob2);
        assert!(!set.may_follow(None, Some(5)) && !set.may_follow(Some(usize::MAX), None));
        assert!(set.may_follow(None, None));
        assert_eq!((set.name(99), set.prefix(99), set.type_of(99)), ("O".to_string(), Prefix::O, None));
    }
}
