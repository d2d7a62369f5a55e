//! Folders of other libraries: Hugging Face PEFT for LoRA and (IA)³, AdapterHub for bottleneck adapters.
//!
//! Both store flags that this library does not have. A flag that would change the numbers is refused by name; none is
//! ignored because it is unknown.

pub mod adapterhub;
mod fields;
mod heads;
pub mod huggingface;
mod lora_config;
mod lora_tensors;
mod model_card;
mod modules;
mod own_head;

pub(super) use fields::Fields;
pub(super) use huggingface::{PeftConfig, Stored};
pub(super) use lora_config::LoraConfig;
pub(super) use modules::{Modules, Targets};

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use serde_json::{Map, Value};

use super::parameters::Tensors;
use super::{Adapter, file};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::foreign::{Foreign, UNPICKLE};
use crate::model::{Model, subfolder_with};
use crate::output::{Written, check_folder, check_writable};
use crate::save::save_atomically;

/// The configuration's name, the same in both libraries.
const CONFIG: &str = "adapter_config.json";

/// Reads a folder of whichever library its configuration is of, or the tag head of a Hugging Face model's folder.
pub(crate) fn load(folder: &Path, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let path = folder.join(CONFIG);
    if !path.exists() {
        if folder.join("config.json").exists() {
            return own_head::load(folder, model, tags);
        }
        let message = match subfolder_with(folder, CONFIG) {
            Some(inner) => {
                format!("cannot open: there is no such file, but the folder {inner} has one: give that folder")
            }
            None => {
                "cannot open: there is no such file, and so no adapter of PEFT or AdapterHub in the folder".to_owned()
            }
        };
        return Err(Error::new(ErrorKind::Io, message).in_file(path));
    }
    match read_json(&path)?.contains_key("peft_type") {
        true => huggingface::load(folder, model, tags),
        false => adapterhub::load(folder, model, tags),
    }
}

/// A JSON object out of a folder's file.
fn read_json(path: &Path) -> Result<Map<String, Value>> {
    match read_json_value(path)? {
        Value::Object(map) => Ok(map),
        _ => Err(Error::format("not a JSON object").in_file(path)),
    }
}

fn read_json_value(path: &Path) -> Result<Value> {
    let bytes = file::read(path)?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Foreign::or(&bytes, "JSON", Error::format(format!("not JSON: {e}"))).in_file(path))
}

/// Makes a folder to write to, unless it is there, and finds out whether that can be done without loss.
fn make_folder(folder: &Path) -> Result<()> {
    check_folder(folder).and_then(|()| check_writable(folder, Written::Folder))?;
    std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, e))
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|e| Error::new(ErrorKind::Compute, format!("cannot write JSON: {e}")))?;
    text.push(b'\n');
    save_atomically(path, |f| std::io::Write::write_all(f, &text))
}

fn read_tensors(path: &Path) -> Result<Tensors> {
    file::tensors(&file::read(path)?).map_err(|e| e.in_file(path))
}

/// The tensors of the file at `path`. Where there is none, but one of the PyTorch pickles `instead` beside it, the error
/// says how to convert it.
fn read_weights(path: &Path, instead: &[&str]) -> Result<Tensors> {
    let folder = path.parent().unwrap_or(path);
    let pickle = instead.iter().find(|name| folder.join(name).exists());
    match pickle.filter(|_| !path.exists()) {
        None => read_tensors(path),
        Some(pickle) => {
            let wanted = path.file_name().unwrap_or_default().to_string_lossy();
            let message = format!(
                "the folder has no {wanted}, but {pickle}: a PyTorch pickle, which is not opened, since that \
                can run code. Convert it to {wanted}, {UNPICKLE}"
            );
            Err(Error::unsupported(message).in_file(folder))
        }
    }
}

fn write_tensors(path: &Path, tensors: &Tensors) -> Result<()> {
    // Both libraries refuse files that do not name the framework.
    let bytes = file::serialize(tensors.clone(), HashMap::from([("format".to_owned(), "pt".to_owned())]))?;
    save_atomically(path, |f| std::io::Write::write_all(f, &bytes))
}

/// Takes the tensor `name` out of `tensors`.
fn take(tensors: &mut Tensors, name: &str) -> Result<Tensor> {
    tensors.remove(name).ok_or_else(|| Error::format("the adapter lacks a tensor").about_tensor(name))
}

/// Refuses tensors that are left over.
fn none_left(tensors: &Tensors) -> Result<()> {
    match tensors.keys().next() {
        Some(name) => {
            Err(Error::format("the adapter holds a tensor that has no place here").about_tensor(name.clone()))
        }
        None => Ok(()),
    }
}
