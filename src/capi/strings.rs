//! Text and bytes across the boundary.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;

use super::handle::null;
use crate::error::{Error, ErrorKind, Result};

/// UTF-8 text with its length. As an argument it need not end with a NUL byte and may hold NUL bytes; {NULL, 0} is
/// empty text. Where the library gives one out, the text is borrowed from the handle it was asked of and is followed by
/// a NUL byte that `len` does not count; {NULL, 0} then means that there is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_str {
    /// The first byte.
    pub data: *const c_char,
    /// Number of bytes.
    pub len: usize,
}

impl primer_str {
    /// No text.
    pub(super) const NONE: primer_str = primer_str { data: std::ptr::null(), len: 0 };
}

/// Text to be given out: with a NUL byte behind it.
pub(super) struct Text(Box<[u8]>);

impl Text {
    pub(super) fn new(text: impl Into<String>) -> Text {
        let mut bytes = text.into().into_bytes();
        bytes.push(0);
        Text(bytes.into_boxed_slice())
    }

    pub(super) fn borrow(&self) -> primer_str {
        primer_str { data: self.0.as_ptr().cast(), len: self.0.len() - 1 }
    }
}

/// The elements of an array; {NULL, 0} is the empty one.
///
/// # Safety
/// `data` points to `len` readable elements that nobody changes during `'a`, or is NULL.
pub(super) unsafe fn array<'a, T>(data: *const T, len: usize, argument: &str) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(argument));
    }
    if len > isize::MAX as usize / size_of::<T>() {
        return Err(Error::argument(format!("{argument} has {len} elements, more than memory can hold")));
    }
    if !data.is_aligned() {
        return Err(Error::argument(format!("{argument} is not aligned")));
    }
    // SAFETY: the caller's promise, and checked above.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Text with a length; an error names the first byte that is no UTF-8.
///
/// # Safety
/// As [`array`].
pub(super) unsafe fn text<'a>(data: *const c_char, len: usize, argument: &str) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    utf8(unsafe { array(data.cast::<u8>(), len, argument) }?, argument)
}

/// An array of texts.
///
/// # Safety
/// As [`array`], also for each text in it.
pub(super) unsafe fn texts<'a>(data: *const primer_str, len: usize, argument: &str) -> Result<Vec<&'a str>> {
    // SAFETY: the caller's promise.
    let strings = unsafe { array(data, len, argument) }?;
    let one = |(i, s): (usize, &primer_str)| {
        let argument = || format!("{argument}[{i}]");
        match s.len {
            0 => Ok(""),
            // SAFETY: the caller's promise. The name is only made where it is needed.
            _ => unsafe { text(s.data, s.len, "text") }.map_err(|e| {
                let again = Error::new(e.kind(), format!("{}: {}", argument(), e.message()));
                e.byte().into_iter().fold(again, Error::at_byte)
            }),
        }
    };
    strings.iter().enumerate().map(one).collect()
}

/// Text that ends with a NUL byte.
///
/// # Safety
/// `data` is NULL or points to bytes that end with a NUL byte and that nobody changes during `'a`.
pub(super) unsafe fn terminated<'a>(data: *const c_char, argument: &str) -> Result<&'a str> {
    if data.is_null() {
        return Err(null(argument));
    }
    // SAFETY: the caller's promise.
    utf8(unsafe { CStr::from_ptr(data) }.to_bytes(), argument)
}

/// A path: UTF-8 that ends with a NUL byte.
///
/// # Safety
/// As [`terminated`].
pub(super) unsafe fn path(data: *const c_char, argument: &str) -> Result<PathBuf> {
    // SAFETY: the caller's promise.
    match unsafe { terminated(data, argument) }? {
        "" => Err(Error::argument(format!("{argument} is empty"))),
        path => Ok(PathBuf::from(path)),
    }
}

fn utf8<'a>(bytes: &'a [u8], argument: &str) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|e| {
        Error::new(ErrorKind::InvalidUtf8, format!("{argument} is not valid UTF-8")).at_byte(e.valid_up_to() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_byte_is_named() {
        let bytes = b"caf\xc3\xa9 \xff".as_ptr().cast();
        let e = unsafe { text(bytes, 7, "text") }.unwrap_err();
        assert_eq!((e.kind(), e.byte(), e.message()), (ErrorKind::InvalidUtf8, Some(6), "text is not valid UTF-8"));
        // A character that is cut off.
        assert_eq!(unsafe { text(bytes, 4, "text") }.unwrap_err().byte(), Some(3));
        let words = [primer_str { data: bytes, len: 5 }, primer_str { data: bytes, len: 7 }];
        let e = unsafe { texts(words.as_ptr(), 2, "words") }.unwrap_err();
        assert_eq!((e.byte(), e.message()), (Some(6), "words[1]: text is not valid UTF-8"));
    }

    #[test]
    fn lengths_that_no_array_has_are_refused() {
        let bytes = std::ptr::dangling::<u64>();
        assert!(unsafe { array(bytes, usize::MAX, "data") }.is_err());
        assert!(unsafe { array(bytes, isize::MAX as usize / 8 + 1, "data") }.is_err());
        assert!(unsafe { array(bytes.byte_add(1), 1, "data") }.is_err());
        assert_eq!(unsafe { array(std::ptr::null::<u64>(), 1, "data") }.unwrap_err().message(), "data is NULL");
        assert!(unsafe { array(std::ptr::null::<u64>(), 0, "data") }.unwrap().is_empty());
    }

    #[test]
    fn text_given_out_ends_with_a_nul_byte() {
        for given in ["", "a\0b"] {
            let text = Text::new(given);
            let out = text.borrow();
            let bytes = unsafe { std::slice::from_raw_parts(out.data.cast::<u8>(), out.len + 1) };
            assert_eq!(bytes, [given.as_bytes(), &[0]].concat());
        }
    }
}
