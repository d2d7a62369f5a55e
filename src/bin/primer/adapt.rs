//! `primer adapt`: learn entity types from labelled sentences.

use std::ops::ControlFlow;

use primer::peft::Card;
use primer::train::{Stage, adapt_by_name, adapt_observed};
use primer::{AdaptOptions, Adapter, ErrorKind, MethodChoice, MethodSettings, Progress};

use crate::args::{Adapt, MethodFlags};
use crate::console::{Failure, Outcome, bar, computed_on, load_data, load_model_on, print_json};
use crate::interrupt;

pub fn run(args: &Adapt) -> Outcome {
    let place = args.compute.place();
    let mut options = options(args)?;
    let model = load_model_on(&args.model, place, &args.common)?;
    let train = args.train.as_deref().map(|path| load_data(path, &args.reading)).transpose()?;
    let dev = args.dev.as_deref().map(|path| load_data(path, &args.reading)).transpose()?;
    options.initial = args.from.as_ref().map(|path| Adapter::load(path, &model)).transpose()?;
    let template = "{msg} {bar:32} {pos}/{len}, {elapsed} ({eta} left)";
    let bar = bar(&args.common, 0, template);
    bar.set_message(if dev.is_some() { "measuring the start" } else { "preparing" });
    let mut epochs = (0, 0);
    let mut observer = |p: &Progress| {
        if let Some(message) = preparing(p) {
            bar.set_length(p.total as u64);
            bar.set_position(p.done as u64);
            bar.set_message(message);
            return ControlFlow::Continue(());
        }
        if p.stage == Stage::Start || p.step == 1 {
            // Estimates are those of updates.
            bar.reset_elapsed();
            bar.reset_eta();
        }
        epochs = (p.epoch, p.epochs);
        bar.set_length(p.steps as u64);
        bar.set_position(p.step as u64);
        let f1 = p.best_f1.map(|f1| format!(", best F1 {:.2}", 100.0 * f1)).unwrap_or_default();
        bar.set_message(format!("epoch {}/{}, loss {:.4}{f1}", p.epoch, p.epochs, p.loss));
        if p.stage == Stage::Epoch && bar.is_hidden() && !args.common.quiet {
            let dev =
                p.dev_f1.filter(|_| dev.is_some()).map(|f1| format!(", dev F1 {:.2}", 100.0 * f1)).unwrap_or_default();
            let (epoch, epochs, loss, seconds) = (p.epoch, p.epochs, p.loss, p.seconds);
            eprintln!("epoch {epoch}/{epochs}, loss {loss:.4}{dev}, {seconds:.0} s");
        }
        ControlFlow::Continue(())
    };
    let cancel = interrupt::token();
    let adapter = match &train {
        Some(train) => adapt_observed(&model, train, dev.as_ref(), &options, &mut observer, &cancel),
        None => adapt_by_name(&model, dev.as_ref(), &options, &mut observer, &cancel),
    };
    bar.finish_and_clear();
    let adapter = adapter.map_err(|e| match e.kind() {
        ErrorKind::Cancelled => Failure::Interrupted(stopped(args, epochs)),
        _ => e.into(),
    })?;
    adapter.save(&args.out)?;
    if args.common.json {
        return print_json(adapter.card());
    }
    println!("{}", summary(adapter.card(), &computed_on(model.device(), place.precision)));
    println!("saved {}", args.out.display());
    Ok(())
}

/// What goes on before the first update.
fn preparing(p: &Progress) -> Option<&'static str> {
    match p.stage {
        Stage::Encode => Some("reading sentences"),
        Stage::Prefix => Some("computing what is not trained"),
        _ => None,
    }
}

/// Where it stopped, and how to go on.
fn stopped(args: &Adapt, (epoch, epochs): (usize, usize)) -> String {
    let place = match epoch {
        0 => "stopped".to_owned(),
        _ => format!("stopped in epoch {epoch} of {epochs}"),
    };
    match &args.checkpoint {
        Some(path) if path.exists() => format!("{place}; the same command goes on after the last whole epoch"),
        Some(_) => format!("{place}, before the first checkpoint; the same command starts anew"),
        None => format!("{place}; nothing is kept without --checkpoint"),
    }
}

/// The options as they are given; the library decides the others. What can work with no model and no data is refused
/// before they are read.
fn options(args: &Adapt) -> Outcome<AdaptOptions> {
    let mut options = AdaptOptions::new(choice(&args.method)?);
    args.training.apply(&mut options)?;
    options.precision = args.compute.precision.into();
    options.checkpoint = args.checkpoint.clone();
    for given in &args.descriptions {
        let described = given.split_once('=').and_then(|(kind, text)| {
            let at = options.types.iter().position(|known| known == kind.trim())?;
            Some((at, text.trim().to_owned()))
        });
        let Some((at, text)) = described else {
            let message = format!("--description {given:?} is not TYPE=TEXT with a type that --types names");
            return Err(Failure::Other(message));
        };
        options.descriptions.resize(options.types.len(), String::new());
        options.descriptions[at] = text;
    }
    options.check()?;
    Ok(options)
}

/// The method that flags name, with what they give of its settings.
pub fn choice(flags: &MethodFlags) -> primer::Result<MethodChoice> {
    let mut settings = MethodSettings::default();
    flags.apply(&mut settings)?;
    Ok(match flags.method.as_deref() {
        Some("initial") if settings == MethodSettings::default() => MethodChoice::Initial,
        name => MethodChoice::Named { name: name.unwrap_or("adapter").to_owned(), settings },
    })
}

/// A few lines about a training run; the first ends with `place`.
pub fn summary(card: &Card, place: &str) -> String {
    let Some(t) = &card.training else { return "no record of the training".to_owned() };
    if t.sentences == 0 && t.steps == 0 {
        let (method, types) = (card.method.name(), card.tags.types().join(", "));
        let f1 = t.initial_f1.map(|f1| format!("; dev F1 {:.2}", 100.0 * f1)).unwrap_or_default();
        return format!("{method} with {} parameters finds {types} by their names alone{f1}", t.parameters);
    }
    let mut lines = vec![format!(
        "{} with {} parameters learnt {} from {} sentences in {} steps and {:.1} s (seed {}, {} threads{place})",
        card.method.name(),
        t.parameters,
        card.tags.types().join(", "),
        t.sentences,
        t.steps,
        t.seconds,
        t.seed,
        t.threads
    )];
    if t.cut_spans > 0 {
        lines.push(format!("{} entities of the training data cut a word and were learnt as whole words", t.cut_spans));
    }
    if let Some(bytes) = t.peak_memory {
        lines.push(format!("peak memory {} MiB", bytes >> 20));
    }
    if let Some(start) = t.initial_f1 {
        let best = t.best_epoch.checked_sub(1).and_then(|e| t.epochs.get(e)).and_then(|e| e.dev_f1).unwrap_or(start);
        let (start, best, epoch) = (100.0 * start, 100.0 * best, t.best_epoch);
        lines.push(format!("dev F1 {start:.2} before, {best:.2} after epoch {epoch}, which was kept"));
    }
    lines.join("\n")
}
