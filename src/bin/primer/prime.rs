//! `primer prime`: prepare a model for quick learning.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use primer::meta::{
    AlgorithmSettings, EpisodeHead, InnerScope, PrimeOptions, PrimeProgress, PrimeReport, Primed, Task, prime_team,
};
use primer::model::Storage;
use primer::output::{Paths, Written};
use primer::train::Stage;
use primer::{Adapter, Cancel, ErrorKind, Model};

use crate::args::{Common, MethodFlags, Prime};
use crate::console::{Failure, Outcome, bar, load_data, load_model_on, print_json};
use crate::import::block_type;
use crate::interrupt;
use crate::ranks::Ranks;

pub fn run(args: &Prime) -> Outcome {
    let ranks = Ranks::join()?;
    let done = prime(args, &ranks);
    ranks.end(done)
}

/// What a run is made of.
struct Prepared {
    tasks: Vec<Task>,
    dev: Vec<Task>,
    model: Model,
    options: PrimeOptions,
}

fn prepare(args: &Prime, common: &Common) -> Outcome<Prepared> {
    let mut options = options(args)?;
    let (tasks, dev) = (tasks(args, &args.tasks, "train")?, tasks(args, &args.dev, "dev")?);
    let model = load_model_on(&args.model, args.compute.place(), common)?;
    options.initial = args.from.as_ref().map(|path| Adapter::load(path, &model)).transpose()?;
    if options.head == EpisodeHead::Made && args.adapter_out.is_some() {
        let message = "--adapter-out does not go with --head made: the model carries what adaptation starts from";
        return Err(Failure::Other(message.to_owned()));
    }
    Ok(Prepared { tasks, dev, model, options })
}

fn prime(args: &Prime, ranks: &Ranks) -> Outcome {
    let common = ranks.common(&args.common);
    // Before minutes go by with reading.
    ranks.agree(if ranks.leads() { outputs(args).check_writable().map_err(Failure::from) } else { Ok(()) })?;
    let Prepared { tasks, dev, model, options } = ranks.agree(prepare(args, &common))?;
    let interrupt = interrupt::token();
    // With a checkpoint, the step under way is worth the wait; a launcher's other ranks may not be given the time.
    let patient = options.checkpoint.is_some() && ranks.team.size() == 1;
    let cancel = if patient { Cancel::new() } else { interrupt.clone() };
    let bar = bar(&common, options.steps as u64, "{msg} {bar:32} {pos}/{len}, {elapsed}");
    bar.set_message("preparing");
    let mut steps = 0;
    let mut observer = |p: &PrimeProgress| {
        if p.stage == Stage::Encode {
            bar.set_length(p.total as u64);
            bar.set_position(p.done as u64);
            bar.set_message("reading sentences");
            return if patient && interrupt.is_requested() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            };
        }
        steps = p.step;
        bar.set_length(p.steps as u64);
        bar.set_position(p.step as u64);
        bar.set_message(line(p));
        if bar.is_hidden() && !common.quiet && (p.step.is_multiple_of(25) || p.step == p.steps) {
            eprintln!("step {}/{}, {}, {:.2} s a step", p.step, p.steps, line(p), p.seconds / p.step as f64);
        }
        if patient && interrupt.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let primed = prime_team(&model, &tasks, &dev, &options, &*ranks.team, &mut observer, &cancel);
    bar.finish_and_clear();
    let primed = primed.map_err(|e| match e.kind() {
        ErrorKind::Cancelled => Failure::Interrupted(stopped(args, (steps, options.steps), &e)),
        _ => e.into(),
    })?;
    // All ranks have it; one writes it.
    if ranks.leads() { save(args, &primed) } else { Ok(()) }
}

/// What one rank writes.
fn outputs(args: &Prime) -> Paths {
    let mut paths = Paths::new();
    paths.writes("--out", &args.out, if args.folder { Written::Folder } else { Written::Replaced });
    args.adapter_out.iter().for_each(|path| paths.writes("--adapter-out", path, Written::Replaced));
    args.checkpoint.iter().for_each(|path| paths.writes("--checkpoint", path, Written::Replaced));
    args.log.iter().for_each(|path| paths.writes("--log", path, Written::Opened));
    paths
}

/// Where it stopped, and how to go on.
fn stopped(args: &Prime, (steps, all): (usize, usize), e: &primer::Error) -> String {
    let place = match steps {
        0 => "stopped".to_owned(),
        _ => format!("stopped after step {steps} of {all}"),
    };
    // Among several, it is worth knowing which one.
    let place = if e.message().starts_with("rank ") { format!("{place} ({e})") } else { place };
    match &args.checkpoint {
        Some(path) if path.exists() => format!("{place}; the same command goes on from {}", path.display()),
        Some(_) => format!("{place}, before the first checkpoint; the same command starts anew"),
        None => format!("{place}; nothing is kept without --checkpoint"),
    }
}

fn save(args: &Prime, primed: &Primed) -> Outcome {
    let (storage, card) =
        (Storage { embedding: block_type(args.embedding), encoder: block_type(args.encoder) }, BTreeMap::new());
    let written = match args.folder {
        true => primed.save_folder(&args.out, &card)?,
        false => primed.save(&args.out, &storage, &card)?,
    };
    if let Some(path) = &args.adapter_out {
        primed.adapter(&written)?.save(path)?;
    }
    if let Some(path) = &args.checkpoint {
        // It has done its work; that it cannot be removed harms nobody.
        let _ = std::fs::remove_file(path);
    }
    if args.common.json {
        return print_json(primed.report());
    }
    println!("{}", summary(primed.report()));
    println!("saved {} (fingerprint {})", args.out.display(), written.fingerprint());
    if let Some(path) = &args.adapter_out {
        println!("saved {}", path.display());
    }
    Ok(())
}

/// Losses, F1 and the time left.
fn line(p: &PrimeProgress) -> String {
    let query = p.query_loss.map(|loss| format!(", query {loss:.4}")).unwrap_or_default();
    let f1 = p.dev_f1.map(|f1| format!(", dev F1 {:.2}", 100.0 * f1)).unwrap_or_default();
    format!("support {:.4}{query}{f1}, {:.0} s left", p.support_loss, p.seconds_left)
}

fn summary(r: &PrimeReport) -> String {
    let mut lines = vec![format!(
        "primed on {} tasks in {} steps and {:.1} s ({} forward and {} backward passes, {} threads{})",
        r.tasks.len(),
        r.steps,
        r.seconds,
        r.compute.forward,
        r.compute.backward,
        r.threads,
        if r.ranks > 1 { format!(" of {} ranks", r.ranks) } else { String::new() }
    )];
    lines.extend(r.device.as_ref().map(|device| format!("computed on {device}")));
    if let Some(bytes) = r.peak_memory {
        lines.push(format!("peak memory {} MiB", bytes >> 20));
    }
    lines.extend(r.dev_f1.iter().map(|(name, f1)| format!("F1 of {name} without adaptation: {:.2}", 100.0 * f1)));
    lines.join("\n")
}

/// The options as they are given; the library decides the others. What can work with no model and no data is refused
/// before they are read.
fn options(args: &Prime) -> Outcome<PrimeOptions> {
    let plain = args.method.method.as_deref() == Some("full");
    // Plain MAML: what is beside the backbone is the head.
    let head = MethodFlags { method: Some("head".to_owned()), ..args.method.clone() };
    let mut options = PrimeOptions::new(crate::adapt::choice(if plain { &head } else { &args.method })?);
    args.training.apply(&mut options)?;
    let mut algorithm = AlgorithmSettings::default();
    args.algorithm.apply(&mut algorithm)?;
    algorithm.apply(&mut options)?;
    if plain {
        options.inner_scope = InnerScope::Everything;
    }
    options.precision = args.compute.precision.into();
    options.checkpoint = args.checkpoint.clone();
    options.log = args.log.clone();
    options.check()?;
    Ok(options)
}

/// Tasks from `[NAME=]PATH`; in folders, files are called `part` with any extension.
fn tasks(args: &Prime, given: &[String], part: &str) -> Outcome<Vec<Task>> {
    let mut tasks = Vec::new();
    let mut shares = 0;
    for text in given {
        let (text, share) = share_of(text)?;
        shares += usize::from(share.is_some());
        let (name, path) = match text.split_once('=') {
            // A path may hold the sign, too.
            Some((name, path)) if !Path::new(text).exists() => (Some(name), Path::new(path)),
            _ => (None, Path::new(text)),
        };
        let files = files(path, part)?;
        if files.is_empty() {
            return Err(Failure::Other(format!("{}: there is no file {part}.* in this folder", path.display())));
        }
        let weight = share.unwrap_or(1.0) / if share.is_some() { files.len() as f64 } else { 1.0 };
        for file in files {
            let name = match name {
                Some(name) if file == path || file.parent() == Some(path) => name.to_owned(),
                Some(prefix) => format!("{prefix}-{}", name_of(&file, part)),
                None => name_of(&file, part),
            };
            tasks.push(Task::new(name, load_data(&file, &args.reading)?).weighted(weight));
        }
    }
    match shares == 0 || shares == given.len() {
        true => Ok(tasks),
        false => Err(Failure::Other("either every --task has a @SHARE or none has".to_owned())),
    }
}

/// A task without its `@SHARE`, and the share.
fn share_of(text: &str) -> Outcome<(&str, Option<f64>)> {
    match text.rsplit_once('@') {
        // A path may hold the sign, too.
        Some((path, share)) if !Path::new(text).exists() => match share.parse::<f64>() {
            Ok(share) if share > 0.0 && share.is_finite() => Ok((path, Some(share))),
            _ => Err(Failure::Other(format!("{text}: the share behind @ must be a number above 0, such as 0.5"))),
        },
        _ => Ok((text, None)),
    }
}

/// The file itself, the one of a folder, or those of the folders in it.
fn files(path: &Path, part: &str) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let inside = |folder: &Path| -> Outcome<Vec<PathBuf>> {
        let unreadable = |e: std::io::Error| Failure::Other(format!("{}: cannot read: {e}", folder.display()));
        let entries = std::fs::read_dir(folder).map_err(unreadable)?;
        let mut paths = entries.map(|e| Ok(e.map_err(unreadable)?.path())).collect::<Outcome<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    let own = |folder: &Path| -> Outcome<Option<PathBuf>> {
        Ok(inside(folder)?.into_iter().find(|p| p.is_file() && p.file_stem().is_some_and(|s| s == part)))
    };
    if let Some(file) = own(path)? {
        return Ok(vec![file]);
    }
    let folders = inside(path)?.into_iter().filter(|p| p.is_dir());
    folders.map(|folder| own(&folder)).filter_map(Outcome::transpose).collect()
}

/// The file's name without its extension; for `train.conll` and such that of its folder.
fn name_of(file: &Path, part: &str) -> String {
    let text = |name: Option<&std::ffi::OsStr>| name.map(|n| n.to_string_lossy().into_owned());
    let stem = text(file.file_stem()).unwrap_or_default();
    let folder = text(file.parent().and_then(Path::file_name)).filter(|_| stem == part);
    folder.unwrap_or(stem)
}
