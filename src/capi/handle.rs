//! Opaque handles: what a pointer of C stands for, checked before it is followed.

use std::sync::atomic::{AtomicU64, Ordering};

use super::guard::guard_or;
use crate::error::{Error, Result};

/// A type of handle. The C type itself is never made: a pointer to it points to a [`Sealed`] value.
pub(super) trait Handle {
    /// What the handle holds. Exclusive handles carry a lock of their own.
    type Inner: Send + Sync;
    /// The C type's name.
    const NAME: &'static str;
    /// Marks live handles of this type: eight bytes, different for each.
    const TAG: u64;
}

/// A handle's memory. The tag tells handles of other types and, as long as their memory is not used again, freed ones.
#[repr(C)]
struct Sealed<T> {
    tag: AtomicU64,
    inner: T,
}

/// A new handle, to be freed by [`free`].
pub(super) fn new<H: Handle>(inner: H::Inner) -> *mut H {
    Box::into_raw(Box::new(Sealed { tag: AtomicU64::new(H::TAG), inner })).cast()
}

/// What `handle` holds.
///
/// # Safety
/// `handle` is NULL or a handle of this library that lives for `'a`.
pub(super) unsafe fn borrow<'a, H: Handle>(handle: *const H, argument: &str) -> Result<&'a H::Inner> {
    let sealed = handle.cast::<Sealed<H::Inner>>();
    if sealed.is_null() {
        return Err(null(argument));
    }
    // SAFETY: the caller's promise; the tag is the first field whatever the handle's type is.
    if !sealed.is_aligned() || unsafe { &(*sealed).tag }.load(Ordering::Acquire) != H::TAG {
        return Err(Error::argument(format!("{argument} is no {}, or one that was freed", H::NAME)));
    }
    // SAFETY: as above, and the tag says that it holds this type.
    Ok(unsafe { &(*sealed).inner })
}

/// [`borrow`] where NULL stands for nothing.
///
/// # Safety
/// As [`borrow`].
pub(super) unsafe fn optional<'a, H: Handle>(handle: *const H, argument: &str) -> Result<Option<&'a H::Inner>> {
    if handle.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { borrow(handle, argument) }.map(Some)
}

/// What an infallible function reads from a handle; `fallback` where it is none.
///
/// # Safety
/// As [`borrow`].
pub(super) unsafe fn read<'a, H: Handle, T>(handle: *const H, fallback: T, body: impl FnOnce(&'a H::Inner) -> T) -> T
where
    H::Inner: 'a,
    T: Copy,
{
    // SAFETY: the caller's promise.
    guard_or(fallback, || unsafe { borrow(handle, "") }.map_or(fallback, body))
}

/// Frees a handle; NULL is fine, and so is whatever is no live handle of this type, as far as that can be seen.
///
/// # Safety
/// As [`borrow`]; nobody uses the handle any more.
pub(super) unsafe fn free<H: Handle>(handle: *mut H) {
    let sealed = handle.cast::<Sealed<H::Inner>>();
    if sealed.is_null() || !sealed.is_aligned() {
        return;
    }
    guard_or((), || {
        // SAFETY: the caller's promise. Of two calls that free at once, one finds the tag.
        let tag = unsafe { &(*sealed).tag };
        if tag.compare_exchange(H::TAG, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            // SAFETY: made by `new` for this type, and freed once.
            drop(unsafe { Box::from_raw(sealed) });
        }
    });
}

/// Where a function puts the handle that it makes. It is NULL until [`Out::set`].
pub(super) struct Out<H>(*mut *mut H);

impl<H: Handle> Out<H> {
    /// Clears the place; comes first in an export, so that it is NULL on every failure.
    ///
    /// # Safety
    /// `place` is NULL or writable for as long as the `Out` lives.
    pub(super) unsafe fn clear(place: *mut *mut H, argument: &str) -> Result<Out<H>> {
        if place.is_null() {
            return Err(null(argument));
        }
        // SAFETY: the caller's promise.
        unsafe { place.write(std::ptr::null_mut()) };
        Ok(Out(place))
    }

    /// Hands a new handle over.
    pub(super) fn set(self, inner: H::Inner) {
        // SAFETY: checked and promised in `clear`.
        unsafe { self.0.write(new(inner)) };
    }
}

/// The error for a NULL that must not be.
pub(super) fn null(argument: &str) -> Error {
    Error::argument(format!("{argument} is NULL"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct Fruit;
    struct Stone;

    impl Handle for Fruit {
        type Inner = Arc<String>;
        const NAME: &'static str = "primer_fruit";
        const TAG: u64 = 1;
    }

    impl Handle for Stone {
        type Inner = Arc<String>;
        const NAME: &'static str = "primer_stone";
        const TAG: u64 = 2;
    }

    #[test]
    fn only_handles_of_the_right_type_are_followed() {
        let value = Arc::new("plum".to_owned());
        unsafe {
            let fruit: *mut Fruit = new(value.clone());
            assert_eq!(**borrow(fruit, "fruit").unwrap(), "plum");
            let e = borrow(fruit.cast::<Stone>(), "stone").unwrap_err();
            assert_eq!(e.message(), "stone is no primer_stone, or one that was freed");
            assert_eq!(borrow(std::ptr::null::<Fruit>(), "fruit").unwrap_err().message(), "fruit is NULL");
            assert!(borrow(fruit.byte_add(1), "fruit").is_err());
            free(fruit.cast::<Stone>());
            assert_eq!(Arc::strong_count(&value), 2, "a handle of another type is not freed");
            free(fruit);
            assert_eq!(Arc::strong_count(&value), 1);
            free(std::ptr::null_mut::<Fruit>());
        }
    }

    #[test]
    fn an_output_is_null_until_it_is_set() {
        unsafe {
            assert!(Out::<Fruit>::clear(std::ptr::null_mut(), "out").is_err());
            let mut place = std::ptr::dangling_mut();
            let out = Out::<Fruit>::clear(&mut place, "out").unwrap();
            assert!(place.is_null());
            out.set(Arc::default());
            free(place);
        }
    }
}
