//! What the tapes of a thread keep, counted for tests of memory.

use std::cell::Cell;

use candle_core::Tensor;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

/// Bytes of the tensors that a recorded operation keeps; one that several keep counts for each.
pub(super) struct Kept(usize);

impl Kept {
    pub fn new<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Kept {
        let bytes = tensors.map(|t| t.elem_count() * t.dtype().size_in_bytes()).sum();
        NOW.set(NOW.get() + bytes);
        PEAK.set(PEAK.get().max(NOW.get()));
        Kept(bytes)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        NOW.set(NOW.get().saturating_sub(self.0));
    }
}

/// The most bytes that this thread's tapes keep at a time while `run` runs.
pub(crate) fn peak<R>(run: impl FnOnce() -> R) -> (R, usize) {
    PEAK.set(NOW.get());
    (run(), PEAK.get())
}
