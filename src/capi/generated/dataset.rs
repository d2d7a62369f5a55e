// Generated from interface/dataset.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use super::super::options::{Sized32, column, flag, init, unknown, unused};
use super::super::strings::{primer_str, texts};
use crate::error::Result;

/// The format is found out from the file's name or its first line.
pub const PRIMER_FORMAT_AUTO: i32 = 0;
/// CoNLL: a word a line in columns, an empty line after each sentence.
pub const PRIMER_FORMAT_CONLL: i32 = 1;
/// JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end", "label"}]} a line.
pub const PRIMER_FORMAT_JSONL: i32 = 2;

/// The Format of a constant, which `option` names in errors.
pub(in crate::capi) fn format(value: i32, option: &str) -> Result<Option<crate::data::Format>> {
    match value {
        PRIMER_FORMAT_AUTO => Ok(None),
        PRIMER_FORMAT_CONLL => Ok(Some(crate::data::Format::Conll)),
        PRIMER_FORMAT_JSONL => Ok(Some(crate::data::Format::Jsonl)),
        other => Err(unknown(other, option, "PRIMER_FORMAT_*")),
    }
}

/// The scheme is found out from the tags; for an adapter, PRIMER_SCHEME_IOB2.
pub const PRIMER_SCHEME_AUTO: i32 = 0;
/// B- only where two entities of one type touch. Can be read, not learnt.
pub const PRIMER_SCHEME_IOB1: i32 = 1;
/// B- at every start.
pub const PRIMER_SCHEME_IOB2: i32 = 2;
/// Single words (S-) and ends (E-) are marked too.
pub const PRIMER_SCHEME_BIOES: i32 = 3;

/// The Scheme of a constant, which `option` names in errors.
pub(in crate::capi) fn scheme(value: i32, option: &str) -> Result<Option<crate::data::Scheme>> {
    match value {
        PRIMER_SCHEME_AUTO => Ok(None),
        PRIMER_SCHEME_IOB1 => Ok(Some(crate::data::Scheme::Iob1)),
        PRIMER_SCHEME_IOB2 => Ok(Some(crate::data::Scheme::Iob2)),
        PRIMER_SCHEME_BIOES => Ok(Some(crate::data::Scheme::Bioes)),
        other => Err(unknown(other, option, "PRIMER_SCHEME_*")),
    }
}

/// Bytes of the text in UTF-8 (C, C++, Go, Rust).
pub const PRIMER_UNIT_BYTE: i32 = 0;
/// UTF-16 code units (JavaScript, Java, NSString).
pub const PRIMER_UNIT_UTF16: i32 = 1;
/// Unicode code points (Python).
pub const PRIMER_UNIT_CODE_POINT: i32 = 2;

/// The Unit of a constant, which `option` names in errors.
pub(in crate::capi) fn unit(value: i32, option: &str) -> Result<crate::data::Unit> {
    match value {
        PRIMER_UNIT_BYTE => Ok(crate::data::Unit::Byte),
        PRIMER_UNIT_UTF16 => Ok(crate::data::Unit::Utf16),
        PRIMER_UNIT_CODE_POINT => Ok(crate::data::Unit::CodePoint),
        other => Err(unknown(other, option, "PRIMER_UNIT_*")),
    }
}

/// How labelled data is read. The initial values find everything out from the data.
///
/// Options of primer_dataset_load: fill them by primer_dataset_options_init and change what you want to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_dataset_options {
    /// sizeof(primer_dataset_options), set by primer_dataset_options_init.
    pub struct_size: u32,
    /// PRIMER_FORMAT_*: the format of the data; initially PRIMER_FORMAT_AUTO.
    pub format: i32,
    /// PRIMER_SCHEME_*: how the tags are to be read; initially PRIMER_SCHEME_AUTO.
    pub scheme: i32,
    /// PRIMER_UNIT_*: what start and end of an entity in JSON count; code points are what Python counts; initially
    /// PRIMER_UNIT_CODE_POINT.
    pub unit: i32,
    /// CoNLL: the column of the word, from 0; initially -1, for finding it out, usually the first.
    pub word_column: i32,
    /// CoNLL: the column of the tag, from 0; initially -1, for finding it out, usually the last.
    pub tag_column: i32,
    /// 1: the data must have labels; without it they are not read; initially 1.
    pub labelled: i32,
    /// Leave it 0.
    pub reserved: u32,
    /// 1: refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap
    /// stays, and a word that is cut belongs to the entity where that covers at least half of its characters; initially
    /// 0.
    pub strict: i32,
    /// Leave it 0.
    pub reserved2: u32,
    /// The names of tags that are numbers, in their order from 0: O, B-PER and so on; initially none, for data whose
    /// tags are names.
    pub tag_names: *const primer_str,
    /// Number of `tag_names`.
    pub tag_name_count: usize,
    /// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
    /// sentence may name its own; initially none, for all types of the data.
    pub labelled_types: *const primer_str,
    /// Number of `labelled_types`.
    pub labelled_type_count: usize,
}

// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.
unsafe impl Sized32 for primer_dataset_options {
    const NAME: &'static str = "primer_dataset_options";
    const FIRST: usize = 32;
    fn initial() -> primer_dataset_options {
        primer_dataset_options {
            struct_size: size_of::<primer_dataset_options>() as u32,
            format: PRIMER_FORMAT_AUTO,
            scheme: PRIMER_SCHEME_AUTO,
            unit: PRIMER_UNIT_CODE_POINT,
            word_column: -1,
            tag_column: -1,
            labelled: 1,
            reserved: 0,
            strict: 0,
            reserved2: 0,
            tag_names: std::ptr::null(),
            tag_name_count: 0,
            labelled_types: std::ptr::null(),
            labelled_type_count: 0,
        }
    }
}

/// Fills options with their initial values. `struct_size` is sizeof(primer_dataset_options). NULL is fine.
///
/// Threads: safe to call concurrently on different structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_dataset_options_init(options: *mut primer_dataset_options, struct_size: usize) {
    // SAFETY: the contract of the C interface.
    unsafe { init(options, struct_size) }
}

impl primer_dataset_options {
    /// Takes over into the library's options what stands for itself.
    ///
    /// # Safety
    /// The arrays and texts behind pointers are what the header promises.
    pub(in crate::capi) unsafe fn apply(&self, options: &mut crate::data::DataOptions) -> Result<()> {
        // Every option by its name: one that is new in Rust does not compile before interface/ has it.
        let crate::data::DataOptions {
            format: to_format,
            scheme: to_scheme,
            unit: to_unit,
            word_column: to_word_column,
            tag_column: to_tag_column,
            labelled: to_labelled,
            strict: to_strict,
            tag_names: to_tag_names,
            labelled_types: to_labelled_types,
            cancel: _,
        } = options;
        *to_format = super::dataset::format(self.format, "format")?;
        *to_scheme = super::dataset::scheme(self.scheme, "scheme")?;
        *to_unit = super::dataset::unit(self.unit, "unit")?;
        *to_word_column = column(self.word_column, "word_column")?;
        *to_tag_column = column(self.tag_column, "tag_column")?;
        *to_labelled = flag(self.labelled, "labelled")?;
        *to_strict = flag(self.strict, "strict")?;
        // SAFETY: the caller's promise.
        let tag_names = unsafe { texts(self.tag_names, self.tag_name_count, "tag_names") }?;
        *to_tag_names = tag_names.into_iter().map(str::to_owned).collect();
        // SAFETY: the caller's promise.
        let labelled_types = unsafe { texts(self.labelled_types, self.labelled_type_count, "labelled_types") }?;
        *to_labelled_types = labelled_types.into_iter().map(str::to_owned).collect();
        unused(self.reserved, "reserved")?;
        unused(self.reserved2, "reserved2")?;
        Ok(())
    }
}
