//! What the README says of a fresh machine is what Cargo.toml and the Makefile say; the pages for contributors name files
//! and functions that are there.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    let path = root().join(file);
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
        let run = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        assert!(run.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let version = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let about = run("rustc", &["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Only what was downloaded to build this test is sure to be there.
    let features = if cfg!(feature = "cli") { "--features=cli" } else { "--features=" };
    let metadata = ["metadata", "--offline", "--locked", "--format-version=1", features, "--filter-platform", host];
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

/// The lines of a page without blocks of code.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    page.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// The words in the backquotes of a line.
fn quoted(line: &str) -> Vec<&str> {
    assert!(line.matches('`').count().is_multiple_of(2), "a backquote without its other: {line}");
    line.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).collect()
}

/// Whether a word in backquotes names a file or folder of this repository. What builds make is not there yet.
fn is_path(word: &str) -> bool {
    const ENDINGS: [&str; 12] = ["rs", "md", "toml", "json", "sh", "py", "h", "hpp", "c", "go", "swift", "abi"];
    let ending = word.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && ENDINGS.contains(&ending));
    let foreign = word.starts_with(['-', '$', '/', '~'])
        || word.starts_with("target/")
        || word.starts_with("build/")
        || word.contains(['=', ':', '<', '('])
        || word == "//";
    !foreign && (ending || word.contains('/') || word == "Makefile")
}

/// What `a/{b,c}.rs` stands for.
fn alternatives(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        None => vec![path.to_owned()],
        Some((before, (middle, after))) => {
            middle.split(',').flat_map(|one| alternatives(&format!("{before}{one}{after}"))).collect()
        }
    }
}

/// Whether a path is there; the last part of it may have one `*`.
fn exists(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.split_once('*') {
        None => root().join(path).exists(),
        Some((start, end)) => std::fs::read_dir(root().join(folder)).is_ok_and(|mut entries| {
            entries.any(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
            })
        }),
    }
}

/// All of Rust below a folder.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => rust_files(&path, files),
            false if path.extension().is_some_and(|e| e == "rs") => files.push(path),
            false => {}
        }
    }
}

/// Whether the word stands in the text by itself, after `before`.
fn has(text: &str, before: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let ends = |at: usize| !text[at + before.len() + word.len()..].starts_with(part);
    text.match_indices(&format!("{before}{word}")).any(|(at, _)| !text[..at].ends_with(part) && ends(at))
}

/// Whether the source defines what `Type::function` or `module::function` names.
fn defines(source: &str, name: &str) -> bool {
    const KEYWORDS: [&str; 7] = ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "mod "];
    let (of, last) = name.rsplit_once("::").unwrap();
    let of = of.rsplit("::").next().unwrap();
    // A module's own file does not say its name.
    let is_type = of.starts_with(char::is_uppercase);
    KEYWORDS.iter().any(|keyword| has(source, keyword, last)) && (!is_type || has(source, "", of))
}

/// Who looks for a file that a page for contributors names finds it.
#[test]
fn the_pages_for_contributors_name_files_that_are_there() {
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let text = read(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let links = links.filter(|link| !link.is_empty() && !link.contains("://"));
        let paths = prose(&text).flat_map(quoted).filter(|word| is_path(word)).chain(links);
        let missing: Vec<String> = paths.flat_map(alternatives).filter(|path| !exists(path)).collect();
        assert!(missing.is_empty(), "{page} names what is not there: {missing:#?}");
    }
}

/// A step of the walk through the code is where the page says: a function that stands beside a file in the same line, in
/// that file; any other, somewhere.
#[test]
fn the_functions_of_the_architecture_are_in_the_files_beside_them() {
    let page = read("ARCHITECTURE.md");
    let mut all = Vec::new();
    rust_files(&root().join("src"), &mut all);
    let source = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let mut seen = 0;
    for line in prose(&page) {
        let words = quoted(line);
        let beside = words.iter().filter(|word| word.ends_with(".rs") && is_path(word));
        let beside: Vec<PathBuf> = beside.flat_map(|word| alternatives(word)).map(|path| root().join(path)).collect();
        let files = if beside.is_empty() { &all } else { &beside };
        for name in words.iter().filter(|word| word.contains("::")) {
            assert!(files.iter().any(|file| defines(&source(file), name)), "`{name}` is not where this says: {line}");
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} functions: the tables are not read");
}

/// These tests themselves: what is missing is found.
#[test]
fn names_of_what_is_not_there_are_found() {
    for word in ["src/nowhere.rs", "tests/{documents,nowhere}.rs", "nowhere*.md", "Makefile.rs"] {
        assert!(is_path(word) && !alternatives(word).iter().all(|path| exists(path)), "{word}");
    }
    for word in ["src/{lib,error}.rs", "tests/doc*.rs", "src/", "Makefile"] {
        assert!(is_path(word) && alternatives(word).iter().all(|path| exists(path)), "{word}");
    }
    for word in ["Encoder::forward", "--test", "target/release", "PRIMER_X=a/b", "B-PER", "0.4", "https://a.org/b.md"] {
        assert!(!is_path(word), "{word}");
    }
    let source = "impl Encoder {\n    pub fn forward_all(&self) {}\n    fn layer<T>() {}\n}";
    assert!(defines(source, "Encoder::layer") && defines(source, "model::layer"));
    assert!(!defines(source, "Encoder::forward") && !defines(source, "Layer::layer"));
}
