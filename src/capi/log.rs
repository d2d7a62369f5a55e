//! Logging, off until a host asks for it.

use std::ffi::c_void;

use super::error::{primer_error, primer_status};
use super::generated::log::{PRIMER_LOG_INFO, PRIMER_LOG_WARN};
use super::guard::guard;
use super::options::unknown;
use super::strings::{Text, primer_str};
use crate::error::Result;
use crate::log::{Level, set_log};

/// Receives a message, which is borrowed until the callback returns. It may be called on any thread, also on several at
/// once, must not unwind or jump out, and must not call primer_log_set.
pub type primer_log_fn = Option<unsafe extern "C" fn(level: i32, message: primer_str, user: *mut c_void)>;

struct Callback {
    call: unsafe extern "C" fn(i32, primer_str, *mut c_void),
    user: *mut c_void,
}

// SAFETY: the host's promise: its callback may be called on any thread with what it gave.
unsafe impl Send for Callback {}
// SAFETY: as above.
unsafe impl Sync for Callback {}

impl Callback {
    fn tell(&self, level: Level, message: &str) {
        let text = Text::new(message);
        // SAFETY: the contract of the C interface.
        unsafe { (self.call)(level as i32, text.borrow(), self.user) }
    }
}

/// Sends the library's messages to `callback`, those of `level` (PRIMER_LOG_*) and more important ones; NULL turns
/// logging off, as it is at the start. The setting is one for the whole process.
///
/// Ownership: `user` is passed to the callback as it is. When the function returns, the callback that was set before is
/// no longer running and is not called again.
/// Errors: PRIMER_ERR_INVALID_ARGUMENT for another level; PRIMER_ERR_BUSY when called by the callback itself.
/// Threads: safe to call concurrently.
/// On failure: the setting is what it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_log_set(
    level: i32,
    callback: primer_log_fn,
    user: *mut c_void,
    err: *mut *mut primer_error,
) -> primer_status {
    let body = || -> Result<()> {
        let Some(call) = callback else { return set_log(Level::Info, None) };
        let level = match level {
            PRIMER_LOG_WARN => Level::Warn,
            PRIMER_LOG_INFO => Level::Info,
            other => return Err(unknown(other, "level", "PRIMER_LOG_*")),
        };
        let callback = Callback { call, user };
        set_log(level, Some(Box::new(move |level, message| callback.tell(level, message))))
    };
    // SAFETY: the contract of the C interface.
    unsafe { guard(err, body) }
}
