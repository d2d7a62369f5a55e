//! A request to stop, from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

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

    /// Runs `work` on a thread of its own and ends as soon as either is through: the work, or a request. What cannot look at a
    /// request itself (a library's reader) then goes on unheard until it ends; it must change nothing outside.
    pub(crate) fn or_leave<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        const LOOK: Duration = Duration::from_millis(10);
        let (sender, receiver) = sync_channel(1);
        let failed = |e| Error::new(ErrorKind::Io, format!("cannot start a thread: {e}"));
        let thread = std::thread::Builder::new().spawn(move || sender.send(work())).map_err(failed)?;
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(done) => return done,
                Err(RecvTimeoutError::Timeout) => self.check()?,
                // It panicked: so does who waits for it.
                Err(RecvTimeoutError::Disconnected) => match thread.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(_) => return Err(Error::new(ErrorKind::Compute, "internal: a thread gave no result")),
                },
            }
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_requested() { Err(Error::cancelled()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work that does not look at a request is left where it is; its result, its error and its panic come through.
    #[test]
    fn work_that_cannot_be_stopped_is_left() {
        let cancel = Cancel::new();
        assert_eq!(cancel.or_leave(|| Ok(7)).unwrap(), 7);
        assert_eq!(cancel.or_leave(|| Err::<(), _>(Error::data("x"))).unwrap_err().kind(), ErrorKind::Data);
        assert!(std::panic::catch_unwind(|| cancel.or_leave(|| -> Result<()> { panic!("in the work") })).is_err());
        let (release, held) = sync_channel::<()>(0);
        cancel.request();
        let left = cancel.or_leave(move || {
            let _ = held.recv();
            Ok(())
        });
        assert_eq!(left.unwrap_err().kind(), ErrorKind::Cancelled);
        drop(release);
    }
}
