// Generated from interface/prime.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

use super::super::options::{Sized32, flag, init, unknown, unused};
use super::super::strings::{primer_str, text, texts};
use super::adapt::primer_adapt_options;
use super::dataset::PRIMER_SCHEME_AUTO;
use super::tagger::PRIMER_PRECISION_F32;
use crate::error::Result;

/// Experimental. MAML: the loss after a few steps of what a device will do.
pub const PRIMER_ALGORITHM_MAML: i32 = 0;
/// Experimental. Multi-task training, the baseline: no inner steps.
pub const PRIMER_ALGORITHM_MULTI_TASK: i32 = 1;
/// Experimental. Reptile: a share of the way to where the inner steps lead.
pub const PRIMER_ALGORITHM_REPTILE: i32 = 2;

/// The AlgorithmName of a constant, which `option` names in errors.
pub(in crate::capi) fn algorithm(value: i32, option: &str) -> Result<crate::meta::AlgorithmName> {
    match value {
        PRIMER_ALGORITHM_MAML => Ok(crate::meta::AlgorithmName::Maml),
        PRIMER_ALGORITHM_MULTI_TASK => Ok(crate::meta::AlgorithmName::MultiTask),
        PRIMER_ALGORITHM_REPTILE => Ok(crate::meta::AlgorithmName::Reptile),
        other => Err(unknown(other, option, "PRIMER_ALGORITHM_*")),
    }
}

/// Experimental. MAML as if the inner steps were fixed: the cheapest.
pub const PRIMER_ORDER_FIRST: i32 = 0;
/// Experimental. The exact gradient through the inner steps.
pub const PRIMER_ORDER_TANGENTS: i32 = 1;
/// Experimental. The same by central differences of gradients.
pub const PRIMER_ORDER_DIFFERENCES: i32 = 2;

/// The Order of a constant, which `option` names in errors.
pub(in crate::capi) fn order(value: i32, option: &str) -> Result<crate::meta::Order> {
    match value {
        PRIMER_ORDER_FIRST => Ok(crate::meta::Order::First),
        PRIMER_ORDER_TANGENTS => Ok(crate::meta::Order::Second(crate::meta::Hessian::Tangents)),
        PRIMER_ORDER_DIFFERENCES => Ok(crate::meta::Order::Second(crate::meta::Hessian::Differences)),
        other => Err(unknown(other, option, "PRIMER_ORDER_*")),
    }
}

/// Experimental. The method's parameters and the head, as a device will.
pub const PRIMER_INNER_PHI: i32 = 0;
/// Experimental. The head alone (ANIL).
pub const PRIMER_INNER_HEAD: i32 = 1;
/// Experimental. Everything, the backbone included (plain MAML).
pub const PRIMER_INNER_EVERYTHING: i32 = 2;

/// The InnerScope of a constant, which `option` names in errors.
pub(in crate::capi) fn inner(value: i32, option: &str) -> Result<crate::meta::InnerScope> {
    match value {
        PRIMER_INNER_PHI => Ok(crate::meta::InnerScope::Phi),
        PRIMER_INNER_HEAD => Ok(crate::meta::InnerScope::Head),
        PRIMER_INNER_EVERYTHING => Ok(crate::meta::InnerScope::Everything),
        other => Err(unknown(other, option, "PRIMER_INNER_*")),
    }
}

/// Experimental. The backbone, the method's parameters and the head.
pub const PRIMER_OUTER_BOTH: i32 = 0;
/// Experimental. The backbone alone.
pub const PRIMER_OUTER_BACKBONE: i32 = 1;
/// Experimental. The method's parameters and the head alone.
pub const PRIMER_OUTER_PHI: i32 = 2;

/// The OuterScope of a constant, which `option` names in errors.
pub(in crate::capi) fn outer(value: i32, option: &str) -> Result<crate::meta::OuterScope> {
    match value {
        PRIMER_OUTER_BOTH => Ok(crate::meta::OuterScope::Both),
        PRIMER_OUTER_BACKBONE => Ok(crate::meta::OuterScope::Backbone),
        PRIMER_OUTER_PHI => Ok(crate::meta::OuterScope::Phi),
        other => Err(unknown(other, option, "PRIMER_OUTER_*")),
    }
}

/// Experimental. All types, with one head for all tasks, whose rows are parameters.
pub const PRIMER_EPISODE_HEAD_SHARED: i32 = 0;
/// Experimental. Some of the task's types, the rest is O; the head is made anew of the types' names and the support
/// words. What it is made with is learnt, and becomes the start that the model carries.
pub const PRIMER_EPISODE_HEAD_MADE: i32 = 1;

/// The EpisodeHead of a constant, which `option` names in errors.
pub(in crate::capi) fn episode_head(value: i32, option: &str) -> Result<crate::meta::EpisodeHead> {
    match value {
        PRIMER_EPISODE_HEAD_SHARED => Ok(crate::meta::EpisodeHead::Shared),
        PRIMER_EPISODE_HEAD_MADE => Ok(crate::meta::EpisodeHead::Made),
        other => Err(unknown(other, option, "PRIMER_EPISODE_HEAD_*")),
    }
}

/// How a backbone is primed; docs/priming.md explains it.
///
/// Options of primer_prime: fill them by primer_prime_options_init and change what you want to.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_prime_options {
    /// sizeof(primer_prime_options), set by primer_prime_options_init.
    pub struct_size: u32,
    /// PRIMER_ALGORITHM_*: how the model is trained over tasks; initially PRIMER_ALGORITHM_MAML.
    pub algorithm: i32,
    /// PRIMER_ORDER_*: MAML: how far its gradient goes; initially PRIMER_ORDER_FIRST.
    pub order: i32,
    /// PRIMER_INNER_*: what inner steps change. Not for multi-task training; initially PRIMER_INNER_PHI.
    pub inner_scope: i32,
    /// PRIMER_OUTER_*: what is learnt in the end; initially PRIMER_OUTER_BOTH.
    pub outer_scope: i32,
    /// Inner steps of an episode; initially 1.
    pub inner_steps: u32,
    /// 1: every inner step sees support sentences of its own; initially 0.
    pub fresh_support: i32,
    /// 1: every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain; initially 0.
    pub redraw: i32,
    /// 1: the query loss counts after every inner step, not after the last alone; initially 0.
    pub multi_step_loss: i32,
    /// Support sentences of an episode, for each inner step; initially 16.
    pub support: u32,
    /// Query sentences of an episode; initially 16.
    pub query: u32,
    /// Episodes in an update; initially 1.
    pub episodes: u32,
    /// Updates; initially 700.
    pub steps: u32,
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 1024.
    pub micro_batch_pieces: u32,
    /// PRIMER_SCHEME_*: how tags are written: PRIMER_SCHEME_IOB2, also the meaning of PRIMER_SCHEME_AUTO, or
    /// PRIMER_SCHEME_BIOES; initially PRIMER_SCHEME_AUTO.
    pub scheme: i32,
    /// Updates from one evaluation on the dev tasks to the next; initially 0, for one at the end.
    pub evaluate_every: u32,
    /// Updates from one checkpoint to the next; initially 50.
    pub checkpoint_every: u32,
    /// PRIMER_PRECISION_*: the dtype in which the model computes: PRIMER_PRECISION_F32, which the processor has alone,
    /// or on GPUs PRIMER_PRECISION_BF16, which is quicker; initially PRIMER_PRECISION_F32.
    pub precision: i32,
    /// The options of the adaptation that the backbone is prepared for: give the ones that the device will use. Of them
    /// the method, the layers and what starts with adapter_ or lora_ are read, and nothing else; not
    /// PRIMER_METHOD_FULL; initially NULL, for bottleneck adapters with their usual settings.
    pub adaptation: *const primer_adapt_options,
    /// Seed of initialisation and episodes: the same seed gives the same result to the bit; initially 0.
    pub seed: u64,
    /// Step size of the inner gradient descent; initially 0.1.
    pub inner_rate: f64,
    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at `inner_rate` (Meta-SGD);
    /// initially 0, for step sizes that stay.
    pub learn_inner_rate: f64,
    /// Reptile: the share of the way that an update goes; initially 0.1.
    pub reptile_rate: f64,
    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
    /// equal probabilities; initially 0.
    pub temperature: f64,
    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two; initially 1e-4.
    pub encoder_rate: f64,
    /// Peak learning rate of the embeddings; initially 1e-4.
    pub embedding_rate: f64,
    /// Peak learning rate of the method's parameters and the head; initially 1e-3.
    pub method_rate: f64,
    /// A layer's learning rate is that of the layer above times this; initially 1.
    pub layer_decay: f64,
    /// AdamW's weight decay, for the encoder's layers alone; initially 0.01.
    pub weight_decay: f64,
    /// Share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
    pub warmup: f64,
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    pub clip: f64,
    /// The entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
    pub types: *const primer_str,
    /// Number of `types`.
    pub type_count: usize,
    /// A name for the cards of backbone and adapter; initially empty.
    pub name: primer_str,
    /// 1: starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially 0.
    pub restart: i32,
    /// PRIMER_EPISODE_HEAD_*: what an episode tags, and where its head comes from; initially
    /// PRIMER_EPISODE_HEAD_SHARED.
    pub head: i32,
    /// With PRIMER_EPISODE_HEAD_MADE, the share of the episodes in which the head is made of words alone, without
    /// names; initially 0.3.
    pub nameless: f64,
    /// With PRIMER_EPISODE_HEAD_MADE, tokens of a sentence that an episode takes at most; what stands further behind is
    /// more of the same sentence, and costs as much as further sentences; initially 100.
    pub episode_tokens: u32,
    /// Leave it 0.
    pub reserved: u32,
}

// SAFETY: numbers, and pointers that are checked before use, without padding: the generator has made sure.
unsafe impl Sized32 for primer_prime_options {
    const NAME: &'static str = "primer_prime_options";
    const FIRST: usize = size_of::<primer_prime_options>();
    fn initial() -> primer_prime_options {
        primer_prime_options {
            struct_size: size_of::<primer_prime_options>() as u32,
            algorithm: PRIMER_ALGORITHM_MAML,
            order: PRIMER_ORDER_FIRST,
            inner_scope: PRIMER_INNER_PHI,
            outer_scope: PRIMER_OUTER_BOTH,
            inner_steps: 1,
            fresh_support: 0,
            redraw: 0,
            multi_step_loss: 0,
            support: 16,
            query: 16,
            episodes: 1,
            steps: 700,
            micro_batch_pieces: 1024,
            scheme: PRIMER_SCHEME_AUTO,
            evaluate_every: 0,
            checkpoint_every: 50,
            precision: PRIMER_PRECISION_F32,
            adaptation: std::ptr::null(),
            seed: 0,
            inner_rate: 0.1,
            learn_inner_rate: 0.0,
            reptile_rate: 0.1,
            temperature: 0.0,
            encoder_rate: 0.0001,
            embedding_rate: 0.0001,
            method_rate: 0.001,
            layer_decay: 1.0,
            weight_decay: 0.01,
            warmup: 0.1,
            clip: 1.0,
            types: std::ptr::null(),
            type_count: 0,
            name: primer_str::NONE,
            restart: 0,
            head: PRIMER_EPISODE_HEAD_SHARED,
            nameless: 0.3,
            episode_tokens: 100,
            reserved: 0,
        }
    }
}

/// Fills options with their initial values. `struct_size` is sizeof(primer_prime_options). NULL is fine.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
///
/// Threads: safe to call concurrently on different structs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn primer_prime_options_init(options: *mut primer_prime_options, struct_size: usize) {
    // SAFETY: the contract of the C interface.
    unsafe { init(options, struct_size) }
}

impl primer_prime_options {
    /// Takes over into the library's options what stands for itself.
    ///
    /// # Safety
    /// The arrays and texts behind pointers are what the header promises.
    pub(in crate::capi) unsafe fn apply(&self, options: &mut crate::meta::PrimeOptions) -> Result<()> {
        // Every option by its name: one that is new in Rust does not compile before interface/ has it.
        let crate::meta::PrimeOptions {
            inner_scope: to_inner_scope,
            outer_scope: to_outer_scope,
            inner_steps: to_inner_steps,
            fresh_support: to_fresh_support,
            redraw: to_redraw,
            multi_step_loss: to_multi_step_loss,
            support: to_support,
            query: to_query,
            episodes: to_episodes,
            steps: to_steps,
            micro_batch_pieces: to_micro_batch_pieces,
            scheme: to_scheme,
            evaluate_every: to_evaluate_every,
            checkpoint_every: to_checkpoint_every,
            precision: to_precision,
            seed: to_seed,
            temperature: to_temperature,
            encoder_rate: to_encoder_rate,
            embedding_rate: to_embedding_rate,
            method_rate: to_method_rate,
            layer_decay: to_layer_decay,
            weight_decay: to_weight_decay,
            warmup: to_warmup,
            clip: to_clip,
            types: to_types,
            name: to_name,
            restart: to_restart,
            head: to_head,
            nameless: to_nameless,
            episode_tokens: to_episode_tokens,
            method: _,
            algorithm: _,
            inner_rate: _,
            initial: _,
            checkpoint: _,
            log: _,
        } = options;
        *to_inner_scope = super::prime::inner(self.inner_scope, "inner_scope")?;
        *to_outer_scope = super::prime::outer(self.outer_scope, "outer_scope")?;
        *to_inner_steps = self.inner_steps as usize;
        *to_fresh_support = flag(self.fresh_support, "fresh_support")?;
        *to_redraw = flag(self.redraw, "redraw")?;
        *to_multi_step_loss = flag(self.multi_step_loss, "multi_step_loss")?;
        *to_support = self.support as usize;
        *to_query = self.query as usize;
        *to_episodes = self.episodes as usize;
        *to_steps = self.steps as usize;
        *to_micro_batch_pieces = self.micro_batch_pieces as usize;
        if let Some(given) = super::dataset::scheme(self.scheme, "scheme")? {
            *to_scheme = given;
        }
        *to_evaluate_every = self.evaluate_every as usize;
        *to_checkpoint_every = self.checkpoint_every as usize;
        *to_precision = super::tagger::precision(self.precision, "precision")?;
        *to_seed = self.seed;
        *to_temperature = self.temperature;
        *to_encoder_rate = self.encoder_rate;
        *to_embedding_rate = self.embedding_rate;
        *to_method_rate = self.method_rate;
        *to_layer_decay = self.layer_decay;
        *to_weight_decay = self.weight_decay;
        *to_warmup = self.warmup;
        *to_clip = self.clip;
        // SAFETY: the caller's promise.
        let types = unsafe { texts(self.types, self.type_count, "types") }?;
        *to_types = types.into_iter().map(str::to_owned).collect();
        // SAFETY: the caller's promise.
        *to_name = unsafe { text(self.name.data, self.name.len, "name") }?.to_owned();
        *to_restart = flag(self.restart, "restart")?;
        *to_head = super::prime::episode_head(self.head, "head")?;
        *to_nameless = self.nameless;
        *to_episode_tokens = self.episode_tokens as usize;
        unused(self.reserved, "reserved")?;
        Ok(())
    }

    /// Takes over what is given of this part; a field with its initial value counts as not given.
    ///
    /// # Safety
    /// The arrays and texts behind pointers are what the header promises.
    pub(in crate::capi) unsafe fn apply_algorithm(&self, options: &mut crate::meta::AlgorithmSettings) -> Result<()> {
        // Every option by its name: one that is new in Rust does not compile before interface/ has it.
        let crate::meta::AlgorithmSettings {
            algorithm: to_algorithm,
            order: to_order,
            inner_rate: to_inner_rate,
            learn_inner_rate: to_learn_inner_rate,
            reptile_rate: to_reptile_rate,
        } = options;
        let initial: primer_prime_options = Sized32::initial();
        let algorithm = super::prime::algorithm(self.algorithm, "algorithm")?;
        if self.algorithm != initial.algorithm {
            *to_algorithm = Some(algorithm);
        }
        let order = super::prime::order(self.order, "order")?;
        if self.order != initial.order {
            *to_order = Some(order);
        }
        if self.inner_rate != initial.inner_rate {
            *to_inner_rate = Some(self.inner_rate);
        }
        if self.learn_inner_rate != initial.learn_inner_rate {
            *to_learn_inner_rate = Some(self.learn_inner_rate);
        }
        if self.reptile_rate != initial.reptile_rate {
            *to_reptile_rate = Some(self.reptile_rate);
        }
        Ok(())
    }
}
