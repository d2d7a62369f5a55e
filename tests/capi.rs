//! The C interface from C: compiles and runs the programs of `tests/c` against the shared library.

mod common;

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use primer::model::{BlockType, ImportOptions, import};

#[test]
fn the_programs_in_c_pass() {
    if !Command::new("make").arg("--version").output().is_ok_and(|o| o.status.success()) {
        return common::skip::because("make is missing");
    }
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
    common::write_model(&build.join("model"), 7);
    let kept = BlockType::F32;
    let whole = ImportOptions { vocabulary: 1000, embedding: kept, encoder: kept, ..ImportOptions::default() };
    import(&build.join("model"), &build.join("model.gguf"), &whole, &mut |_| ControlFlow::Continue(())).unwrap();
    // Cargo puts the library of this very build beside the test program.
    let program = std::env::current_exe().unwrap();
    let library = program.parent().unwrap();
    let made = Command::new("make")
        .args(["-C", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/c")])
        .arg(format!("LIB={}", library.display()))
        .arg(format!("BUILD={}", build.display()))
        .env_remove("MAKEFLAGS")
        // Cargo's own has older builds of the library in it, and comes before what the programs were linked with.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
    assert!(made.status.success(), "{out}{err}");
}
