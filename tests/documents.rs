//! What the README says of a fresh machine is what Cargo.toml and the Makefile say.

use std::process::Command;

fn read(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The words after every `before` up to the next of `end`.
fn after<'a>(text: &'a str, before: &str, end: &[char]) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(end).next().unwrap().trim()).collect()
}

/// Nobody is told of a version of Rust that does not build it.
#[test]
fn the_version_of_rust_is_the_same_everywhere() {
    let manifest = read("Cargo.toml");
    let [declared] = after(&manifest, "\nrust-version = \"", &['"'])[..] else { panic!("no rust-version") };
    for file in ["README.md", "docs/install.md"] {
        let text = read(file);
        let told = after(&text, "Rust (", &[' ', ')']);
        assert!(!told.is_empty() && told.iter().all(|t| *t == declared), "{file}: {told:?}, Cargo.toml: {declared}");
    }
}

/// No crate that is built here asks for a newer Rust than this one does. (Some ask for none and need one all the same.)
#[test]
fn no_dependency_needs_a_newer_rust() {
    let run = |program: &str, arguments: &[&str]| {
        let run = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(run.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let version = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let about = run("rustc", &["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata =
        ["metadata", "--offline", "--locked", "--format-version=1", "--features=cli", "--filter-platform", host];
    let metadata: serde_json::Value = serde_json::from_str(&run(env!("CARGO"), &metadata)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let declared = packages.iter().find(|p| p["name"] == "primer").unwrap()["rust_version"].as_str().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let needs = package["rust_version"].as_str().unwrap_or("0");
        assert!(version(needs) <= version(declared), "{} needs Rust {needs}", package["name"]);
    }
}

/// The two commands of the README are there, and what it has installed before them is what `make test` cannot do without.
#[test]
fn the_readme_names_what_its_two_commands_need() {
    let readme = read("README.md");
    let blocks = after(&readme, "```sh\n", &['`']);
    assert_eq!(blocks[0], "cargo run --release --example ner_tagger\nmake test");
    let installs = blocks.iter().find_map(|block| block.strip_prefix("apt-get install ")).unwrap();
    let installs: Vec<&str> = installs.lines().next().unwrap().split(' ').collect();
    for needed in ["gcc", "g++", "make", "python3", "ca-certificates"] {
        assert!(installs.contains(&needed), "{needed}");
    }
    // All of them are among those that `make tools` looks for, but for what gets Rust.
    let makefile = read("Makefile");
    let packages: Vec<&str> = after(&makefile, "\nPACKAGES := ", &['\n'])[0].split(' ').collect();
    for package in installs.iter().filter(|package| **package != "curl") {
        assert!(packages.contains(package), "{package} is not in the Makefile's PACKAGES");
    }
}
