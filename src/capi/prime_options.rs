//! `primer_prime_options`: how a backbone is primed.

use super::dataset::{PRIMER_SCHEME_AUTO, scheme};
use super::method::{chosen_method, primer_adapt_options};
use super::options::{Sized32, flag, init, read_as, unknown};
use super::strings::{primer_str, text, texts};
use super::tagger_options::{PRIMER_PRECISION_F32, precision};
use crate::error::Result;
use crate::meta::{Algorithm, Hessian, InnerRate, InnerScope, Order, OuterScope, PrimeOptions};
use crate::model::Config;
use crate::peft::{Adapter, Method};

/// Experimental. MAML: the loss after a few steps of what a device will do.
pub const PRIMER_ALGORITHM_MAML: i32 = 0;
/// Experimental. Multi-task training, the baseline: no inner steps.
pub const PRIMER_ALGORITHM_MULTI_TASK: i32 = 1;
/// Experimental. Reptile: a share of the way to where the inner steps lead.
pub const PRIMER_ALGORITHM_REPTILE: i32 = 2;

/// Experimental. MAML as if the inner steps were fixed: the cheapest.
pub const PRIMER_ORDER_FIRST: i32 = 0;
/// Experimental. The exact gradient through the inner steps.
pub const PRIMER_ORDER_TANGENTS: i32 = 1;
/// Experimental. The same by central differences of gradients.
pub const PRIMER_ORDER_DIFFERENCES: i32 = 2;

/// Experimental. Inner steps change the method's parameters and the head, as a device will.
pub const PRIMER_INNER_PHI: i32 = 0;
/// Experimental. Inner steps change the head alone (ANIL).
pub const PRIMER_INNER_HEAD: i32 = 1;
/// Experimental. Inner steps change everything, the backbone included (plain MAML).
pub const PRIMER_INNER_EVERYTHING: i32 = 2;

/// Experimental. The backbone, the method's parameters and the head are learnt.
pub const PRIMER_OUTER_BOTH: i32 = 0;
/// Experimental. The backbone alone is learnt.
pub const PRIMER_OUTER_BACKBONE: i32 = 1;
/// Experimental. The method's parameters and the head alone are learnt.
pub const PRIMER_OUTER_PHI: i32 = 2;

/// Reptile's share as the command line has it, too.
const REPTILE_RATE: f64 = 0.1;

/// Options of primer_prime. Fill them by primer_prime_options_init and change what you want to; docs/priming.md explains
/// them.
///
/// Experimental: may change or go with any minor version; not covered by the ABI promise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct primer_prime_options {
    /// sizeof(primer_prime_options), set by primer_prime_options_init.
    pub struct_size: u32,
    /// PRIMER_ALGORITHM_*; initially PRIMER_ALGORITHM_MAML.
    pub algorithm: i32,
    /// MAML: PRIMER_ORDER_*; initially PRIMER_ORDER_FIRST.
    pub order: i32,
    /// PRIMER_INNER_*; initially PRIMER_INNER_PHI. Not for multi-task training.
    pub inner_scope: i32,
    /// PRIMER_OUTER_*; initially PRIMER_OUTER_BOTH.
    pub outer_scope: i32,
    /// Inner steps; initially 1.
    pub inner_steps: u32,
    /// 1 where every inner step sees support sentences of its own; initially 0.
    pub fresh_support: i32,
    /// 1 where every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain; initially 0.
    pub redraw: i32,
    /// 1 where the query loss counts after every inner step, not after the last alone; initially 0.
    pub multi_step_loss: i32,
    /// Support sentences of an episode, for each inner step; initially 16.
    pub support: u32,
    /// Query sentences of an episode; initially 16.
    pub query: u32,
    /// Episodes in an update; initially 1.
    pub episodes: u32,
    /// Updates; initially 700.
    pub steps: u32,
    /// Pieces that go through the encoder at once; initially 1024. Larger batches are split and their gradients added, so
    /// this bounds memory and the time until a cancellation is noticed.
    pub micro_batch_pieces: u32,
    /// How tags are written: PRIMER_SCHEME_IOB2, also the meaning of the initial PRIMER_SCHEME_AUTO, or
    /// PRIMER_SCHEME_BIOES.
    pub scheme: i32,
    /// Updates from one look at the dev tasks to the next; initially 0, for one at the end.
    pub evaluate_every: u32,
    /// Updates from one checkpoint to the next; initially 50.
    pub checkpoint_every: u32,
    /// In what numbers the model computes, one of PRIMER_PRECISION_*; initially PRIMER_PRECISION_F32, which the processor
    /// has alone. GPUs have PRIMER_PRECISION_BF16, too, which is quicker.
    pub precision: i32,
    /// The options of the adaptation that the backbone is prepared for: give the ones that primer_adapt will get. Of them
    /// `method`, `layers`, `layer_count` and what starts with adapter_ or lora_ are read, and nothing else; not
    /// PRIMER_METHOD_FULL. Initially NULL, for bottleneck adapters with their usual settings.
    pub adaptation: *const primer_adapt_options,
    /// Seed of initialisation and episodes; initially 0.
    pub seed: u64,
    /// Step size of the inner gradient descent; initially 0.1.
    pub inner_rate: f64,
    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at `inner_rate` (Meta-SGD);
    /// initially 0, for step sizes that stay.
    pub learn_inner_rate: f64,
    /// Reptile: the share of the way that an update goes; initially 0.1.
    pub reptile_rate: f64,
    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; initially
    /// 0, for equal probabilities.
    pub temperature: f64,
    /// Peak learning rate of the encoder's layers; initially 1e-4. 0 leaves them as they are, here and in the next two.
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
    /// Largest norm of an update's gradient; initially 1. 0 for no clipping.
    pub clip: f64,
    /// The entity types, `type_count` of them, in the order of the head's rows; initially none, for those of all tasks,
    /// sorted.
    pub types: *const primer_str,
    /// Number of types.
    pub type_count: usize,
    /// A name for the cards of backbone and adapter; initially empty.
    pub name: primer_str,
}

// SAFETY: numbers and pointers that are checked before use, without padding: the layout is frozen in `layout.rs`.
unsafe impl Sized32 for primer_prime_options {
    const NAME: &'static str = "primer_prime_options";
    const FIRST: usize = size_of::<primer_prime_options>();
    fn initial() -> primer_prime_options {
        let usual = PrimeOptions::new(Method::Head);
        primer_prime_options {
            struct_size: size_of::<primer_prime_options>() as u32,
            algorithm: PRIMER_ALGORITHM_MAML,
            order: PRIMER_ORDER_FIRST,
            inner_scope: PRIMER_INNER_PHI,
            outer_scope: PRIMER_OUTER_BOTH,
            inner_steps: usual.inner_steps as u32,
            fresh_support: usual.fresh_support.into(),
            redraw: usual.redraw.into(),
            multi_step_loss: usual.multi_step_loss.into(),
            support: usual.support as u32,
            query: usual.query as u32,
            episodes: usual.episodes as u32,
            steps: usual.steps as u32,
            micro_batch_pieces: usual.micro_batch_pieces as u32,
            scheme: PRIMER_SCHEME_AUTO,
            evaluate_every: usual.evaluate_every as u32,
            checkpoint_every: usual.checkpoint_every as u32,
            precision: PRIMER_PRECISION_F32,
            adaptation: std::ptr::null(),
            seed: usual.seed,
            inner_rate: usual.inner_rate.start(),
            learn_inner_rate: 0.0,
            reptile_rate: REPTILE_RATE,
            temperature: usual.temperature,
            encoder_rate: usual.encoder_rate,
            embedding_rate: usual.embedding_rate,
            method_rate: usual.method_rate,
            layer_decay: usual.layer_decay,
            weight_decay: usual.weight_decay,
            warmup: usual.warmup,
            clip: usual.clip,
            types: std::ptr::null(),
            type_count: 0,
            name: primer_str::NONE,
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

/// The options as Rust has them, for a backbone of this configuration.
///
/// # Safety
/// The arrays, texts and options behind pointers are what the header promises.
pub(super) unsafe fn prime_options(
    o: &primer_prime_options,
    config: &Config,
    initial: Option<&Adapter>,
) -> Result<PrimeOptions> {
    // SAFETY: the caller's promise.
    let (types, name, method) = unsafe {
        let types = texts(o.types, o.type_count, "types")?;
        let name = text(o.name.data, o.name.len, "name")?;
        (types, name, chosen_method(&read_as(o.adaptation, "adaptation")?, config, initial)?)
    };
    // Every field by its name: one that is new in Rust does not compile before it has its place here.
    Ok(PrimeOptions {
        method,
        algorithm: algorithm(o)?,
        inner_scope: match o.inner_scope {
            PRIMER_INNER_PHI => InnerScope::Phi,
            PRIMER_INNER_HEAD => InnerScope::Head,
            PRIMER_INNER_EVERYTHING => InnerScope::Everything,
            other => return Err(unknown(other, "inner_scope", "PRIMER_INNER_*")),
        },
        outer_scope: match o.outer_scope {
            PRIMER_OUTER_BOTH => OuterScope::Both,
            PRIMER_OUTER_BACKBONE => OuterScope::Backbone,
            PRIMER_OUTER_PHI => OuterScope::Phi,
            other => return Err(unknown(other, "outer_scope", "PRIMER_OUTER_*")),
        },
        inner_steps: o.inner_steps as usize,
        inner_rate: match o.learn_inner_rate {
            0.0 => InnerRate::Fixed(o.inner_rate),
            rate => InnerRate::Learnt { start: o.inner_rate, rate },
        },
        fresh_support: flag(o.fresh_support, "fresh_support")?,
        redraw: flag(o.redraw, "redraw")?,
        multi_step_loss: flag(o.multi_step_loss, "multi_step_loss")?,
        support: o.support as usize,
        query: o.query as usize,
        episodes: o.episodes as usize,
        steps: o.steps as usize,
        temperature: o.temperature,
        encoder_rate: o.encoder_rate,
        embedding_rate: o.embedding_rate,
        method_rate: o.method_rate,
        layer_decay: o.layer_decay,
        weight_decay: o.weight_decay,
        warmup: o.warmup,
        clip: o.clip,
        micro_batch_pieces: o.micro_batch_pieces as usize,
        scheme: scheme(o.scheme)?.unwrap_or(PrimeOptions::new(Method::Head).scheme),
        types: types.into_iter().map(str::to_owned).collect(),
        initial: initial.cloned(),
        precision: precision(o.precision)?,
        seed: o.seed,
        evaluate_every: o.evaluate_every as usize,
        checkpoint: None,
        checkpoint_every: o.checkpoint_every as usize,
        log: None,
        name: name.to_owned(),
    })
}

/// A number that stands for nothing is an error also where it is not used.
fn algorithm(o: &primer_prime_options) -> Result<Algorithm> {
    let order = match o.order {
        PRIMER_ORDER_FIRST => Order::First,
        PRIMER_ORDER_TANGENTS => Order::Second(Hessian::Tangents),
        PRIMER_ORDER_DIFFERENCES => Order::Second(Hessian::Differences),
        other => return Err(unknown(other, "order", "PRIMER_ORDER_*")),
    };
    match o.algorithm {
        PRIMER_ALGORITHM_MAML => Ok(Algorithm::Maml(order)),
        PRIMER_ALGORITHM_MULTI_TASK => Ok(Algorithm::MultiTask),
        PRIMER_ALGORITHM_REPTILE => Ok(Algorithm::Reptile(o.reptile_rate)),
        other => Err(unknown(other, "algorithm", "PRIMER_ALGORITHM_*")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::method::{PRIMER_METHOD_HEAD, PRIMER_METHOD_LORA};
    use super::super::tagger_options::PRIMER_PRECISION_BF16;
    use super::*;
    use crate::precision::Precision;

    fn config() -> Config {
        let json = r#"{"model_type":"bert","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":2,
            "intermediate_size":16,"vocab_size":10,"max_position_embeddings":12}"#;
        Config::from_json(json.as_bytes()).unwrap()
    }

    fn ours(o: &primer_prime_options) -> Result<PrimeOptions> {
        unsafe { prime_options(o, &config(), None) }
    }

    #[test]
    fn initial_options_are_those_of_rust() {
        let theirs = PrimeOptions::new(Method::by_name("adapter", &config()).unwrap());
        assert_eq!(format!("{:?}", ours(&Sized32::initial()).unwrap()), format!("{theirs:?}"));
    }

    #[test]
    fn the_header_states_the_initial_values() {
        let o: primer_prime_options = Sized32::initial();
        let counts = (o.inner_steps, o.support, o.query, o.episodes, o.steps);
        assert_eq!(counts, (1, 16, 16, 1, 700), "and so do the comments");
        assert_eq!(
            (o.micro_batch_pieces, o.evaluate_every, o.checkpoint_every),
            (1024, 0, 50),
            "and so do the comments"
        );
        assert_eq!((o.fresh_support, o.redraw, o.multi_step_loss, o.seed), (0, 0, 0, 0), "and so do the comments");
        assert_eq!((o.encoder_rate, o.embedding_rate, o.method_rate), (1e-4, 1e-4, 1e-3), "and so do the comments");
        let rates = (o.inner_rate, o.reptile_rate, o.temperature, o.layer_decay);
        assert_eq!(rates, (0.1, 0.1, 0.0, 1.0), "and so do the comments");
        assert_eq!((o.weight_decay, o.warmup, o.clip), (0.01, 0.1, 1.0), "and so do the comments");
    }

    #[test]
    fn every_number_has_its_meaning() {
        let initial: primer_prime_options = Sized32::initial();
        let second = |hessian| Algorithm::Maml(Order::Second(hessian));
        for (algorithm, order, expected) in [
            (PRIMER_ALGORITHM_MAML, PRIMER_ORDER_FIRST, Algorithm::Maml(Order::First)),
            (PRIMER_ALGORITHM_MAML, PRIMER_ORDER_TANGENTS, second(Hessian::Tangents)),
            (PRIMER_ALGORITHM_MAML, PRIMER_ORDER_DIFFERENCES, second(Hessian::Differences)),
            (PRIMER_ALGORITHM_MULTI_TASK, PRIMER_ORDER_FIRST, Algorithm::MultiTask),
            (PRIMER_ALGORITHM_REPTILE, PRIMER_ORDER_TANGENTS, Algorithm::Reptile(0.25)),
        ] {
            let o = primer_prime_options { algorithm, order, reptile_rate: 0.25, ..initial };
            assert_eq!(ours(&o).unwrap().algorithm, expected);
        }
        for (number, scope) in [InnerScope::Phi, InnerScope::Head, InnerScope::Everything].into_iter().enumerate() {
            let o = primer_prime_options { inner_scope: number as i32, ..initial };
            assert_eq!(ours(&o).unwrap().inner_scope, scope);
        }
        for (number, scope) in [OuterScope::Both, OuterScope::Backbone, OuterScope::Phi].into_iter().enumerate() {
            let o = primer_prime_options { outer_scope: number as i32, ..initial };
            assert_eq!(ours(&o).unwrap().outer_scope, scope);
        }
        for (precision, expected) in
            [(PRIMER_PRECISION_F32, Precision::F32), (1, Precision::Int8), (PRIMER_PRECISION_BF16, Precision::Bf16)]
        {
            let o = primer_prime_options { precision, ..initial };
            assert_eq!(ours(&o).unwrap().precision, expected);
        }
        assert!(ours(&primer_prime_options { precision: 3, ..initial }).is_err());
        let o = primer_prime_options { inner_rate: 0.5, learn_inner_rate: 0.25, ..initial };
        assert_eq!(ours(&o).unwrap().inner_rate, InnerRate::Learnt { start: 0.5, rate: 0.25 });
    }

    #[test]
    fn no_two_numbers_are_mixed_up() {
        let o = primer_prime_options {
            inner_steps: 2,
            support: 3,
            query: 4,
            episodes: 5,
            steps: 6,
            micro_batch_pieces: 7,
            evaluate_every: 8,
            checkpoint_every: 9,
            seed: 10,
            temperature: 0.1,
            encoder_rate: 0.2,
            embedding_rate: 0.3,
            method_rate: 0.4,
            layer_decay: 0.5,
            weight_decay: 0.6,
            warmup: 0.7,
            clip: 0.8,
            ..Sized32::initial()
        };
        let r = ours(&o).unwrap();
        assert_eq!((r.inner_steps, r.support, r.query, r.episodes, r.steps), (2, 3, 4, 5, 6));
        assert_eq!((r.micro_batch_pieces, r.evaluate_every, r.checkpoint_every, r.seed), (7, 8, 9, 10));
        assert_eq!((r.temperature, r.encoder_rate, r.embedding_rate, r.method_rate), (0.1, 0.2, 0.3, 0.4));
        assert_eq!((r.layer_decay, r.weight_decay, r.warmup, r.clip), (0.5, 0.6, 0.7, 0.8));
        for (flags, expected) in [([1, 0, 0], (true, false, false)), ([0, 1, 0], (false, true, false))] {
            let [fresh_support, redraw, multi_step_loss] = flags;
            let r = ours(&primer_prime_options { fresh_support, redraw, multi_step_loss, ..o }).unwrap();
            assert_eq!((r.fresh_support, r.redraw, r.multi_step_loss), expected);
        }
    }

    #[test]
    fn the_method_alone_is_read_from_the_adaptation() {
        let layers = [1u32];
        let mut adaptation = primer_adapt_options {
            method: PRIMER_METHOD_LORA,
            lora_rank: 3,
            layers: layers.as_ptr(),
            layer_count: 1,
            seed: 7,
            scheme: 99,
            ..Sized32::initial()
        };
        let o = primer_prime_options { adaptation: &adaptation, ..Sized32::initial() };
        let options = ours(&o).unwrap();
        assert_eq!(options.seed, 0);
        let text = format!("{:?}", options.method);
        assert!(text.contains("rank: 3") && text.contains("Only([1])"), "{text}");
        adaptation.method = PRIMER_METHOD_HEAD;
        adaptation.struct_size = 3;
        let o = primer_prime_options { adaptation: &adaptation, ..o };
        assert!(ours(&o).unwrap_err().message().starts_with("adaptation: struct_size is 3"));
    }
}
