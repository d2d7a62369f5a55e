//! `primer export`: an adapter as a folder of another library.

use primer::peft::{adapterhub, huggingface};
use primer::{Adapter, Scheme, TagSet};

use crate::args::{Export, Folder};
use crate::console::{Outcome, load_model};

pub fn run(args: &Export) -> Outcome {
    let model = load_model(&args.model, &args.common)?;
    let adapter = match args.types.is_empty() {
        true => Adapter::load(&args.adapter, &model)?,
        false => {
            let tags = TagSet::new(Scheme::Iob2, args.types.clone())?;
            Adapter::load_folder(&args.adapter, &model, Some(&tags))?
        }
    };
    match args.format {
        Folder::Peft => huggingface::save(&adapter, &model, &args.out)?,
        Folder::Adapterhub => adapterhub::save(&adapter, &model, "ner", &args.out)?,
    }
    println!("saved {}", args.out.display());
    Ok(())
}
