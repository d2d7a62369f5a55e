//! CUDA's libraries, opened when a GPU is asked for.

use std::ffi::{CStr, CString, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use once_cell::sync::OnceCell;

/// Folders where CUDA's libraries are looked for first, separated as in PATH.
pub(super) const FOLDERS: &str = "PRIMER_CUDA_LIBRARIES";

/// Where a toolkit puts them, for systems whose loader was not told.
const USUAL: &str = "/usr/local/cuda/lib64";

/// The libraries that candle calls. The numbers are those of functions.s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    /// The driver's own, which comes with it and not with a toolkit.
    Driver,
    Cublas,
    CublasLt,
    Curand,
    Nvrtc,
}

/// A library that stays open until the process ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened(NonNull<c_void>);

// SAFETY: a handle of dlopen may be used on every thread.
unsafe impl Send for Opened {}
// SAFETY: as above.
unsafe impl Sync for Opened {}

impl Library {
    pub(super) const ALL: [Library; 5] =
        [Library::Driver, Library::Cublas, Library::CublasLt, Library::Curand, Library::Nvrtc];

    /// The names under which it may be found, the newest first. Functions that are called are the same in all.
    pub(super) fn files(self) -> &'static [&'static CStr] {
        match self {
            Library::Driver => &[c"libcuda.so.1"],
            Library::Cublas => &[c"libcublas.so.13", c"libcublas.so.12"],
            Library::CublasLt => &[c"libcublasLt.so.13", c"libcublasLt.so.12"],
            Library::Curand => &[c"libcurand.so.10"],
            Library::Nvrtc => &[c"libnvrtc.so.13", c"libnvrtc.so.12"],
        }
    }

    /// Opens it, once for the process. One that is not there is looked for again at the next call.
    ///
    /// # Errors
    /// What the loader says, for the newest name.
    pub(super) fn open(self) -> Result<Opened, String> {
        static OPENED: [OnceCell<Opened>; Library::ALL.len()] = [const { OnceCell::new() }; Library::ALL.len()];
        OPENED[self as usize].get_or_try_init(|| self.search()).copied()
    }

    fn search(self) -> Result<Opened, String> {
        let given = std::env::var_os(FOLDERS).unwrap_or_default();
        let given: Vec<PathBuf> =
            std::env::split_paths(&given).filter(|folder| !folder.as_os_str().is_empty()).collect();
        let mut complaint = None;
        for file in self.files() {
            // A name without a folder goes by LD_LIBRARY_PATH and the system's settings.
            for folder in given.iter().map(PathBuf::as_path).chain([Path::new(""), Path::new(USUAL)]) {
                let path = folder.join(OsStr::from_bytes(file.to_bytes()));
                match Opened::from_file(&path) {
                    Ok(opened) => return Ok(opened),
                    // What is wrong with a file says more than that others are not there.
                    Err(e) if complaint.is_none() || path.is_file() => complaint = Some(e),
                    Err(_) => {}
                }
            }
        }
        Err(complaint.unwrap_or_default())
    }
}

impl Opened {
    fn from_file(path: &Path) -> Result<Opened, String> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
        // SAFETY: the name ends with a NUL. The library's own initialisation runs, as it would had it been linked.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        NonNull::new(handle).map(Opened).ok_or_else(|| {
            // SAFETY: dlerror gives this thread's last error as a string that lives until the thread's next call, or none.
            let e = unsafe { libc::dlerror().as_ref() };
            // SAFETY: as above.
            e.map(|e| unsafe { CStr::from_ptr(e) }.to_string_lossy().into_owned()).unwrap_or_default()
        })
    }

    /// The address of a function by its name.
    pub(super) fn function(self, name: &CStr) -> Option<*mut c_void> {
        // SAFETY: the handle is never closed, and the name ends with a NUL.
        let address = unsafe { libc::dlsym(self.0.as_ptr(), name.as_ptr()) };
        (!address.is_null()).then_some(address)
    }
}
