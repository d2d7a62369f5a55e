//! `include/primer.h`, by cbindgen from `src/capi`.

use std::path::Path;

/// The files of `src/capi/` in the order in which a reader wants to meet what they declare.
pub const SOURCES: [&str; 27] = [
    "version",
    "generated/status",
    "error",
    "strings",
    "buffer",
    "generated/log",
    "log",
    "cancel",
    "generated/model",
    "model",
    "generated/dataset",
    "dataset",
    "generated/adapter",
    "adapter",
    "onnx",
    "generated/adapt",
    "method",
    "adapt",
    "generated/tagger",
    "tagger",
    "result",
    "evaluate",
    "offsets",
    "generated/prime",
    "generated/storage",
    "primed",
    "prime",
];

/// The header as `src/capi` would have it. `overlay` are files that are not yet written, by their paths from the top.
pub fn header(root: &Path, version: &str, scratch: &Path, overlay: &[(String, String)]) -> Result<String, String> {
    let config = cbindgen::Config::from_root_or_default(root);
    let mut parts = version.split('.');
    let mut part = || parts.next().unwrap_or("0");
    let constants = format!(
        "\n/* The version of this header. primer_abi_version() is that of the library. */\n\
         #define PRIMER_VERSION_MAJOR {}\n#define PRIMER_VERSION_MINOR {}\n#define PRIMER_VERSION_PATCH {}\n\
         #define PRIMER_VERSION \"{version}\"\n\
         #define PRIMER_ABI_VERSION ((PRIMER_VERSION_MAJOR << 16) | PRIMER_VERSION_MINOR)\n",
        part(),
        part(),
        part(),
    );
    let mut builder = cbindgen::Builder::new().with_config(config).with_after_include(constants);
    for source in SOURCES {
        let path = format!("src/capi/{source}.rs");
        let text = match overlay.iter().find(|(name, _)| *name == path) {
            Some((_, text)) => text.clone(),
            None => std::fs::read_to_string(root.join(&path)).map_err(|e| format!("{path}: {e}"))?,
        };
        let file = scratch.join(path.replace('/', "_"));
        std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
        builder = builder.with_src(file);
    }
    let mut header = Vec::new();
    builder.generate().map_err(|e| e.to_string())?.write(&mut header);
    String::from_utf8(header).map_err(|e| e.to_string())
}
