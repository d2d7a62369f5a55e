//! What a training run starts from.

use std::time::Instant;

use candle_core::Device;

use super::checkpoint::Checkpoint;
use super::counters::Counters;
use super::dev::Dev;
use super::difference::difference;
use super::examples::Examples;
use super::identity::RunIdentity;
use super::made_head::rows_of;
use super::min_score::{MinScore, min_scores};
use super::optimizer::{AdamConfig, AdamW, Rates};
use super::prefix::Prefix;
use super::progress::{Count, Counter, Stage};
use super::report::file_name;
use super::resolve::ResolvedAdapt;
use super::run::Run;
use super::schedule::Schedule;
use super::warm_start::{warm_head, warm_rows, warm_start};
use crate::cancel::Cancel;
use crate::data::{Dataset, TagSet};
use crate::error::Result;
use crate::model::{Model, layer_of};
use crate::peft::{FULL_ROWS, HEAD_BIAS, HEAD_WEIGHT, Parameters, Tensors, TrainingReport, build};
use crate::start::{HeadMaker, MadeHead, StartChoice};

impl<'a> Run<'a> {
    pub(super) fn start(
        model: &'a Model,
        (train, examples): (Option<&Dataset>, Examples),
        dev: Option<&'a Dataset>,
        options: &'a ResolvedAdapt,
        (tags, shots): (TagSet, Vec<usize>),
        counter: &mut Counter,
        cancel: &'a Cancel,
    ) -> Result<Run<'a>> {
        let begun = Instant::now();
        let mut pieces = examples.pieces();
        let counters = Counters::new(RunIdentity::of(model, &examples, dev, options)?);
        // Before anything is computed that a checkpoint of another run would make vain.
        let resumed = match &options.checkpoint {
            Some(path) => {
                Checkpoint::load(path, options.restart, |c: &Counters| difference(&c.identity, &counters.identity))?
            }
            None => None,
        };
        let initial = match &options.initial {
            Some(adapter) => {
                adapter.belongs_to(model)?;
                let mut start = warm_start(adapter, &options.method, &tags, model.config().hidden, options.seed)?;
                if let Some((all, rows)) = warm_rows(adapter, model, &pieces)? {
                    start.insert(FULL_ROWS.into(), rows);
                    pieces = all;
                }
                start
            }
            None => match &options.initial_head {
                Some(adapter) => {
                    adapter.belongs_to(model)?;
                    warm_head(adapter, &tags, model.config().hidden, options.seed)?
                }
                // Without a head: that is made of the types.
                None if options.start == StartChoice::Auto => {
                    model.start().map(|start| start.phi().clone()).unwrap_or_default()
                }
                None => Tensors::new(),
            },
        };
        let encoder = model.placed(options.precision)?;
        let mut parameters = Parameters::train(options.seed, initial).on(&encoder.place().device);
        let mut built = build(&options.method, encoder, tags.len(), &pieces, &mut parameters)?;
        let mut vars = parameters.into_vars();
        let maker = HeadMaker {
            model,
            encoder,
            adaptation: &built.adaptation,
            start: model
                .start()
                .filter(|start| start.fits(&options.method))
                .filter(|_| options.start == StartChoice::Auto || options.initial.is_some()),
            cancel,
        };
        let made = options.make_head(&maker, &tags, &examples, counter)?;
        let initial = options.initial.as_ref().or(options.initial_head.as_ref());
        let mut min_score = None;
        if let Some(made) = &made {
            // Training changes what scores mean, and dev data tell better what an adapter finds.
            if options.epochs == 0 && dev.is_none() {
                let old = rows_of(&vars)?;
                let beside = initial.map(|adapter| (adapter, &old));
                min_score = MinScore::choose(&maker, made, &tags, &examples, beside, counter)?;
            }
            made.put(&vars, &tags, initial)?;
        }
        let frozen = options.frozen_layers(model.config());
        // What the method has below the trained layers stays as it starts; so does what stands in no layer.
        let still = vars.extract_if(.., |name, _| {
            options.keeps_lower(model.config()) && !is_head(name) && layer_of(name).is_none_or(|layer| layer < frozen)
        });
        for (name, var) in still {
            built.constants.insert(name, var.as_detached_tensor().to_device(&Device::Cpu)?);
        }
        let windows: Vec<_> = examples.sentences.iter().flatten().map(|s| &s.window).collect();
        let kept = options.cache.filter(|_| frozen > 0).map(|limit| (&built, frozen, limit));
        let prefix = match kept {
            Some((built, layers, limit)) => {
                let mut count = |done, total| counter.count(Stage::Prefix, done, total);
                let means = (model.pool(), cancel, &mut count as Count);
                Prefix::compute(encoder, built, &windows, layers, limit, means)?
            }
            None => None,
        };
        let dev_set = dev.map(|data| Dev::encode(model, encoder, data, kept, cancel, counter)).transpose()?;
        let rates = |name: &str| Rates {
            learning: if is_head(name) { options.head_learning_rate } else { options.learning_rate },
            decay: options.weight_decay,
        };
        let optimizer = AdamW::new(vars, AdamConfig::default(), rates)?;
        let min_scores = min_scores(min_score.as_ref(), &tags, initial, train.map_or(&[], Dataset::types));
        let decisions = options.decisions.iter().cloned().chain(made.iter().flat_map(MadeHead::decisions));
        let report = TrainingReport {
            data: train.map_or_else(String::new, |train| file_name(train.name())),
            sentences: train.map_or(0, Dataset::len),
            cut_spans: train.map_or(0, |train| train.cut_spans().count),
            shots,
            seed: options.seed,
            threads: model.pool().current_num_threads(),
            parameters: optimizer.parameters(),
            learning_rate: options.learning_rate,
            head_learning_rate: options.head_learning_rate,
            batch_size: options.batch_size,
            options: decisions.chain(min_score.iter().map(MinScore::decision)).collect(),
            ..TrainingReport::default()
        };
        // By pieces, the number of updates depends on the order of the sentences.
        let updates = match options.batch_pieces {
            None => options.epochs * examples.batches(1, options).len(),
            Some(_) => (1..=options.epochs).map(|epoch| examples.batches(epoch, options).len()).sum(),
        };
        let schedule = Schedule::new(updates, options.warmup);
        let best = Tensors::new();
        Ok(Run {
            model,
            encoder,
            options,
            dev: dev_set,
            cancel,
            tags,
            examples,
            prefix,
            built,
            optimizer,
            schedule,
            best,
            min_scores,
            counters,
            resumed,
            report,
            begun,
        })
    }
}

fn is_head(parameter: &str) -> bool {
    parameter == HEAD_WEIGHT || parameter == HEAD_BIAS
}
