//! NVIDIA's GPUs.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod deferred;
#[cfg(unix)]
mod libraries;

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::DType;
use candle_core::cuda_backend::CudaError;
use candle_core::cuda_backend::cudarc::cublas::result::CublasError;
use candle_core::cuda_backend::cudarc::cublas::sys::cublasStatus_t::CUBLAS_STATUS_ALLOC_FAILED;
use candle_core::cuda_backend::cudarc::curand::result::CurandError;
use candle_core::cuda_backend::cudarc::curand::sys::curandStatus_t::CURAND_STATUS_ALLOCATION_FAILED;
use candle_core::cuda_backend::cudarc::driver::sys::CUresult;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError, result};

use crate::error::{Error, ErrorKind, Result};

/// Starts the GPU `number`, and lets it compute once: a driver too old for this build's kernels says so here.
pub(super) fn open(number: usize) -> Result<candle_core::Device> {
    let absent = |why: String| Error::new(ErrorKind::Device, format!("cuda:{number} cannot be used: {why}"));
    #[cfg(unix)]
    driver_is_there().map_err(absent)?;
    let count = count().map_err(|e| absent(explain(e)).caused_by(e))?;
    if number >= count {
        return Err(absent(match count {
            0 => "the driver finds no GPU that CUDA can use".into(),
            1 => "this machine has 1 GPU that CUDA can use, cuda:0".into(),
            _ => format!("this machine has {count} GPUs that CUDA can use, cuda:0 to cuda:{}", count - 1),
        }));
    }
    #[cfg(unix)]
    libraries_are_there().map_err(absent)?;
    // Nothing in there is meant to panic; were it to, the caller's process must not pay for it.
    let started = catch_unwind(AssertUnwindSafe(|| -> candle_core::Result<_> {
        let device = one_stream(number)?;
        let two = candle_core::Tensor::ones(1, DType::F32, &device)?.affine(1., 1.)?.to_vec1::<f32>()?;
        Ok((device, two == [2.]))
    }));
    match started {
        Ok(Ok((device, true))) => Ok(device),
        Ok(Ok((_, false))) => Err(absent("it computes wrong".into())),
        Ok(Err(e)) if out_of_memory(&e) => Err(Error::new(
            ErrorKind::OutOfMemory,
            format!("cuda:{number} cannot be used: its memory is taken by other programs"),
        )
        .caused_by(e)),
        Ok(Err(e)) => Err(absent(driver_error(&e).map_or_else(|| e.to_string(), explain)).caused_by(e)),
        Err(_) => Err(absent("CUDA's interface panicked".into())),
    }
}

/// The GPU with one stream for all threads. candle's usual one is the calling thread's own: what one thread of the model's
/// pool has begun would not be waited for by the next.
fn one_stream(number: usize) -> candle_core::Result<candle_core::Device> {
    let device = candle_core::CudaDevice::new_with_stream(number)?;
    // SAFETY: events are for memory that several streams use. Here all work is in one stream, in the order of the calls,
    // and what belongs to another device is not taken by candle.
    unsafe { device.disable_event_tracking() };
    Ok(candle_core::Device::Cuda(device))
}

/// Free and total memory of the GPU in bytes.
pub(super) fn memory(device: &candle_core::CudaDevice) -> Option<(usize, usize)> {
    device.cuda_stream().context().mem_get_info().ok()
}

/// Whether the GPU, or one of CUDA's libraries, could not have the memory that it asked for.
pub(super) fn out_of_memory(e: &candle_core::Error) -> bool {
    match innermost(e) {
        Some(CudaError::Cublas(e)) => *e == CublasError(CUBLAS_STATUS_ALLOC_FAILED),
        Some(CudaError::Curand(e)) => *e == CurandError(CURAND_STATUS_ALLOCATION_FAILED),
        _ => driver_error(e) == Some(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY)),
    }
}

fn driver_error(e: &candle_core::Error) -> Option<DriverError> {
    match innermost(e)? {
        CudaError::Cuda(e) | CudaError::Load { cuda: e, .. } => Some(*e),
        _ => None,
    }
}

/// CUDA's own error, under what candle puts around it.
fn innermost(e: &candle_core::Error) -> Option<&CudaError> {
    use candle_core::Error::{Context, Cuda, WithBacktrace, WithPath};
    match e {
        Cuda(e) => e.downcast_ref(),
        Context { inner, .. } | WithPath { inner, .. } | WithBacktrace { inner, .. } => innermost(inner),
        _ => None,
    }
}

fn count() -> std::result::Result<usize, DriverError> {
    result::init()?;
    // As many as CUDA_VISIBLE_DEVICES leaves.
    Ok(CudaContext::device_count()?.max(0) as usize)
}

#[cfg(unix)]
fn driver_is_there() -> std::result::Result<(), String> {
    libraries::Library::Driver.open().map(drop).map_err(|e| {
        format!("NVIDIA's driver was not found ({e}); install it, or choose the device \"cpu\" or \"auto\"")
    })
}

/// candle opens all of them at once, but does not say which one it misses.
#[cfg(unix)]
fn libraries_are_there() -> std::result::Result<(), String> {
    use libraries::{FOLDERS, Library};
    // The second comes with the first, which must find it where it was found here.
    for library in [Library::CublasLt, Library::Cublas, Library::Curand] {
        library.open().map_err(|e| {
            let file = library.files()[0].to_string_lossy();
            format!(
                "the driver is there, but CUDA's library {file} could not be opened ({e}); install CUDA's libraries, or \
                 name their folder in {FOLDERS}"
            )
        })?;
    }
    Ok(())
}

/// What to do about the driver's errors that a user can do something about.
fn explain(e: DriverError) -> String {
    let what = match e.0 {
        CUresult::CUDA_ERROR_NO_DEVICE => "the driver finds no GPU that CUDA can use",
        CUresult::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH => {
            "the driver's library and its kernel module differ: restart the machine"
        }
        CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION => {
            "the driver is older than the CUDA that this library was built with: update it"
        }
        CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU | CUresult::CUDA_ERROR_INVALID_PTX => {
            "this library was built for GPUs of a higher compute capability (CUDA_COMPUTE_CAP)"
        }
        _ => return e.to_string(),
    };
    format!("{what} ({:?})", e.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_memory_is_told_from_other_errors() {
        let driver = DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY);
        let load = CudaError::Load { cuda: driver, module_name: "unary".into() };
        let blas = CublasError(CUBLAS_STATUS_ALLOC_FAILED);
        let rand = CurandError(CURAND_STATUS_ALLOCATION_FAILED);
        for e in [driver.into(), load, blas.into(), rand.into()] {
            let e: candle_core::Error = CudaError::into(e);
            assert!(out_of_memory(&e), "{e}");
            assert_eq!(Error::from(e.context("in a layer").with_path("x")).kind(), ErrorKind::OutOfMemory);
        }
        let other = [DriverError(CUresult::CUDA_ERROR_INVALID_VALUE).into(), CudaError::InternalError("out of memory")];
        for e in other {
            let e: candle_core::Error = e.into();
            assert!(!out_of_memory(&e), "{e}");
        }
        assert!(!out_of_memory(&candle_core::Error::Msg("out of memory".into())));
    }
}
