//! Which files are generated, and whether they are what they would be written as.

use std::path::Path;

use crate::abi::Abi;
use crate::schema::Interface;
use crate::{c_tests, cli, cpp, docs, format, functions, go, header, json, pages, parts, plan, ranges, rust, swift};

/// Every generated file, by its path from the top.
pub struct Generated {
    pub files: Vec<(String, String)>,
}

/// All files as the sources below `root` want them; `version` is the library's.
pub fn generate(root: &Path, version: &str) -> Result<Generated, String> {
    let interface = Interface::read(&root.join("interface"))?;
    docs::check(&interface)?;
    let mut files: Vec<(String, String)> = Vec::new();
    let mut add = |path: &str, text: String| files.push((path.to_owned(), format::formatted(root, path, text)));

    add("src/capi/generated/mod.rs", rust::module(&interface));
    for area in &interface.areas {
        add(&format!("src/capi/generated/{}.rs", area.name), rust::area(&interface, area));
    }
    for options in interface.options() {
        add(&format!("bindings/go/generated_{}_options.go", options.name), go::options_file(&interface, options));
        add(
            &format!("bindings/swift/Sources/Primer/Generated/{}.swift", options.type_name()),
            swift::options_file(&interface, options),
        );
    }
    add("bindings/go/generated_enums.go", go::enums(&interface));
    add("bindings/go/generated_test.go", go::tests(&interface));
    add("bindings/swift/Sources/Primer/Generated/Enumerations.swift", swift::enums(&interface));
    add("bindings/swift/Tests/PrimerTests/Support/GeneratedConstants.swift", swift::constants(&interface));
    add("bindings/swift/Tests/PrimerTests/Support/GeneratedOptions.swift", swift::test_options(&interface));
    add("bindings/cpp/tests/names.hpp", cpp::names(&interface));
    add("bindings/cpp/tests/options.cpp", cpp::visits(&interface));
    add("src/limits/generated.rs", ranges::ranges(&interface)?);
    add("src/bin/primer/args/generated.rs", cli::flags(&interface));
    add("src/bin/primer/experiment/generated.rs", plan::plan(&interface));
    add("tests/c/constants.h", c_tests::constants(&interface));
    add("tests/conformance/generated.rs", c_tests::rust_suite(&interface));
    add("docs/options.md", pages::options(&interface));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).map_err(|e| format!("{path}: {e}"));
    let mut hpp = read("include/primer.hpp")?;
    for (name, part) in cpp::parts(&interface) {
        hpp = parts::replaced(&hpp, &name, &part).map_err(|e| format!("include/primer.hpp: {e}"))?;
    }
    add("include/primer.hpp", hpp);

    let scratch = std::env::temp_dir().join(format!("primer-generate-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let text = header::header(root, version, &scratch, &files);
    let _ = std::fs::remove_dir_all(&scratch);
    let text = text?;
    let abi = Abi::of(&text, &interface.groups());
    let mut page = read("docs/bindings.md")?;
    let mut tables = functions::tables(&root.join("interface"), &abi)?.to_vec();
    tables.push(("enumerations and options", pages::bindings(&interface)));
    for (name, part) in tables {
        page = parts::replaced(&page, name, &part).map_err(|e| format!("docs/bindings.md: {e}"))?;
    }
    let mut add = |path: &str, text: String| files.push((path.to_owned(), format::formatted(root, path, text)));
    add("docs/bindings.md", page);
    add("bindings/go/primer.h", text.clone());
    add("include/primer.h", text);
    add("tests/conformance/abi.json", json::written(&abi));
    add("tests/c/layout.h", c_tests::c_layout(&abi));
    add("src/capi/layout.rs", c_tests::rust_layout(&abi));
    Ok(Generated { files })
}

impl Generated {
    /// Writes what has changed, and gives the paths.
    pub fn write(&self, root: &Path) -> Result<Vec<&str>, String> {
        let mut written = Vec::new();
        for (path, text) in &self.files {
            let file = root.join(path);
            if std::fs::read_to_string(&file).is_ok_and(|old| old == *text) {
                continue;
            }
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            }
            std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
            written.push(path.as_str());
        }
        Ok(written)
    }

    /// The files that are not what they would be written as, blanks apart.
    pub fn stale(&self, root: &Path) -> Vec<&str> {
        let is_stale = |(path, text): &&(String, String)| {
            !std::fs::read_to_string(root.join(path)).is_ok_and(|old| format::same(&old, text))
        };
        self.files.iter().filter(is_stale).map(|(path, _)| path.as_str()).collect()
    }
}
