//! From options of priming as they are given to options as a run has them.

use std::path::PathBuf;

use super::options::{Algorithm, EpisodeHead, InnerRate, InnerScope, OuterScope, PrimeOptions};
use crate::data::Scheme;
use crate::decision::{Decision, Decisions, GIVEN};
use crate::error::{Error, OptionName, Result};
use crate::limits;
use crate::model::Config;
use crate::peft::{Adapter, Method, OF_INITIAL};
use crate::precision::Precision;
use crate::train::resolve::learnable;

/// Options of a priming run: nothing is left to be decided. Their meaning is that of the fields of [`PrimeOptions`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedPrime {
    /// The method that the device will use, with all its settings.
    pub method: Method,
    /// How the backbone is trained.
    pub algorithm: Algorithm,
    /// What an episode tags.
    pub head: EpisodeHead,
    /// Share of the episodes with support sentences whose head is made without names.
    pub nameless: f64,
    /// Tokens of a sentence that an episode of types takes at most.
    pub episode_tokens: usize,
    /// What the inner steps change.
    pub inner_scope: InnerScope,
    /// What the outer updates change.
    pub outer_scope: OuterScope,
    /// The number of inner steps.
    pub inner_steps: usize,
    /// Step size of the inner gradient descent.
    pub inner_rate: InnerRate,
    /// Whether every inner step sees support sentences of its own.
    pub fresh_support: bool,
    /// Whether every episode starts from newly drawn parameters of the method.
    pub redraw: bool,
    /// Whether the query loss counts after every inner step.
    pub multi_step_loss: bool,
    /// Support sentences of an episode, for each inner step.
    pub support: usize,
    /// Query sentences of an episode.
    pub query: usize,
    /// Episodes of an outer update.
    pub episodes: usize,
    /// Outer updates.
    pub steps: usize,
    /// How tasks are drawn.
    pub temperature: f64,
    /// Peak learning rate of the encoder's layers.
    pub encoder_rate: f64,
    /// Peak learning rate of the embeddings.
    pub embedding_rate: f64,
    /// Peak learning rate of the method's parameters and the head.
    pub method_rate: f64,
    /// A layer's rate as a share of that of the layer above.
    pub layer_decay: f64,
    /// AdamW's weight decay, for the encoder's layers alone.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rates rise.
    pub warmup: f64,
    /// Largest norm of an update's gradient; 0 for no clipping.
    pub clip: f64,
    /// Pieces that go through the encoder at once.
    pub micro_batch_pieces: usize,
    /// In what numbers the model computes.
    pub precision: Precision,
    /// How tags are written.
    pub scheme: Scheme,
    /// The entity types, in the order of the head's rows.
    pub types: Vec<String>,
    /// The adapter to start from.
    pub initial: Option<Adapter>,
    /// Seed of initialisation and episodes.
    pub seed: u64,
    /// Updates from one look at the dev tasks to the next; 0 for none but the last.
    pub evaluate_every: usize,
    /// A file that keeps the state.
    pub checkpoint: Option<PathBuf>,
    /// Starts anew where it exists.
    pub restart: bool,
    /// Updates from one checkpoint to the next.
    pub checkpoint_every: usize,
    /// A file that gets a line for every update.
    pub log: Option<PathBuf>,
    /// A name for the cards.
    pub name: String,
    /// Every option that can change what comes of the run, with its value and why it has it.
    pub decisions: Vec<Decision>,
}

impl PrimeOptions {
    /// Refuses what can work on no backbone and with no tasks: numbers out of range, options that exclude each other,
    /// settings of another method.
    ///
    /// # Errors
    /// `InvalidArgument`, naming option, value and range.
    pub fn check(&self) -> Result<()> {
        self.method.check()?;
        limits::INNER_STEPS.check(self.inner_steps)?;
        limits::SUPPORT.check(self.support)?;
        limits::QUERY.check(self.query)?;
        limits::EPISODES.check(self.episodes)?;
        limits::STEPS.check(self.steps)?;
        limits::MICRO_BATCH_PIECES.check(self.micro_batch_pieces)?;
        limits::CHECKPOINT_EVERY.check(self.checkpoint_every)?;
        limits::LAYER_DECAY.check(self.layer_decay)?;
        limits::INNER_RATE.check(self.inner_rate.start())?;
        limits::ENCODER_RATE.check(self.encoder_rate)?;
        limits::EMBEDDING_RATE.check(self.embedding_rate)?;
        limits::METHOD_RATE.check(self.method_rate)?;
        limits::WEIGHT_DECAY.check(self.weight_decay)?;
        limits::CLIP.check(self.clip)?;
        limits::WARMUP.check(self.warmup)?;
        limits::TEMPERATURE.check(self.temperature)?;
        limits::NAMELESS.check(self.nameless)?;
        limits::EPISODE_TOKENS.check(self.episode_tokens)?;
        if self.head == EpisodeHead::Made && self.algorithm != Algorithm::MultiTask {
            let (head, algorithm) = (OptionName("head"), OptionName("algorithm"));
            let message = format!("{head} is made, which goes without inner steps: {algorithm} must be multi_task");
            return Err(Error::option(&message));
        }
        if let Algorithm::Reptile(rate) = self.algorithm {
            limits::REPTILE_RATE.check(rate)?;
        }
        if let InnerRate::Learnt { rate, .. } = self.inner_rate {
            limits::LEARN_INNER_RATE.check(rate)?;
            if !matches!(self.algorithm, Algorithm::Maml(_)) {
                let (learnt, algorithm) = (OptionName("learn_inner_rate"), OptionName("algorithm"));
                let message =
                    format!("{learnt} is given, but inner rates can be learnt by MAML alone: change {algorithm}");
                return Err(Error::option(&message));
            }
        }
        if self.redraw && self.outer_scope == OuterScope::Phi {
            let (redraw, scope) = (OptionName("redraw"), OptionName("outer_scope"));
            return Err(Error::option(&format!(
                "{redraw} is on and {scope} is phi, but parameters that are drawn anew in every episode cannot be what is \
                 learnt"
            )));
        }
        learnable(self.scheme, self.precision)
    }

    /// These options as a run has them whose tasks have the entity types `types`, for a backbone of this configuration.
    ///
    /// # Errors
    /// As [`PrimeOptions::check`], and `InvalidArgument` for a method that cannot work on this backbone.
    pub fn resolve(&self, config: &Config, types_of_tasks: &[String]) -> Result<ResolvedPrime> {
        self.check()?;
        // Every field by its name: a new option does not compile before it has its place here.
        let PrimeOptions {
            method,
            algorithm,
            head,
            nameless,
            episode_tokens,
            inner_scope,
            outer_scope,
            inner_steps,
            inner_rate,
            fresh_support,
            redraw,
            multi_step_loss,
            support,
            query,
            episodes,
            steps,
            temperature,
            encoder_rate,
            embedding_rate,
            method_rate,
            layer_decay,
            weight_decay,
            warmup,
            clip,
            micro_batch_pieces,
            precision,
            scheme,
            types,
            initial,
            seed,
            evaluate_every,
            checkpoint,
            restart,
            checkpoint_every,
            log,
            name,
        } = self.clone();
        let (mut list, usual) = (Decisions::default(), PrimeOptions::new(Method::Head));
        let method =
            method.decide(config, initial.as_ref().map(|adapter| (&adapter.card().method, OF_INITIAL)), &mut list)?;
        if method.about().whole_backbone {
            return Err(Error::option(&format!(
                "{} is {}, but {} has no parameters beside the backbone: choose the head with everything in {}",
                OptionName("method"),
                method.name(),
                method.about().called,
                OptionName("inner_scope")
            )));
        }
        macro_rules! plain {
            ($($option:ident)*) => { $(list.plain(stringify!($option), &$option, &usual.$option);)* };
        }
        plain!(algorithm head nameless episode_tokens inner_scope outer_scope inner_steps inner_rate fresh_support redraw multi_step_loss);
        plain!(support query episodes steps temperature encoder_rate embedding_rate method_rate layer_decay);
        plain!(weight_decay warmup clip micro_batch_pieces precision scheme);
        let of_tasks = || (types_of_tasks.to_vec(), "those of all tasks, sorted".to_owned());
        let types = list.decide("types", Some(types).filter(|types| !types.is_empty()), of_tasks);
        let start = initial.as_ref().map(|adapter| &adapter.card().name);
        list.record("initial", &start, start.map(|_| GIVEN.to_owned()));
        plain!(seed evaluate_every);
        Ok(ResolvedPrime {
            method,
            algorithm,
            head,
            nameless,
            episode_tokens,
            inner_scope,
            outer_scope,
            inner_steps,
            inner_rate,
            fresh_support,
            redraw,
            multi_step_loss,
            support,
            query,
            episodes,
            steps,
            temperature,
            encoder_rate,
            embedding_rate,
            method_rate,
            layer_decay,
            weight_decay,
            warmup,
            clip,
            micro_batch_pieces,
            precision,
            scheme,
            types,
            initial,
            seed,
            evaluate_every,
            checkpoint,
            restart,
            checkpoint_every,
            log,
            name,
            decisions: list.into_list(),
        })
    }
}

impl ResolvedPrime {
    /// The sentences that an episode takes.
    pub(crate) fn sentences(&self) -> usize {
        self.support_batches() * self.support + self.query
    }

    /// Different support batches of an episode.
    pub(crate) fn support_batches(&self) -> usize {
        match (self.algorithm, self.fresh_support) {
            (Algorithm::MultiTask, _) | (_, false) => 1,
            (_, true) => self.inner_steps,
        }
    }
}

impl From<ResolvedPrime> for PrimeOptions {
    /// Options that give all that was decided.
    fn from(resolved: ResolvedPrime) -> PrimeOptions {
        let ResolvedPrime {
            method,
            algorithm,
            head,
            nameless,
            episode_tokens,
            inner_scope,
            outer_scope,
            inner_steps,
            inner_rate,
            fresh_support,
            redraw,
            multi_step_loss,
            support,
            query,
            episodes,
            steps,
            temperature,
            encoder_rate,
            embedding_rate,
            method_rate,
            layer_decay,
            weight_decay,
            warmup,
            clip,
            micro_batch_pieces,
            precision,
            scheme,
            types,
            initial,
            seed,
            evaluate_every,
            checkpoint,
            restart,
            checkpoint_every,
            log,
            name,
            decisions: _,
        } = resolved;
        PrimeOptions {
            method: method.into(),
            algorithm,
            head,
            nameless,
            episode_tokens,
            inner_scope,
            outer_scope,
            inner_steps,
            inner_rate,
            fresh_support,
            redraw,
            multi_step_loss,
            support,
            query,
            episodes,
            steps,
            temperature,
            encoder_rate,
            embedding_rate,
            method_rate,
            layer_decay,
            weight_decay,
            warmup,
            clip,
            micro_batch_pieces,
            precision,
            scheme,
            types,
            initial,
            seed,
            evaluate_every,
            checkpoint,
            restart,
            checkpoint_every,
            log,
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peft::{MethodChoice, MethodSettings};
    use crate::train::resolve_config;

    fn resolve(options: &PrimeOptions) -> Result<ResolvedPrime> {
        options.resolve(&resolve_config(), &["LOC".to_owned()])
    }

    fn lora(rank: usize) -> MethodChoice {
        let settings = MethodSettings { lora_rank: Some(rank), ..MethodSettings::default() };
        MethodChoice::Named { name: "lora".to_owned(), settings }
    }

    #[test]
    fn what_is_not_given_is_decided_with_a_reason() {
        let run = resolve(&PrimeOptions { steps: 5, ..PrimeOptions::new(lora(4)) }).unwrap();
        let Method::Lora(l) = &run.method else { panic!("LoRA was asked for") };
        assert_eq!((l.rank, l.alpha), (4, 8.0));
        assert_eq!(run.types, ["LOC"]);
        let text = run.decisions.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for line in [
            "lora_alpha 8.0 (twice lora_rank)",
            "types [\"LOC\"] (those of all tasks, sorted)",
            "steps 5 (given)",
            "support 16\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let again = resolve(&run.clone().into()).unwrap();
        let values = |run: ResolvedPrime| format!("{:?}", ResolvedPrime { decisions: Vec::new(), ..run });
        assert_eq!(values(again), values(run));
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let refused = |change: fn(&mut PrimeOptions), names: &[&str], words: &str| {
            let mut options = PrimeOptions::new(Method::Head);
            change(&mut options);
            let e = resolve(&options).unwrap_err();
            assert_eq!(e.options().collect::<Vec<_>>(), names, "{e}");
            assert!(e.message().contains(words), "{e}");
        };
        let range = "must lie between 1 and 16777216";
        refused(|o| o.steps = 0, &["steps"], range);
        refused(|o| o.support = usize::MAX, &["support"], range);
        refused(|o| o.temperature = 2.0, &["temperature"], "is 2; it must lie between 0 and 1");
        refused(|o| o.encoder_rate = -1.0, &["encoder_rate"], "from 0");
        refused(|o| o.inner_rate = InnerRate::Fixed(f64::NAN), &["inner_rate"], "above 0");
        refused(|o| o.algorithm = Algorithm::Reptile(0.0), &["reptile_rate"], "above 0");
        refused(|o| o.inner_rate = InnerRate::Learnt { start: 0.1, rate: 0.0 }, &["learn_inner_rate"], "above 0");
        refused(
            |o| (o.algorithm, o.inner_rate) = (Algorithm::MultiTask, InnerRate::Learnt { start: 0.1, rate: 0.1 }),
            &["learn_inner_rate", "algorithm"],
            "MAML alone",
        );
        refused(|o| (o.redraw, o.outer_scope) = (true, OuterScope::Phi), &["redraw", "outer_scope"], "drawn anew");
        refused(|o| o.method = MethodChoice::named("full"), &["method", "inner_scope"], "beside the backbone");
        refused(|o| o.method = lora(0), &["lora_rank"], "between 1 and 256");
        refused(|o| o.scheme = Scheme::Iob1, &["scheme"], "IOB1");
        refused(|o| o.precision = Precision::Int8, &["precision"], "8-bit");
    }
}
