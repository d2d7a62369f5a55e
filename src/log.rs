//! Messages for the host's log: off until [`set_log`].

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::error::{Error, ErrorKind, Result};

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something does not work as it should, but the call goes on.
    Warn = 1,
    /// Something that happens once a model or a training run.
    Info = 2,
}

/// Receives messages, on any thread.
pub type Sink = Box<dyn Fn(Level, &str) + Send + Sync>;

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

/// The least important level that is wanted; 0 while logging is off. Spares the others the lock and the formatting.
static WANTED: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// True while this thread is in the sink, which may call this library again.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Sends messages of `level` and more important ones to `sink`; `None` turns logging off, as it is at the start.
///
/// One setting for the whole process. On return the former sink is no longer running.
///
/// # Errors
/// `Busy` when called by the sink itself.
pub fn set_log(level: Level, sink: Option<Sink>) -> Result<()> {
    if INSIDE.get() {
        return Err(Error::new(ErrorKind::Busy, "the log cannot be set from within its own callback"));
    }
    let mut place = SINK.write().unwrap_or_else(PoisonError::into_inner);
    WANTED.store(sink.as_ref().map_or(0, |_| level as u8), Ordering::Relaxed);
    *place = sink;
    Ok(())
}

/// Sends the message that `message` makes, if anybody wants it.
pub(crate) fn log(level: Level, message: impl FnOnce() -> String) {
    if level as u8 > WANTED.load(Ordering::Relaxed) || INSIDE.get() {
        return;
    }
    if let Some(sink) = &*SINK.read().unwrap_or_else(PoisonError::into_inner) {
        let _back = Inside::enter();
        sink(level, &message());
    }
}

/// Marks the thread as inside the sink, also while a panic leaves it.
struct Inside;

impl Inside {
    fn enter() -> Inside {
        INSIDE.set(true);
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn messages_arrive_only_where_they_are_wanted() {
        // Other tests may log at the same time: only our own messages count.
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = |seen: &Arc<Mutex<Vec<String>>>| -> Option<Sink> {
            let seen = seen.clone();
            Some(Box::new(move |_, message| {
                if message.starts_with("log test") {
                    // Neither a loop nor a deadlock.
                    log(Level::Warn, || "log test: from the sink".into());
                    assert_eq!(set_log(Level::Info, None).unwrap_err().kind(), ErrorKind::Busy);
                    seen.lock().unwrap().push(message.to_owned());
                }
            }))
        };
        let tell = || [Level::Warn, Level::Info].iter().for_each(|l| log(*l, || format!("log test {l:?}")));
        tell();
        set_log(Level::Warn, record(&seen)).unwrap();
        tell();
        set_log(Level::Info, record(&seen)).unwrap();
        tell();
        set_log(Level::Info, None).unwrap();
        tell();
        assert_eq!(*seen.lock().unwrap(), ["log test Warn", "log test Warn", "log test Info"]);
    }
}
