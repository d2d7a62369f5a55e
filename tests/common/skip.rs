//! Tests that cannot run where they are: never passed over in silence.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the calling test did not run, and why; the test then returns. The line goes past the capture of the test
/// harness, and into the list that `PRIMER_SKIPPED` names, which `make test` shows at its end (`tests/skipped.sh`). In
/// continuous integration without such a list it is a failure.
#[track_caller]
pub fn because(reason: &str) {
    let thread = std::thread::current();
    // With one test thread, tests run on the program's own.
    let place = std::panic::Location::caller();
    let name = thread.name().filter(|&name| name != "main").map_or_else(|| place.to_string(), str::to_owned);
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(list) = set("PRIMER_SKIPPED") {
        let line = format!("rust {name}\t{reason}\n");
        let mut list = OpenOptions::new().create(true).append(true).open(&list).unwrap();
        list.write_all(line.as_bytes()).unwrap();
    } else {
        assert!(set("CI").is_none(), "this test was to be skipped: {reason}");
    }
    // The harness keeps what `eprintln` writes, not this.
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {reason}");
}

/// The library of ONNX Runtime to test with; without one the calling test is skipped.
#[track_caller]
pub fn onnxruntime() -> Option<std::ffi::OsString> {
    let library = std::env::var_os("PRIMER_ONNXRUNTIME").filter(|path| !path.is_empty());
    if library.is_none() {
        because("PRIMER_ONNXRUNTIME names no library of ONNX Runtime (make onnxruntime)");
    }
    library
}
