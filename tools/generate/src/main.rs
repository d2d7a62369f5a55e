//! `make generate`: writes all generated files anew. `--check` writes nothing, names what is stale and fails.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let check = std::env::args().any(|a| a == "--check");
    match run(&root, check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, check: bool) -> Result<bool, String> {
    let cargo = std::fs::read_to_string(root.join("Cargo.toml")).map_err(|e| format!("Cargo.toml: {e}"))?;
    let version = cargo.lines().find_map(|l| l.strip_prefix("version = ")).ok_or("Cargo.toml says no version")?;
    let generated = primer_generate::generate(root, version.trim_matches('"'))?;
    let paths = if check { generated.stale(root) } else { generated.write(root)? };
    for path in &paths {
        println!("{} {path}", if check { "stale:" } else { "written:" });
    }
    if check && !paths.is_empty() {
        println!("`make generate` writes them");
    }
    Ok(!check || paths.is_empty())
}
