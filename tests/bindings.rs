//! `docs/bindings.md` speaks of names that are there, and leaves out no function of the C interface; what the README
//! shows in Swift is what the page's tests compile.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with the extension, one behind the other.
fn sources(folder: &str, extension: &str) -> String {
    fn collect(path: &Path, extension: &str, all: &mut String) {
        for entry in std::fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, extension, all);
            } else if path.extension().is_some_and(|e| e == extension) {
                all.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    collect(&root().join(folder), extension, &mut all);
    all
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// Whether the source has the word by itself.
fn has(source: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    source
        .match_indices(word)
        .any(|(at, _)| !source[..at].ends_with(part) && !source[at + word.len()..].starts_with(part))
}

/// The names in the backquotes of a table's cell: `Model::load` and `Model(path:)` are two names each.
fn names(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.flat_map(|name| name.split(|c: char| !c.is_alphanumeric() && c != '_')).filter(|n| !n.is_empty()).collect()
}

#[test]
fn every_name_in_the_tables_is_in_the_sources() {
    let rust = sources("src", "rs");
    let c = read("include/primer.h");
    let cpp = read("include/primer.hpp");
    let go = sources("bindings/go", "go");
    let swift = sources("bindings/swift/Sources", "swift");
    let mut seen = 0;
    for line in read("docs/bindings.md").lines().filter(|l| l.starts_with('|') && l.contains('`')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        // What it is stands in the first cell, but not where constants and options are.
        let named = if cells.len() < 5 { &cells[..] } else { &cells[1..] };
        let columns = match cells.len() {
            3 => vec![("C", &c), ("Go", &go), ("Swift", &swift)],
            4 => vec![("C", &c), ("C++", &cpp), ("Go", &go), ("Swift", &swift)],
            6 => vec![("Rust", &rust), ("C", &c), ("C++", &cpp), ("Go", &go), ("Swift", &swift)],
            5 => vec![("C", &c), ("C++", &cpp), ("Go", &go), ("Swift", &swift)],
            n => panic!("{n} cells: {line}"),
        };
        for ((language, source), cell) in columns.iter().zip(named) {
            for name in names(cell) {
                assert!(has(source, name), "docs/bindings.md: {language} has no {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 200, "only {seen} names: the tables are not read");
}

#[test]
fn every_function_is_in_the_tables() {
    let page = read("docs/bindings.md");
    let abi: serde_json::Value = serde_json::from_str(&read("tests/conformance/abi.json")).unwrap();
    let functions: Vec<&str> =
        abi["functions"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert!(functions.len() > 60);
    for name in functions.iter().filter(|name| !name.ends_with("_free")) {
        assert!(has(&page, name), "docs/bindings.md does not say what {name} is called elsewhere");
    }
}

#[test]
fn the_readme_shows_code_that_is_compiled() {
    let readme = read("README.md");
    let shown = readme.split("```swift\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let page = read("docs/swift.md");
    assert!(page.split("```swift\n").any(|rest| rest.split("```").next() == Some(shown)), "{shown}");
}
