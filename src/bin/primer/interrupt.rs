//! Ctrl-C as a request to stop.

use primer::{Cancel, ErrorKind};

use crate::console::{Failure, INTERRUPTED};

/// Why a command that keeps nothing of a stopped run failed.
pub fn or_failure(e: primer::Error) -> Failure {
    match e.kind() {
        ErrorKind::Cancelled => Failure::Interrupted("stopped; nothing was written".to_owned()),
        _ => e.into(),
    }
}

/// A token that the first Ctrl-C requests; the second ends the process at once.
pub fn token() -> Cancel {
    let cancel = Cancel::new();
    let asked = cancel.clone();
    // Where somebody else has taken the signal, or has it ignored (a shell's background job), it stays theirs.
    let _ = ctrlc::try_set_handler(move || {
        if asked.is_requested() {
            std::process::exit(INTERRUPTED.into());
        }
        asked.request();
    });
    cancel
}
