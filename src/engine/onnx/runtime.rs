//! ONNX Runtime itself: where its library is, and its environment, of which a process has one.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::engine::OnnxOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Level, log};

/// Names the library where the options do not.
const VARIABLE: &str = "PRIMER_ONNXRUNTIME";

/// What the system knows the library by.
const NAMES: &[&str] = if cfg!(windows) {
    &["onnxruntime.dll"]
} else if cfg!(target_vendor = "apple") {
    &["libonnxruntime.dylib", "libonnxruntime.1.dylib"]
} else {
    &["libonnxruntime.so", "libonnxruntime.so.1"]
};

/// Kept to the end of the process: the runtime's threads and allocators outlive any session.
static ENVIRONMENT: OnceCell<(PathBuf, Environment)> = OnceCell::new();

/// The process's environment, started on first use from the library that `options` or [`VARIABLE`] name, or else from the
/// system's.
///
/// A failed attempt leaves nothing behind: the next one may name another file. Once a library is loaded it stays.
///
/// # Errors
/// `Io` where no library can be loaded, `Unsupported` where it is not ONNX Runtime or older than 1.17, `InvalidArgument`
/// where another one than the first is asked for.
pub(super) fn environment(options: &OnnxOptions) -> Result<&'static Environment> {
    let named =
        options.library.clone().or_else(|| std::env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from));
    let named = named.map(|path| absolute(&path));
    let (path, environment) = ENVIRONMENT.get_or_try_init(|| start(named.as_deref()))?;
    match named {
        Some(named) if named != *path => {
            Err(Error::argument(format!("a process has one ONNX Runtime, and {} is loaded already", path.display()))
                .in_file(named))
        }
        _ => Ok(environment),
    }
}

/// A path that means the same everywhere; a bare name that is no file here is left to the system's search path.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn start(named: Option<&Path>) -> Result<(PathBuf, Environment)> {
    if let Some(path) = named {
        return load(path).map(|environment| (path.to_owned(), environment)).map_err(|e| e.in_file(path));
    }
    let mut tried = Vec::new();
    for name in NAMES {
        match load(Path::new(name)) {
            Ok(environment) => return Ok((PathBuf::from(name), environment)),
            // One that is there and cannot be used says more than another that is not there.
            Err(e) if e.kind() != ErrorKind::Io => return Err(e.in_file(*name)),
            Err(_) => tried.push(*name),
        }
    }
    let tried = tried.join(", ");
    let message = format!("ONNX Runtime is not installed: the system knows no {tried}, and {VARIABLE} names no file");
    Err(Error::new(ErrorKind::Io, message))
}

fn load(path: &Path) -> Result<Environment> {
    // A file that only looks like the library could make the loader panic.
    let loaded = catch_unwind(|| ort::init_from(path)).map_err(|_| Error::unsupported("not ONNX Runtime"))?;
    let builder = loaded.map_err(|e| match e {
        LoadDynamicError::Dlopen { error, .. } => {
            // The system's own words are the cause of the loader's.
            let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), |cause| cause.to_string());
            Error::new(ErrorKind::Io, format!("cannot load ONNX Runtime: {reason}"))
        }
        LoadDynamicError::MissingApi { .. } => Error::unsupported("a library, but not ONNX Runtime"),
        LoadDynamicError::BadVersion { version_str, .. } => {
            let needed = ort::MINOR_VERSION;
            Error::unsupported(format!("ONNX Runtime {version_str} is too old: 1.{needed} or newer is needed"))
        }
        e => Error::unsupported(format!("not a usable ONNX Runtime: {e}")),
    })?;
    // Without a logger of ours the runtime writes to standard error.
    let logger = Arc::new(|level: LogLevel, _: &str, _: &str, place: &str, message: &str| {
        let ours = if level >= LogLevel::Error { Level::Warn } else { Level::Info };
        log(ours, || format!("ONNX Runtime: {message} ({place})"));
    });
    let environment = builder.with_name("primer").with_telemetry(false).with_logger(logger).build();
    let environment = environment.map_err(|e| Error::unsupported(format!("ONNX Runtime does not start: {e}")))?;
    environment.set_log_level(LOG_LEVEL);
    log(Level::Info, || format!("loaded {}: {}", path.display(), ort::info()));
    Ok(environment)
}

/// What the runtime tells at all.
pub(super) const LOG_LEVEL: LogLevel = LogLevel::Warning;
