//! Folders of other libraries: Hugging Face PEFT for LoRA, AdapterHub for bottleneck adapters.
//!
//! Both store flags that this library does not have. A flag that would change the numbers is refused by name; none is
//! ignored because it is unknown.

pub mod adapterhub;
pub mod huggingface;
mod labels;

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;
use serde_json::{Map, Value};

use super::parameters::Tensors;
use super::{Adapter, file};
use crate::data::TagSet;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::output::{Written, check_folder, check_writable};
use crate::save::save_atomically;

/// Reads a folder of whichever library its configuration is of.
pub(crate) fn load(folder: &Path, model: &Model, tags: Option<&TagSet>) -> Result<Adapter> {
    let config = read_json(&folder.join("adapter_config.json"))?;
    match config.contains_key("peft_type") {
        true => huggingface::load(folder, model, tags),
        false => adapterhub::load(folder, model, tags),
    }
}

/// A JSON object out of a folder's file.
fn read_json(path: &Path) -> Result<Map<String, Value>> {
    let bytes = file::read(path)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::format("not a JSON object").in_file(path)),
        Err(e) => Err(Error::format(format!("not JSON: {e}")).in_file(path)),
    }
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

fn write_tensors(path: &Path, tensors: &Tensors) -> Result<()> {
    // Both libraries refuse files that do not name the framework.
    let bytes = file::serialize(tensors.clone(), HashMap::from([("format".to_owned(), "pt".to_owned())]))?;
    save_atomically(path, |f| std::io::Write::write_all(f, &bytes))
}

/// A configuration object whose every field must be asked for.
struct Fields<'a> {
    path: &'a Path,
    map: Map<String, Value>,
}

impl<'a> Fields<'a> {
    fn read(path: &'a Path) -> Result<Fields<'a>> {
        Ok(Fields { map: read_json(path)?, path })
    }

    fn error(&self, name: &str, value: &Value, wanted: &str) -> Error {
        Error::unsupported(format!("{name:?} is {value}; {wanted}")).in_file(self.path)
    }

    /// Takes a field; a missing one is `null`.
    fn take(&mut self, name: &str) -> Value {
        self.map.remove(name).unwrap_or(Value::Null)
    }

    /// A field without influence on the numbers.
    fn ignore(&mut self, names: &[&str]) {
        names.iter().for_each(|name| drop(self.map.remove(*name)));
    }

    /// A field that must be missing or have one of these values.
    fn expect(&mut self, name: &str, allowed: &[Value]) -> Result<()> {
        let value = self.take(name);
        if value.is_null() || allowed.contains(&value) {
            return Ok(());
        }
        let allowed = allowed.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(" or ");
        Err(self.error(name, &value, &format!("supported: {allowed}")))
    }

    fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        match self.take(name) {
            Value::Null => Ok(default),
            Value::Bool(b) => Ok(b),
            other => Err(self.error(name, &other, "true or false expected")),
        }
    }

    fn number(&mut self, name: &str, default: Option<f64>) -> Result<f64> {
        match (self.take(name), default) {
            (Value::Null, Some(default)) => Ok(default),
            (value, _) => value.as_f64().ok_or_else(|| self.error(name, &value, "a number is expected")),
        }
    }

    fn count(&mut self, name: &str) -> Result<usize> {
        let value = self.take(name);
        value.as_u64().map(|n| n as usize).ok_or_else(|| self.error(name, &value, "a whole number is expected"))
    }

    /// Refuses what nobody asked for.
    fn finish(self) -> Result<()> {
        match self.map.iter().next() {
            Some((name, value)) => Err(self.error(name, value, "this setting is not known here")),
            None => Ok(()),
        }
    }
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
