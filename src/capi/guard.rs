//! The one gate of all exports: errors become status codes, panics become errors.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

use super::error::{hand_over, primer_error, primer_status};
use super::generated::status::PRIMER_OK;
use crate::error::{Error, ErrorKind, Result};

/// Runs `body`; its error, or its panic as one, is handed to `err`.
///
/// # Safety
/// `err` is NULL or points to a writable pointer.
pub(super) unsafe fn guard(err: *mut *mut primer_error, body: impl FnOnce() -> Result<()>) -> primer_status {
    let error = match catch(body) {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(panic) => Some(panic),
    };
    let status = error.as_ref().map_or(PRIMER_OK, |e| e.kind() as primer_status);
    // SAFETY: the caller's promise.
    unsafe { hand_over(err, error) };
    status
}

/// Runs an export that cannot fail; a panic gives `fallback`.
pub(super) fn guard_or<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch(body).unwrap_or(fallback)
}

/// Runs `body`; a panic becomes an error.
fn catch<T>(body: impl FnOnce() -> T) -> std::result::Result<T, Error> {
    keep_quiet();
    DEPTH.set(DEPTH.get() + 1);
    // Nothing that a panic has left half done is seen again: handles are immutable, or closed by their lock.
    let outcome = catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    outcome.map_err(|payload| {
        // Not dropped, since its drop might panic in turn, outside of the gate.
        let payload = std::mem::ManuallyDrop::new(payload);
        let message = message(payload.as_ref());
        let of_worker = || WORKERS_PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let place = PLACE.take().or_else(of_worker).unwrap_or_default();
        Error::new(ErrorKind::Panic, format!("a defect of this library: {message}{place}"))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "panic",
    }
}

thread_local! {
    /// How many exports this thread is in; a callback may call another one.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where this thread's last panic was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Where the last panic of a worker was. Of two at the same moment, one may get the other's: it is for people alone.
static WORKERS_PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Rust's panic hook writes to stderr, which belongs to the host: ours stays silent for panics that are caught here.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    if ONCE.is_completed() || std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = || info.location().map(|l| format!(" ({}:{})", l.file(), l.line()));
            if std::thread::current().name().is_some_and(|name| name.starts_with("primer-")) {
                *WORKERS_PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place();
            } else if DEPTH.try_with(|d| d.get() > 0).unwrap_or(true) {
                // A thread that is ending has no place to keep it.
                let _ = PLACE.try_with(|p| *p.borrow_mut() = place());
            } else {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::super::error::{primer_error_free, primer_error_message};
    use super::super::generated::status::{PRIMER_ERR_DATA, PRIMER_ERR_PANIC};
    use super::*;

    fn run(body: impl FnOnce() -> Result<()>) -> (primer_status, String) {
        let mut err = std::ptr::null_mut();
        unsafe {
            let status = guard(&mut err, body);
            let message = primer_error_message(err);
            let bytes = match message.data.is_null() {
                true => &[][..],
                false => std::slice::from_raw_parts(message.data.cast::<u8>(), message.len),
            };
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            primer_error_free(err);
            (status, text)
        }
    }

    #[test]
    fn errors_and_panics_become_status_codes() {
        assert_eq!(run(|| Ok(())), (PRIMER_OK, String::new()));
        assert_eq!(run(|| Err(Error::data("no tag").at_line(3))), (PRIMER_ERR_DATA, "line 3: no tag".into()));
        let (status, text) = run(|| panic!("index {} is wrong", 7));
        assert_eq!(status, PRIMER_ERR_PANIC);
        assert!(text.contains("index 7 is wrong") && text.contains("guard.rs"), "{text}");
        assert_eq!(run(|| std::panic::panic_any(7)).0, PRIMER_ERR_PANIC);
        assert_eq!(guard_or(5, || panic!("quietly")), 5);
    }

    #[test]
    fn a_panic_in_a_worker_thread_is_caught_too() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "primer-0".into()).build().unwrap();
        let (status, text) = run(|| pool.install(|| panic!("in a worker")));
        assert_eq!(status, PRIMER_ERR_PANIC);
        assert!(text.contains("in a worker"), "{text}");
    }

    #[test]
    fn an_error_may_be_left_unread() {
        let status = unsafe { guard(std::ptr::null_mut(), || Err(Error::data("unread"))) };
        assert_eq!(status, PRIMER_ERR_DATA);
    }
}
