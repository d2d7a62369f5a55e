//! Where tests run what GPUs run: on the CPU of every machine, and on a device where there is one.

use std::cell::Cell;

use candle_core::{Result, Tensor};
use once_cell::sync::OnceCell;

use crate::device::Device;

/// The environment variable that names the device of this machine that tests run on, too.
const VARIABLE: &str = "PRIMER_TEST_DEVICE";

/// A place for a test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// The CPU with this library's kernels, as everywhere outside tests.
    Host,
    /// The CPU with composed operations.
    Composed,
    /// The device that the environment names.
    Device,
}

thread_local! {
    static HERE: Cell<Place> = const { Cell::new(Place::Host) };
}

/// Where this thread is.
pub fn here() -> Place {
    HERE.get()
}

/// Puts this thread there from now on.
pub fn set(place: Place) {
    HERE.set(place);
}

/// Runs `run` at `place`, with models that are loaded there.
pub fn at<R>(place: Place, run: impl FnOnce() -> R) -> R {
    struct Restore(Place);
    impl Drop for Restore {
        fn drop(&mut self) {
            HERE.set(self.0);
        }
    }
    let _restore = Restore(HERE.replace(place));
    run()
}

/// The places whose operations are composed: the CPU, and the device that the environment names.
pub fn composed() -> Vec<Place> {
    match std::env::var_os(VARIABLE).is_some_and(|name| !name.is_empty()) {
        true => vec![Place::Composed, Place::Device],
        false => vec![Place::Composed],
    }
}

/// The device of models that are loaded here.
pub fn device() -> Device {
    match here() {
        Place::Host | Place::Composed => Device::Cpu,
        Place::Device => {
            let name = std::env::var(VARIABLE).unwrap_or_default();
            name.parse().unwrap_or_else(|e| panic!("{VARIABLE}: {e}"))
        }
    }
}

/// `x` where this thread is.
pub fn bring(x: &Tensor) -> Result<Tensor> {
    static DEVICE: OnceCell<candle_core::Device> = OnceCell::new();
    match here() {
        Place::Host | Place::Composed => Ok(x.clone()),
        Place::Device => {
            let opened = DEVICE.get_or_try_init(|| device().open()).map_err(candle_core::Error::wrap)?;
            x.to_device(opened)
        }
    }
}
