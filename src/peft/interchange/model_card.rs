//! The model card (`README.md`) that a hub of models expects in a folder.

use std::path::Path;

use crate::error::Result;
use crate::peft::Adapter;
use crate::save::save_atomically;

/// Writes `folder/README.md`: base model, library and tags as its front matter, and how to load the adapter.
///
/// A README that is there already stays, for its words are somebody's.
pub(super) fn write(
    folder: &Path,
    adapter: &Adapter,
    base: &str,
    library: &str,
    tags: &[&str],
    usage: &str,
) -> Result<()> {
    let path = folder.join("README.md");
    if path.exists() {
        return Ok(());
    }
    let mut lines = vec!["---".to_owned()];
    if !base.is_empty() {
        lines.push(format!("base_model: {}", quoted(base)));
    }
    lines.push(format!("library_name: {library}"));
    lines.push("pipeline_tag: token-classification".to_owned());
    lines.push("tags:".to_owned());
    lines.extend(tags.iter().map(|tag| format!("- {tag}")));
    if !base.is_empty() && library == "peft" {
        lines.push(format!("- {}", quoted(&format!("base_model:adapter:{base}"))));
    }
    lines.extend(["---".to_owned(), String::new()]);
    let name = match adapter.card().name.as_str() {
        "" => "Named entities",
        name => name,
    };
    lines.push(format!("# {}", name.replace(['\n', '\r'], " ")));
    lines.push(String::new());
    lines.push(format!(
        "An adapter for {} that tags {}.",
        if base.is_empty() { "an encoder" } else { base },
        adapter.types().join(", ")
    ));
    lines.extend([String::new(), "```python".to_owned(), usage.to_owned(), "```".to_owned(), String::new()]);
    save_atomically(&path, |f| std::io::Write::write_all(f, lines.join("\n").as_bytes()))
}

/// A text as YAML has it in double quotes: JSON's form is one of them.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
