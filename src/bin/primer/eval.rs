//! `primer eval`: how good an adapter is.

use std::io::{self, Write};

use primer::tag::{Score, evaluate_with};

use crate::args::Eval;
use crate::console::{Outcome, bar, load_data, load_tagger, print_json};
use crate::interrupt;

pub fn run(args: &Eval) -> Outcome {
    let loaded = load_tagger(&args.model, args.adapter.as_deref(), &args.engine, &args.common)?;
    let data = load_data(&args.data, &args.reading)?;
    let bar = bar(&args.common, data.len() as u64, "tagging {bar:32} {pos}/{len} sentences, {eta} left");
    let mut observer = |done: usize| bar.set_position(done as u64);
    let cancel = interrupt::token();
    let evaluation = evaluate_with(&loaded.tagger, loaded.adapter.as_ref(), &data, &mut observer, &cancel);
    bar.finish_and_clear();
    let evaluation = evaluation.map_err(interrupt::or_failure)?;
    if args.common.json {
        return print_json(&evaluation);
    }
    let mut out = io::stdout().lock();
    let width = evaluation.default.types.keys().map(|t| t.chars().count()).max().unwrap_or(0).max("strict micro".len());
    writeln!(out, "{:width$}  precision  recall      F1  entities", "")?;
    let mut row = |name: &str, s: &Score| {
        let [p, r, f] = [s.precision, s.recall, s.f1].map(|x| 100.0 * x);
        writeln!(out, "{name:width$}  {p:9.2}  {r:6.2}  {f:6.2}  {:8}", s.support)
    };
    for (name, score) in &evaluation.default.types {
        row(name, score)?;
    }
    row("micro", &evaluation.default.micro)?;
    row("macro", &evaluation.default.macro_)?;
    row("strict micro", &evaluation.strict.micro)?;
    writeln!(out, "{} sentences", evaluation.sentences)?;
    match evaluation.cut_spans {
        0 => Ok(()),
        cut => Ok(writeln!(out, "{cut} of the entities cut a word and count as missed")?),
    }
}
