//! `primer_prime_options`: how a backbone is primed.

use super::generated::prime::*;
use super::method::method_choice;
use super::options::read_as;
use crate::error::Result;
use crate::meta::{AlgorithmSettings, PrimeOptions};
use crate::peft::Adapter;

/// The options as they are given; what is not, is for [`PrimeOptions::resolve`] to decide.
///
/// # Safety
/// The arrays, texts and options behind pointers are what the header promises.
pub(super) unsafe fn prime_options(o: &primer_prime_options, initial: Option<&Adapter>) -> Result<PrimeOptions> {
    // SAFETY: the caller's promise, here and below.
    let mut options = PrimeOptions::new(unsafe { method_choice(&read_as(o.adaptation, "adaptation")?) }?);
    let mut algorithm = AlgorithmSettings::default();
    unsafe {
        o.apply(&mut options)?;
        o.apply_algorithm(&mut algorithm)?;
    }
    algorithm.apply(&mut options)?;
    options.initial = initial.cloned();
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::super::generated::adapt::*;
    use super::super::generated::tagger::{PRIMER_PRECISION_BF16, PRIMER_PRECISION_F32};
    use super::super::options::Sized32;
    use super::*;
    use crate::meta::{Algorithm, Hessian, InnerRate, InnerScope, Order, OuterScope};
    use crate::peft::MethodChoice;
    use crate::precision::Precision;

    fn ours(o: &primer_prime_options) -> Result<PrimeOptions> {
        unsafe { prime_options(o, None) }
    }

    #[test]
    fn initial_options_are_those_of_rust() {
        let theirs = PrimeOptions::new(MethodChoice::named("adapter"));
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
            (PRIMER_ALGORITHM_REPTILE, PRIMER_ORDER_FIRST, Algorithm::Reptile(0.25)),
        ] {
            let reptile_rate = if algorithm == PRIMER_ALGORITHM_REPTILE { 0.25 } else { initial.reptile_rate };
            let o = primer_prime_options { algorithm, order, reptile_rate, ..initial };
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
        assert!(text.contains("lora_rank: Some(3)") && text.contains("Only([1])"), "{text}");
        adaptation.method = PRIMER_METHOD_HEAD;
        adaptation.struct_size = 3;
        let o = primer_prime_options { adaptation: &adaptation, ..o };
        assert!(ours(&o).unwrap_err().message().starts_with("adaptation: struct_size is 3"));
    }
}
