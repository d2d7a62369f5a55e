//! `include/primer.h` is what `src/capi/` exports, says what a caller must know, and suits every compiler.
//! `tests/conformance/abi.json` is what it says, for programs.

mod promise;

use std::path::{Path, PathBuf};
use std::process::Command;

use primer_generate::abi::Abi;
use primer_generate::header::SOURCES;
use primer_generate::json;
use primer_generate::schema::Interface;

/// What the header says, as the bindings' tests read it.
const DESCRIPTION: &str = "tests/conformance/abi.json";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The header in the tree.
fn committed() -> String {
    std::fs::read_to_string(root().join("include/primer.h")).unwrap()
}

fn described() -> Abi {
    Abi::of(&committed(), &Interface::read(&root().join("interface")).unwrap().groups())
}

/// Whatever follows from `interface/` and `src/capi` is what is committed: the header, C++, Go, Swift, flags, tables, pages.
#[test]
fn nothing_that_is_generated_is_stale() {
    let generated = primer_generate::generate(&root(), env!("CARGO_PKG_VERSION")).unwrap();
    let stale = generated.stale(&root());
    assert!(stale.is_empty(), "stale: {stale:#?}\n`make generate` writes them anew");
}

#[test]
fn the_description_is_that_of_the_header() {
    let description = std::fs::read_to_string(root().join(DESCRIPTION)).unwrap();
    assert!(description == json::written(&described()), "{DESCRIPTION} differs from include/primer.h");
}

/// A minor version keeps its ABI to the byte; a later one of the same major version may add to it.
#[test]
fn no_program_of_an_earlier_version_breaks() {
    let new = described();
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
    std::fs::write(&file, described().program()).unwrap();
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
    let files =
        |folder: &str| std::fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    for path in files("src/capi").into_iter().filter(|p| p.is_file()) {
        let exports = std::fs::read_to_string(&path).unwrap().contains("#[unsafe(no_mangle)]");
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let declares = exports || ["strings"].contains(&stem);
        assert_eq!(declares, SOURCES.contains(&stem), "{stem}.rs");
    }
    for path in files("src/capi/generated") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let listed = SOURCES.contains(&format!("generated/{stem}").as_str());
        assert_eq!(stem != "mod", listed, "generated/{stem}.rs");
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
