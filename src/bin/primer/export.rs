//! `primer export`: an adapter as a folder of another library, or a model with it as an ONNX file.

use std::path::Path;

use primer::peft::{adapterhub, huggingface};
use primer::{Adapter, ErrorKind, Scheme, TagSet};

use crate::args::{Export, Folder};
use crate::console::{Failure, Outcome, load_model};
#[cfg(feature = "onnx")]
use crate::interrupt;

pub fn run(args: &Export) -> Outcome {
    let model = load_model(&args.model, &args.common)?;
    let adapter = match args.types.is_empty() {
        true => Adapter::load(&args.adapter, &model)?,
        false => {
            let load = |scheme| {
                let tags = TagSet::new(scheme, args.types.clone())?;
                Adapter::load_folder(&args.adapter, &model, Some(&tags))
            };
            // The number of the head's rows tells which scheme it is.
            match load(Scheme::Iob2) {
                Err(e) if e.kind() == ErrorKind::Mismatch => load(Scheme::Bioes).map_err(|_| e)?,
                read => read?,
            }
        }
    };
    let out = match (&args.onnx, args.format, &args.out) {
        (Some(path), ..) => {
            onnx(&adapter, path)?;
            path
        }
        (None, Some(Folder::Peft), Some(out)) => {
            huggingface::save(&adapter, &model, out)?;
            out
        }
        (None, Some(Folder::Adapterhub), Some(out)) => {
            adapterhub::save(&adapter, &model, "ner", out)?;
            out
        }
        _ => return Err(Failure::Other("neither --onnx nor --format with --out is given".to_owned())),
    };
    println!("saved {}", out.display());
    Ok(())
}

#[cfg(feature = "onnx")]
fn onnx(adapter: &Adapter, path: &Path) -> Outcome {
    primer::onnx::export_cancellable(adapter, path, &interrupt::token()).map_err(interrupt::or_failure)
}

#[cfg(not(feature = "onnx"))]
fn onnx(_: &Adapter, _: &Path) -> Outcome {
    Err(Failure::Other("this program was built without the feature \"onnx\"".to_owned()))
}
