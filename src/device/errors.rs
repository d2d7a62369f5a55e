//! What went wrong inside the tensor library or on a device, as an error of this library.

use candle_core::Device;

use crate::error::{Error, ErrorKind};

impl From<candle_core::Error> for Error {
    fn from(e: candle_core::Error) -> Error {
        let full = super::out_of_memory(&e);
        let kind = if full { ErrorKind::OutOfMemory } else { ErrorKind::Compute };
        Error::new(kind, e.to_string()).caused_by(e)
    }
}

impl Error {
    /// Where a device's memory was too small: for what, and how much of it was free.
    pub(crate) fn asked_of(self, device: &Device, what: impl FnOnce() -> String) -> Error {
        if self.kind() != ErrorKind::OutOfMemory {
            return self;
        }
        let free = super::memory(device)
            .map(|(free, total)| format!(", of whose {} MiB {} are free", total >> 20, free >> 20))
            .unwrap_or_default();
        let message = format!("{} do not fit into the device's memory{free}: {}", what(), self.message());
        self.with_message(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_device_is_told_what_was_too_much_for_it() {
        let what = || "512 pieces at once".to_owned();
        let e = Error::new(ErrorKind::OutOfMemory, "out of memory").asked_of(&Device::Cpu, what);
        assert_eq!(e.message(), "512 pieces at once do not fit into the device's memory: out of memory");
        let e = Error::new(ErrorKind::Compute, "other").asked_of(&Device::Cpu, what);
        assert_eq!(e.message(), "other");
    }
}
