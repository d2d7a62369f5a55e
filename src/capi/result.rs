//! `primer_result`: what tagging found, as arrays of structs.

use std::ops::Range;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::handle::{self, Handle};
use super::names::Names;
use super::strings::primer_str;
use crate::tag::Tagged;

/// What tagging found, an item an input. Immutable.
pub struct primer_result {
    _opaque: [u8; 0],
}

impl Handle for primer_result {
    type Inner = Answers;
    const NAME: &'static str = "primer_result";
    const TAG: u64 = u64::from_le_bytes(*b"pr_resul");
}

/// A named entity: bytes `start` to `end` of the text, words `first_word` to `end_word`, both half-open.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_entity {
    /// The first byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The first word.
    pub first_word: usize,
    /// One past the last word.
    pub end_word: usize,
    /// The entity's type: an index for primer_adapter_type, or for primer_tagger_type where no adapter was given.
    pub label: u32,
    /// How sure the tagger is, in 0 to 1.
    pub score: f32,
    /// The name of the type, borrowed from the result.
    pub label_name: primer_str,
}

/// A word and its tag.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_word {
    /// The first byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The word's tag: an index for primer_adapter_tag. Without an adapter 0 is O, 1 and 2 are the first type's B- and I-
    /// tag, and so on.
    pub tag: usize,
    /// The tag's name, such as "B-PER", borrowed from the result.
    pub tag_name: primer_str,
}

pub(super) struct Answers(Vec<Item>);

struct Item {
    /// Each word's range and tag.
    found: Vec<(Range<usize>, u32)>,
    /// The same for C, from the first time that they are asked for: of a long text they are many.
    words: OnceCell<Vec<primer_word>>,
    entities: Vec<primer_entity>,
    /// Keeps the names alive that the arrays point to.
    names: Arc<Names>,
}

// SAFETY: the pointers go to names that are immutable and held here.
unsafe impl Send for Item {}
// SAFETY: as above.
unsafe impl Sync for Item {}

impl Answers {
    pub(super) fn new(tagged: Vec<Tagged>, names: impl Iterator<Item = Arc<Names>>) -> Answers {
        Answers(tagged.into_iter().zip(names).map(|(tagged, names)| Item::new(tagged, names)).collect())
    }
}

impl Item {
    fn new(tagged: Tagged, names: Arc<Names>) -> Item {
        let entity = |e: &crate::tag::Entity| primer_entity {
            start: e.start,
            end: e.end,
            first_word: e.words.start,
            end_word: e.words.end,
            label: e.label,
            score: e.score,
            label_name: names.type_name(e.label as usize),
        };
        let entities = tagged.entities.iter().map(entity).collect();
        let found = tagged.words.into_iter().zip(tagged.tags).collect();
        Item { found, words: OnceCell::new(), entities, names }
    }

    fn words(&self) -> &Vec<primer_word> {
        let word = |(range, tag): &(Range<usize>, u32)| primer_word {
            start: range.start,
            end: range.end,
            tag: *tag as usize,
            tag_name: self.names.tag_name(*tag as usize),
        };
        self.words.get_or_init(|| self.found.iter().map(word).collect())
    }
}

/// Number of items: one for a text or a sentence, one an input for a batch; 0 for NULL.
///
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_result_size(result: *const primer_result) -> usize {
    // SAFETY: the contract of the C interface.
    unsafe { handle::read(result, 0, |r| r.0.len()) }
}

/// The entities of an item, `*count` of them, in the order of the text; none overlaps another.
///
/// Ownership: borrowed from `result`. NULL and a count of 0 where there are none, no such item, and for NULL. `count`
/// must not be NULL, or NULL is returned.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_result_entities(
    result: *const primer_result,
    item: usize,
    count: *mut usize,
) -> *const primer_entity {
    // SAFETY: the contract of the C interface.
    unsafe { give(result, item, count, |item| &item.entities) }
}

/// The words of an item with their tags, `*count` of them, in the order of the text.
///
/// Ownership: borrowed from `result`. NULL and a count of 0 where there are none, no such item, and for NULL. `count`
/// must not be NULL, or NULL is returned.
/// Threads: safe to call concurrently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_result_words(
    result: *const primer_result,
    item: usize,
    count: *mut usize,
) -> *const primer_word {
    // SAFETY: the contract of the C interface.
    unsafe { give(result, item, count, Item::words) }
}

/// # Safety
/// `result` is a handle or NULL, `count` writable or NULL.
unsafe fn give<T>(
    result: *const primer_result,
    item: usize,
    count: *mut usize,
    array: impl FnOnce(&Item) -> &Vec<T>,
) -> *const T {
    if count.is_null() {
        return std::ptr::null();
    }
    let none = (std::ptr::null(), 0);
    let found = |r: &Answers| match r.0.get(item).map(array) {
        Some(array) if !array.is_empty() => (array.as_ptr(), array.len()),
        _ => none,
    };
    // SAFETY: the caller's promise.
    unsafe {
        let (data, len) = handle::read(result, none, found);
        count.write(len);
        data
    }
}

/// Frees a result and what was borrowed from it; NULL is fine.
///
/// Threads: the last call on this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_result_free(result: *mut primer_result) {
    // SAFETY: the contract of the C interface.
    unsafe { handle::free(result) }
}
