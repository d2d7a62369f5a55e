//! What makes a handle exclusive: a second call gets an error instead of a race.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// A value that one call uses at a time. A panic in a call closes it for good, since it may have left it half done.
pub(super) struct Exclusive<T> {
    value: T,
    state: AtomicU8,
}

const FREE: u8 = 0;
const BUSY: u8 = 1;
const POISONED: u8 = 2;

impl<T> Exclusive<T> {
    pub(super) fn new(value: T) -> Exclusive<T> {
        Exclusive { value, state: AtomicU8::new(FREE) }
    }

    /// Runs `body` with the value of the handle `name`.
    pub(super) fn enter<R>(&self, name: &str, body: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        match self.state.compare_exchange(FREE, BUSY, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {}
            Err(POISONED) => {
                let message = format!("the {name} is unusable since a defect was caught in it");
                return Err(Error::new(ErrorKind::Panic, message));
            }
            Err(_) => {
                let message = format!("the {name} is in use by another call; make one a thread");
                return Err(Error::new(ErrorKind::Busy, message));
            }
        }
        let mut turn = Turn { state: &self.state, then: POISONED };
        let result = body(&self.value);
        turn.then = FREE;
        result
    }
}

/// Gives the value back, also while a panic passes by.
struct Turn<'a> {
    state: &'a AtomicU8,
    then: u8,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.state.store(self.then, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_second_call_is_busy_and_an_error_gives_the_value_back() {
        let value = Exclusive::new(5);
        let inner = value.enter("thing", |n| {
            assert_eq!(value.enter("thing", |_| Ok(())).unwrap_err().kind(), ErrorKind::Busy);
            Ok(*n)
        });
        assert_eq!(inner.unwrap(), 5);
        assert_eq!(value.enter("thing", |_| Err::<(), _>(Error::data("no"))).unwrap_err().kind(), ErrorKind::Data);
        assert!(value.enter("thing", |_| Ok(())).is_ok());
    }

    #[test]
    fn a_panic_closes_it_for_good() {
        let value = Exclusive::new(5);
        let call =
            AssertUnwindSafe(|| value.enter("thing", |_| -> Result<()> { std::panic::resume_unwind(Box::new(1)) }));
        assert!(catch_unwind(call).is_err());
        for _ in 0..2 {
            let e = value.enter("thing", |_| Ok(())).unwrap_err();
            assert_eq!(
                (e.kind(), e.message()),
                (ErrorKind::Panic, "the thing is unusable since a defect was caught in it")
            );
        }
    }
}
