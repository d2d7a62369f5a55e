//! The tables of `docs/bindings.md` that name functions in every language, of `interface/functions.toml`.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::abi::Abi;

/// What can be done, by all its names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    what: String,
    c: Vec<String>,
    cpp: Vec<String>,
    go: Vec<String>,
    swift: Vec<String>,
    #[serde(default)]
    experimental: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Row>,
}

/// The tables by the names of their parts.
///
/// # Errors
/// A function of the header that stands in no row or in two, and a name that is none of the header's.
pub fn tables(interface: &Path, abi: &Abi) -> Result<[(&'static str, String); 2], String> {
    let path = interface.join("functions.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let File { row: rows } = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    for function in &abi.functions {
        let count = rows.iter().flat_map(|row| &row.c).filter(|name| **name == function.name).count();
        let expected = usize::from(!function.name.ends_with("_free"));
        if count != expected {
            return Err(format!("{}: {} stands there {count} times", path.display(), function.name));
        }
    }
    for row in &rows {
        for name in &row.c {
            match abi.functions.iter().find(|f| f.name == *name) {
                Some(f) if f.experimental == row.experimental => {}
                Some(_) => return Err(format!("{}: experimental is said wrongly of {name}", path.display())),
                None => return Err(format!("{}: the header has no {name}", path.display())),
            }
        }
    }
    let table = |experimental: bool| {
        let mut out = String::from("| What it does | C | C++ | Go | Swift |\n|---|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row.experimental == experimental) {
            let cell = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            let (c, cpp, go, swift) = (cell(&row.c), cell(&row.cpp), cell(&row.go), cell(&row.swift));
            writeln!(out, "| {} | {c} | {cpp} | {go} | {swift} |", row.what).unwrap();
        }
        out
    };
    Ok([("functions", table(false)), ("experimental functions", table(true))])
}
