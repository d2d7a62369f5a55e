//! A request to stop, from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// A token that stops a running call; clones share one state. Once requested, it stays requested.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that nobody has used yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Asks every call that was given this token to stop. May be called from any thread.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True after [`Cancel::request`].
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_requested() { Err(Error::cancelled()) } else { Ok(()) }
    }
}
