//! Structs that grow: options that a host fills, and reports that the library fills.
//!
//! Each starts with its size as the host was compiled, so that an older host and a newer library understand each other:
//! fields are only ever appended. A host that is newer than the library may leave the fields that are unknown here at 0.

use super::handle::null;
use crate::error::{Error, Result};

/// No struct is larger; a size beyond is a value that was never set.
const MOST: usize = 4096;

/// A struct that starts with `uint32_t struct_size`.
///
/// # Safety
/// The type is `repr(C)`, its first field is a `u32`, every bit pattern is a value, and it has no padding.
pub(super) unsafe trait Sized32: Copy {
    /// The C type's name.
    const NAME: &'static str;
    /// The size in the first version of the ABI.
    const FIRST: usize;
    /// What the struct holds before the host changes it; the size is filled in.
    fn initial() -> Self;
}

/// Fills `struct_size` bytes of a host's options with the initial values.
///
/// # Safety
/// `options` is NULL or has `struct_size` writable bytes.
pub(super) unsafe fn init<O: Sized32>(options: *mut O, struct_size: usize) {
    if options.is_null() || !options.is_aligned() || struct_size < size_of::<u32>() {
        return;
    }
    let initial = O::initial();
    let known = struct_size.min(size_of::<O>());
    // SAFETY: `known` bytes exist on both sides, as does the rest of the host's struct.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const initial).cast::<u8>(), options.cast::<u8>(), known);
        if struct_size <= MOST {
            std::ptr::write_bytes(options.cast::<u8>().add(known), 0, struct_size - known);
        }
        // A size that cannot be is kept as such: it is refused when the options are used.
        options.cast::<u32>().write(u32::try_from(struct_size).unwrap_or(u32::MAX));
    }
}

/// The host's options; NULL stands for the initial ones.
///
/// # Safety
/// `options` is NULL or points to as many readable bytes as its first field says.
pub(super) unsafe fn read<O: Sized32>(options: *const O) -> Result<O> {
    // SAFETY: the caller's promise.
    unsafe { read_as(options, "options") }
}

/// [`read`] for options that are another argument, or a field of other options.
///
/// # Safety
/// As [`read`].
pub(super) unsafe fn read_as<O: Sized32>(options: *const O, argument: &str) -> Result<O> {
    let mut read = O::initial();
    if options.is_null() {
        return Ok(read);
    }
    // SAFETY: the caller's promise.
    let size = unsafe { checked_size::<O>(options, argument) }?;
    let known = size.min(size_of::<O>());
    // SAFETY: the host's struct has `size` bytes; any bytes make a value.
    let rest = unsafe {
        std::ptr::copy_nonoverlapping(options.cast::<u8>(), (&raw mut read).cast::<u8>(), known);
        std::slice::from_raw_parts(options.cast::<u8>().add(known), size - known)
    };
    if rest.iter().any(|byte| *byte != 0) {
        let message = format!("{} sets an option that this older library does not know", O::NAME);
        return Err(Error::unsupported(message));
    }
    Ok(read)
}

/// The place for a report of the host's size. It is zero until [`Report::fill`].
pub(super) struct Report<O> {
    place: *mut O,
    size: usize,
}

impl<O: Sized32> Report<O> {
    /// Clears the host's struct but for its size; comes first in an export.
    ///
    /// # Safety
    /// `place` is NULL or has as many writable bytes as its first field says.
    pub(super) unsafe fn clear(place: *mut O, argument: &str) -> Result<Report<O>> {
        if place.is_null() {
            return Err(null(argument));
        }
        // SAFETY: the caller's promise.
        unsafe {
            let size = checked_size::<O>(place, argument)?;
            std::ptr::write_bytes(place.cast::<u8>().add(size_of::<u32>()), 0, size - size_of::<u32>());
            Ok(Report { place, size })
        }
    }

    /// Hands a report over: as much of it as the host knows.
    pub(super) fn fill(self, report: &O) {
        let (head, known) = (size_of::<u32>(), self.size.min(size_of::<O>()));
        // SAFETY: promised and checked in `clear`.
        unsafe {
            let from = (&raw const *report).cast::<u8>().add(head);
            std::ptr::copy_nonoverlapping(from, self.place.cast::<u8>().add(head), known - head);
        }
    }
}

/// # Safety
/// As [`read`], but not NULL.
unsafe fn checked_size<O: Sized32>(place: *const O, argument: &str) -> Result<usize> {
    if !place.is_aligned() {
        return Err(Error::argument(format!("{argument} is not aligned")));
    }
    // SAFETY: the caller's promise.
    let size = unsafe { place.cast::<u32>().read() } as usize;
    if size < O::FIRST || size > MOST || !size.is_multiple_of(align_of::<O>()) {
        let (name, now) = (O::NAME, size_of::<O>());
        return Err(Error::argument(format!("{argument}: struct_size is {size}; a {name} here has {now} bytes")));
    }
    Ok(size)
}

/// A flag of C.
pub(super) fn flag(value: i32, name: &str) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::argument(format!("{name} is {value}; it is a flag, 0 or 1"))),
    }
}

/// A column of C: from 0, or -1 for none.
pub(super) fn column(value: i32, name: &str) -> Result<Option<usize>> {
    match value {
        -1 => Ok(None),
        n => usize::try_from(n)
            .map(Some)
            .map_err(|_| Error::argument(format!("{name} is {n}; columns count from 0, and -1 stands for none"))),
    }
}

/// The members of a set of C, whose bits `known` has.
pub(super) fn members<T: Copy>(bits: u32, known: &[(u32, T)], name: &str, constants: &str) -> Result<Vec<T>> {
    if bits & !known.iter().fold(0, |all, (bit, _)| all | bit) != 0 {
        return Err(Error::argument(format!("{name} is {bits:#x}, more than all {constants}")));
    }
    Ok(known.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, member)| *member).collect())
}

/// Refuses a reserved field that is set.
pub(super) fn unused(value: u32, name: &str) -> Result<()> {
    match value {
        0 => Ok(()),
        _ => Err(Error::argument(format!("{name} is {value}; it must be 0"))),
    }
}

/// The error for a number that stands for nothing.
pub(super) fn unknown(value: i32, name: &str, constants: &str) -> Error {
    Error::argument(format!("{name} is {value}, which is none of {constants}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Example {
        struct_size: u32,
        first: i32,
        later: u64,
    }

    unsafe impl Sized32 for Example {
        const NAME: &'static str = "example";
        const FIRST: usize = 8;
        fn initial() -> Example {
            Example { struct_size: size_of::<Example>() as u32, first: 5, later: 7 }
        }
    }

    #[repr(C, align(8))]
    struct Memory([u8; 32]);

    impl Memory {
        fn options(&mut self) -> *mut Example {
            self.0.as_mut_ptr().cast()
        }
    }

    #[test]
    fn an_older_host_gets_what_it_knows_and_no_byte_more() {
        let mut memory = Memory([0xAA; 32]);
        let options = memory.options();
        unsafe {
            init(options, 8);
            assert_eq!(read(options).unwrap(), Example { struct_size: 8, first: 5, later: 7 });
            let report = Report::clear(options, "out").unwrap();
            report.fill(&Example { struct_size: 0, first: 9, later: 9 });
            assert_eq!(read(options).unwrap(), Example { struct_size: 8, first: 9, later: 7 });
        }
        assert!(memory.0[8..].iter().all(|b| *b == 0xAA));
    }

    #[test]
    fn a_newer_host_may_leave_unknown_fields_at_zero() {
        let mut memory = Memory([0xAA; 32]);
        let options = memory.options();
        unsafe {
            init(options, 24);
            assert_eq!(read(options).unwrap().later, 7);
            memory.0[20] = 1;
            assert_eq!(read(memory.options()).unwrap_err().kind(), ErrorKind::Unsupported);
        }
        assert!(memory.0[24..].iter().all(|b| *b == 0xAA));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused_before_anything_is_read() {
        let mut memory = Memory([0xAA; 32]);
        for size in [0, 3, 4, 12, MOST + 8, u32::MAX as usize] {
            let options = memory.options();
            unsafe {
                options.cast::<u32>().write(size as u32);
                assert_eq!(read(options).unwrap_err().kind(), ErrorKind::InvalidArgument, "{size}");
                assert!(Report::clear(options, "out").is_err());
                init(options, size.max(12));
                assert!(read(options).is_err());
            }
        }
        unsafe {
            assert!(read(memory.options().byte_add(1)).is_err());
            assert_eq!(read(std::ptr::null::<Example>()).unwrap().first, 5);
            assert!(Report::<Example>::clear(std::ptr::null_mut(), "out").is_err());
        }
    }
}
