//! `include/primer.h` is what `src/capi/` exports, says what a caller must know, and suits every compiler.
//! `tests/conformance/abi.json` is what it says, for programs.

mod abi;
#[path = "../common/json.rs"]
mod json;
mod promise;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use abi::Abi;

/// The files of `src/capi/` in the order in which a reader wants to meet their functions.
const SOURCES: [&str; 20] = [
    "version",
    "error",
    "strings",
    "buffer",
    "log",
    "cancel",
    "model",
    "dataset",
    "adapter",
    "onnx",
    "method",
    "adapt",
    "tagger_options",
    "tagger",
    "result",
    "evaluate",
    "offsets",
    "prime_options",
    "primed",
    "prime",
];

/// What the header says, as the bindings' tests read it.
const DESCRIPTION: &str = "tests/conformance/abi.json";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The header as src/capi would have it.
fn generated() -> String {
    let config = cbindgen::Config::from_root_or_default(root());
    let version = format!(
        "\n/* The version of this header. primer_abi_version() is that of the library. */\n\
         #define PRIMER_VERSION_MAJOR {}\n#define PRIMER_VERSION_MINOR {}\n#define PRIMER_VERSION_PATCH {}\n\
         #define PRIMER_VERSION \"{}\"\n\
         #define PRIMER_ABI_VERSION ((PRIMER_VERSION_MAJOR << 16) | PRIMER_VERSION_MINOR)\n",
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
        env!("CARGO_PKG_VERSION"),
    );
    let mut builder = cbindgen::Builder::new().with_config(config).with_after_include(version);
    for source in SOURCES {
        builder = builder.with_src(root().join(format!("src/capi/{source}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().expect("src/capi can be read").write(&mut header);
    String::from_utf8(header).unwrap()
}

/// The header in the tree, after bringing it up to date where that is asked for.
fn committed() -> String {
    static UPDATE: Once = Once::new();
    let path = root().join("include/primer.h");
    UPDATE.call_once(|| {
        if std::env::var_os("PRIMER_UPDATE_HEADER").is_some() {
            std::fs::create_dir_all(root().join("include")).unwrap();
            std::fs::write(&path, generated()).unwrap();
            std::fs::write(root().join(DESCRIPTION), json::written(&Abi::of(&generated()))).unwrap();
        }
    });
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_header_is_the_generated_one() {
    let (old, new) = (committed(), generated());
    let line = 1 + old.lines().zip(new.lines()).position(|(a, b)| a != b).unwrap_or(old.lines().count());
    assert!(old == new, "include/primer.h differs from src/capi in line {line}; PRIMER_UPDATE_HEADER=1 writes it");
}

#[test]
fn the_description_is_that_of_the_header() {
    let header = committed();
    let description = std::fs::read_to_string(root().join(DESCRIPTION)).unwrap();
    assert!(
        description == json::written(&Abi::of(&header)),
        "{DESCRIPTION} differs from include/primer.h; PRIMER_UPDATE_HEADER=1 writes it"
    );
}

/// A minor version keeps its ABI to the byte; a later one of the same major version may add to it.
#[test]
fn no_program_of_an_earlier_version_breaks() {
    let new = Abi::of(&committed());
    let promised = root().join("tests/abi");
    let minor = |version: &str| version.rsplit_once('.').unwrap().0.to_string();
    let own = promised.join(format!("{}.json", minor(&new.version)));
    if std::env::var_os("PRIMER_UPDATE_ABI").is_some() {
        std::fs::write(&own, json::written(&new)).unwrap();
    }
    let read = |path: &Path| -> Abi { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    assert!(own.exists(), "{} is missing; PRIMER_UPDATE_ABI=1 writes it", own.display());
    let frozen = Abi { version: new.version.clone(), ..read(&own) };
    assert!(
        frozen == new,
        "the ABI differs from {}: raise the minor version in Cargo.toml, or, as long as it is not released, write it \
         anew with PRIMER_UPDATE_ABI=1 and `make -C tests/abi describe`\n{:#?}",
        own.display(),
        promise::broken(&frozen, &new)
    );
    for entry in std::fs::read_dir(promised).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            let old = read(&path);
            if old.abi_version >> 16 == new.abi_version >> 16 && old.abi_version <= new.abi_version {
                let broken = promise::broken(&old, &new);
                assert!(broken.is_empty(), "programs of {} break: {broken:#?}", old.version);
            }
        }
    }
}

/// The description was read from the header's text; here a compiler says the same.
#[test]
#[cfg(target_pointer_width = "64")]
fn the_description_is_what_compilers_see() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("abi.c");
    std::fs::write(&file, Abi::of(&committed()).program()).unwrap();
    let mut tried = 0;
    for compiler in ["gcc", "clang"].into_iter().filter(|c| is_there(c)) {
        let out = compile(compiler, "c11", &file);
        assert!(out.status.success(), "{compiler}: {}", String::from_utf8_lossy(&out.stderr));
        tried += 1;
    }
    assert!(tried >= 1, "no C compiler was found");
}

#[test]
fn every_source_file_with_exports_is_listed() {
    for entry in std::fs::read_dir(root().join("src/capi")).unwrap() {
        let path = entry.unwrap().path();
        let exports = std::fs::read_to_string(&path).unwrap().contains("#[unsafe(no_mangle)]");
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(exports || stem == "strings", SOURCES.contains(&stem), "{stem}.rs");
    }
}

/// Every function's comment and declaration.
fn functions(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for block in header.split("\n/**\n").skip(1) {
        let Some((comment, rest)) = block.split_once("*/\n") else { continue };
        let Some((declaration, _)) = rest.split_once(";\n") else { continue };
        if declaration.contains("primer_") && declaration.contains('(') && !declaration.starts_with("typedef") {
            found.push((comment, declaration));
        }
    }
    found
}

#[test]
fn every_function_says_what_a_caller_must_know() {
    let header = committed();
    let functions = functions(&header);
    let exported = SOURCES.map(|s| std::fs::read_to_string(root().join(format!("src/capi/{s}.rs"))).unwrap());
    let exported: usize = exported.iter().map(|s| s.matches("#[unsafe(no_mangle)]").count()).sum();
    assert_eq!(functions.len(), exported, "functions with a comment");
    for (comment, declaration) in functions {
        let must = |heading: &str| assert!(comment.contains(heading), "{declaration}: no {heading:?} in its comment");
        must("Threads: ");
        if declaration.contains("**err") {
            must("Errors: ");
            must("On failure: ");
        }
        let gives =
            declaration.contains("**out") || declaration.starts_with("const") || declaration.starts_with("struct");
        if gives {
            must("Ownership: ");
        }
    }
}

#[test]
fn every_compiler_takes_the_header_without_a_warning() {
    committed();
    let scratch = tempfile::tempdir().unwrap();
    let program =
        "#include \"primer.h\"\nint main(void) { return primer_abi_version() == PRIMER_ABI_VERSION ? 0 : 1; }\n";
    let mut tried = 0;
    let compilers = [("gcc", "c"), ("g++", "c++"), ("clang", "c"), ("clang++", "c++")];
    for (compiler, language) in compilers.into_iter().filter(|(c, _)| is_there(c)) {
        let file = scratch.path().join(if language == "c" { "a.c" } else { "a.cpp" });
        std::fs::write(&file, program).unwrap();
        let standards = if language == "c" { ["c99", "c11", "c17"] } else { ["c++11", "c++17", "c++20"] };
        for standard in standards {
            let out = compile(compiler, standard, &file);
            assert!(out.status.success(), "{compiler} {standard}: {}", String::from_utf8_lossy(&out.stderr));
            tried += 1;
        }
    }
    assert!(tried >= 3, "no C compiler was found");
}

fn is_there(compiler: &str) -> bool {
    Command::new(compiler).arg("--version").output().is_ok_and(|out| out.status.success())
}

fn compile(compiler: &str, standard: &str, file: &Path) -> std::process::Output {
    Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
        .arg(format!("-std={standard}"))
        .arg("-I")
        .arg(root().join("include"))
        .arg(file)
        .output()
        .unwrap()
}
