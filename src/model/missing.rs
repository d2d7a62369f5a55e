//! Hugging Face folders that lack a file that is read: what they hold instead, and what can be done.

use std::path::Path;

use crate::error::Error;
use crate::foreign::{SAVE_AGAIN, UNPICKLE};

/// What may stand in place of weights: a file's name or its end, and what it is.
const WEIGHTS: [(&str, &str); 7] = [
    ("pytorch_model.bin", "PyTorch pickles"),
    (".bin", "PyTorch pickles"),
    ("tf_model.h5", "TensorFlow weights"),
    ("flax_model.msgpack", "Flax weights"),
    (".ckpt.index", "TensorFlow weights"),
    (".onnx", "an ONNX model"),
    (".gguf", "a GGUF file"),
];

/// What may stand in place of a `tokenizer.json`.
const TOKENIZERS: [(&str, &str); 7] = [
    ("sentencepiece.bpe.model", "a SentencePiece model"),
    ("spiece.model", "a SentencePiece model"),
    ("spm.model", "a SentencePiece model"),
    ("tokenizer.model", "a SentencePiece model"),
    ("merges.txt", "a byte-level BPE vocabulary"),
    ("bpe.codes", "a BPE vocabulary"),
    ("vocab.txt", "a vocabulary"),
];

/// Why `folder` has no `model.safetensors`, where it has weights in another form.
pub(super) fn weights(folder: &Path) -> Option<Error> {
    let (file, what) = found(folder, &WEIGHTS)?;
    let remedy = match what {
        "PyTorch pickles" => {
            format!("which are not opened, since that can run code. Save the model again: {SAVE_AGAIN}; or {UNPICKLE}")
        }
        "a GGUF file" => "give the file itself if `primer import` wrote it".to_owned(),
        _ => format!("which are not read. Save the model again: {SAVE_AGAIN}"),
    };
    Some(
        Error::unsupported(format!("the folder has no model.safetensors, but {file}: {what}, {remedy}"))
            .in_file(folder),
    )
}

/// Why `folder` has no `tokenizer.json`, where it has a tokenizer in another form.
pub(super) fn tokenizer(folder: &Path) -> Option<Error> {
    let (file, what) = found(folder, &TOKENIZERS)?;
    let message = format!("the folder has no tokenizer.json, but {file}: {what}, which alone is not read");
    Some(Error::unsupported(format!("{message}. Save the tokenizer again: {SAVE_AGAIN}")).in_file(folder))
}

/// Why `folder` has no `config.json`, where something tells what it is.
pub(super) fn config(folder: &Path) -> Option<Error> {
    let at = |name: &str| folder.join(name).exists();
    let message = if at("adapter_config.json") {
        "this is the folder of an adapter, not of a model: give the model by --model and this folder by --adapter"
            .to_owned()
    } else if let Some(inner) = subfolder_with(folder, "config.json") {
        format!("the folder has no config.json, but its folder {inner} has: give that one")
    } else if let Some((file, _)) = found(folder, &[(".gguf", "")]) {
        format!("a folder with {file}, but without config.json: give the file itself")
    } else if at("model.safetensors") || at("tokenizer.json") || found(folder, &WEIGHTS).is_some() {
        "the folder has no config.json: it belongs to every Hugging Face model, beside the weights".to_owned()
    } else {
        return None;
    };
    Some(Error::format(message).in_file(folder))
}

/// The one folder in `folder` that holds `file`, by name.
pub(crate) fn subfolder_with(folder: &Path, file: &str) -> Option<String> {
    let inside = std::fs::read_dir(folder).ok()?.flatten().filter(|e| e.path().join(file).is_file());
    let mut names: Vec<String> = inside.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    (names.len() == 1).then(|| names.swap_remove(0))
}

/// The first of `known` that is in `folder`: the file's name there and what it is.
fn found(folder: &Path, known: &[(&str, &'static str)]) -> Option<(String, &'static str)> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).ok()?.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    // Training leaves pickles that are no weights.
    let is_weight = |n: &&String| !["training_args.bin", "optimizer.bin", "scheduler.bin"].contains(&n.as_str());
    known.iter().find_map(|(end, what)| {
        names
            .iter()
            .filter(is_weight)
            .find(|n| n.as_str() == *end || end.starts_with('.') && n.ends_with(end))
            .map(|n| (n.clone(), *what))
    })
}
