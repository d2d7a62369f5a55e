//! Where a model computes.

#[cfg(feature = "cuda")]
mod cuda;
mod errors;
#[cfg(feature = "metal")]
mod metal;

use std::fmt;
use std::str::FromStr;

use candle_core::DeviceLocation;

use crate::error::{Error, Result};
use crate::log::{Level, log};

/// A place to compute, chosen when a model is loaded: everything that is done with the model is done there.
///
/// By name `auto`, `cpu`, `cuda`, `cuda:1` or `metal`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The processor, by this library's own kernels.
    #[default]
    Cpu,
    /// The first GPU that this build and this machine can use, else the processor.
    Auto,
    /// An NVIDIA GPU by its number, from 0. Needs the feature `cuda`.
    Cuda(usize),
    /// The GPU of an Apple machine. Needs the feature `metal`.
    Metal,
}

impl Device {
    /// The device that this one stands for here, after starting it: a GPU or the processor for [`Device::Auto`], itself
    /// for every other.
    ///
    /// # Errors
    /// `Unsupported` where this build has no such devices; `Device` where the machine has none.
    pub fn find(self) -> Result<Device> {
        self.start().map(|started| Device::of(&started))
    }

    /// What a started device is called.
    pub(crate) fn of(started: &candle_core::Device) -> Device {
        match started.location() {
            DeviceLocation::Cpu => Device::Cpu,
            DeviceLocation::Cuda { gpu_id } => Device::Cuda(gpu_id),
            DeviceLocation::Metal { .. } => Device::Metal,
        }
    }

    /// Starts the device.
    ///
    /// # Errors
    /// `Unsupported` where this build has no such devices; `Device` where the machine has none.
    pub(crate) fn open(self) -> Result<candle_core::Device> {
        let device = self.start()?;
        if !device.is_cpu() {
            log(Level::Info, || match memory(&device) {
                Some((free, total)) => format!("on {self}, with {} of {} MiB free", free >> 20, total >> 20),
                None => format!("on {self}"),
            });
        }
        Ok(device)
    }

    fn start(self) -> Result<candle_core::Device> {
        match self {
            Device::Cpu => Ok(candle_core::Device::Cpu),
            #[cfg(feature = "cuda")]
            Device::Cuda(number) => cuda::open(number),
            #[cfg(not(feature = "cuda"))]
            Device::Cuda(_) => Err(Error::unsupported("this library was built without the feature \"cuda\"")),
            #[cfg(feature = "metal")]
            Device::Metal => metal::open(),
            #[cfg(not(feature = "metal"))]
            Device::Metal => Err(Error::unsupported("this library was built without the feature \"metal\"")),
            Device::Auto => Device::Cuda(0).start().or_else(|e| {
                log(Level::Info, || format!("not on CUDA: {e}"));
                Device::Metal.start().or_else(|e| {
                    log(Level::Info, || format!("not on Metal: {e}"));
                    Ok(candle_core::Device::Cpu)
                })
            }),
        }
    }
}

/// Free and total memory of a GPU in bytes, where it can be asked.
pub(crate) fn memory(device: &candle_core::Device) -> Option<(usize, usize)> {
    match device {
        #[cfg(feature = "cuda")]
        candle_core::Device::Cuda(device) => cuda::memory(device),
        _ => None,
    }
}

/// Whether a device could not have the memory that a computation asked of it.
pub(crate) fn out_of_memory(e: &candle_core::Error) -> bool {
    #[cfg(feature = "cuda")]
    if cuda::out_of_memory(e) {
        return true;
    }
    #[cfg(feature = "metal")]
    if metal::out_of_memory(e) {
        return true;
    }
    // Without a GPU's feature no computation has such an error.
    let _ = e;
    false
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Auto => f.write_str("auto"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
            Device::Metal => f.write_str("metal"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Device> {
        let unknown = || Error::argument(format!("no device is called {name:?}: auto, cpu, cuda, cuda:N or metal"));
        match name {
            "auto" => Ok(Device::Auto),
            "cpu" => Ok(Device::Cpu),
            "cuda" => Ok(Device::Cuda(0)),
            "metal" => Ok(Device::Metal),
            _ => name.strip_prefix("cuda:").and_then(|n| n.parse().ok()).map(Device::Cuda).ok_or_else(unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn names_come_back() -> Result<()> {
        for device in [Device::Auto, Device::Cpu, Device::Cuda(0), Device::Cuda(3), Device::Metal] {
            assert_eq!(device.to_string().parse::<Device>()?, device);
        }
        assert_eq!("cuda".parse::<Device>()?, Device::Cuda(0));
        for bad in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] {
            let e = bad.parse::<Device>().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::InvalidArgument);
            assert!(e.message().contains(&format!("{bad:?}")), "{e}");
        }
        Ok(())
    }

    #[test]
    fn what_is_not_built_in_is_said_and_auto_goes_on() -> Result<()> {
        assert_eq!((Device::Cpu.find()?, Device::Auto.find()? == Device::Auto), (Device::Cpu, false));
        for (device, feature) in [(Device::Cuda(0), "cuda"), (Device::Metal, "metal")] {
            if !crate::FEATURES.contains(&feature) {
                let e = device.open().unwrap_err();
                assert_eq!(e.kind(), ErrorKind::Unsupported);
                assert!(e.message().contains(feature), "{e}");
            }
        }
        Ok(())
    }
}
