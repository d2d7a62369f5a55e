//! The ranges of options, each said once: what is refused, and the words for it.

use crate::error::{Error, OptionName, Result};

/// An option that counts something.
pub(crate) struct Count {
    name: &'static str,
    least: usize,
    most: usize,
}

/// Far beyond sense, and small enough that no product of two overflows.
const MOST: usize = 1 << 24;

/// What no program means literally: "as many as there are", "never".
const UNBOUNDED: usize = u32::MAX as usize;

impl Count {
    const fn new(name: &'static str, most: usize) -> Count {
        Count { name, least: 1, most }
    }

    /// A count whose range depends on the model.
    pub const fn up_to(name: &'static str, most: usize) -> Count {
        Count::new(name, most)
    }

    /// Refuses a number out of range.
    pub fn check(&self, n: usize) -> Result<()> {
        if (self.least..=self.most).contains(&n) {
            return Ok(());
        }
        let (name, Count { least, most, .. }) = (OptionName(self.name), self);
        Err(Error::option(&format!("{name} is {n}; it must lie between {least} and {most}")))
    }

    /// [`Count::check`], where the option is given.
    pub fn check_given(&self, n: Option<usize>) -> Result<()> {
        n.map_or(Ok(()), |n| self.check(n))
    }
}

pub(crate) const EPOCHS: Count = Count::new("epochs", MOST);
pub(crate) const BATCH_SIZE: Count = Count::new("batch_size", MOST);
pub(crate) const BATCH_PIECES: Count = Count::new("batch_pieces", MOST);
pub(crate) const MICRO_BATCH_PIECES: Count = Count::new("micro_batch_pieces", MOST);
pub(crate) const EVALUATE_EVERY: Count = Count::new("evaluate_every", UNBOUNDED);
pub(crate) const PATIENCE: Count = Count::new("patience", UNBOUNDED);
pub(crate) const INNER_STEPS: Count = Count::new("inner_steps", MOST);
pub(crate) const SUPPORT: Count = Count::new("support", MOST);
pub(crate) const QUERY: Count = Count::new("query", MOST);
pub(crate) const EPISODES: Count = Count::new("episodes", MOST);
pub(crate) const STEPS: Count = Count::new("steps", MOST);
pub(crate) const CHECKPOINT_EVERY: Count = Count::new("checkpoint_every", MOST);
pub(crate) const SHOTS: Count = Count::new("shots", UNBOUNDED);

/// An option that measures something.
pub(crate) struct Number {
    name: &'static str,
    range: Range,
}

enum Range {
    /// Above 0.
    Positive,
    /// From 0.
    NotNegative,
    /// In 0 to 1.
    Share,
    /// Any finite number.
    Finite,
}

impl Number {
    /// Refuses a number out of range; NaN and infinities are always.
    pub fn check(&self, x: f64) -> Result<()> {
        let (fits, range) = match self.range {
            Range::Positive => (x > 0.0, "it must be a finite number above 0"),
            Range::NotNegative => (x >= 0.0, "it must be a finite number from 0"),
            Range::Share => ((0.0..=1.0).contains(&x), "it must lie between 0 and 1"),
            Range::Finite => (true, ""),
        };
        match (fits && x.is_finite(), &self.range) {
            (true, _) => Ok(()),
            (false, Range::Finite) => Err(Error::option(&format!("{} is {x}, not a finite number", self.name()))),
            (false, _) => Err(Error::option(&format!("{} is {x}; {range}", self.name()))),
        }
    }

    /// [`Number::check`], where the option is given.
    pub fn check_given(&self, x: Option<f64>) -> Result<()> {
        x.map_or(Ok(()), |x| self.check(x))
    }

    fn name(&self) -> OptionName<'static> {
        OptionName(self.name)
    }
}

pub(crate) const LEARNING_RATE: Number = Number { name: "learning_rate", range: Range::Positive };
pub(crate) const HEAD_LEARNING_RATE: Number = Number { name: "head_learning_rate", range: Range::Positive };
pub(crate) const WEIGHT_DECAY: Number = Number { name: "weight_decay", range: Range::NotNegative };
pub(crate) const CLIP: Number = Number { name: "clip", range: Range::NotNegative };
pub(crate) const WARMUP: Number = Number { name: "warmup", range: Range::Share };
pub(crate) const INNER_RATE: Number = Number { name: "inner_rate", range: Range::Positive };
pub(crate) const LEARN_INNER_RATE: Number = Number { name: "learn_inner_rate", range: Range::Positive };
pub(crate) const REPTILE_RATE: Number = Number { name: "reptile_rate", range: Range::Positive };
pub(crate) const LAYER_DECAY: Number = Number { name: "layer_decay", range: Range::Positive };
pub(crate) const ENCODER_RATE: Number = Number { name: "encoder_rate", range: Range::NotNegative };
pub(crate) const EMBEDDING_RATE: Number = Number { name: "embedding_rate", range: Range::NotNegative };
pub(crate) const METHOD_RATE: Number = Number { name: "method_rate", range: Range::NotNegative };
pub(crate) const TEMPERATURE: Number = Number { name: "temperature", range: Range::Share };
pub(crate) const NAMELESS: Number = Number { name: "nameless", range: Range::Share };
pub(crate) const ADAPTER_SCALING: Number = Number { name: "adapter_scaling", range: Range::Finite };
pub(crate) const LORA_ALPHA: Number = Number { name: "lora_alpha", range: Range::Finite };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_refused_with_name_value_and_range() {
        let of_training = [EPOCHS, BATCH_SIZE, BATCH_PIECES, MICRO_BATCH_PIECES, EVALUATE_EVERY, PATIENCE, SHOTS];
        let of_priming = [INNER_STEPS, SUPPORT, QUERY, EPISODES, STEPS, CHECKPOINT_EVERY];
        for count in of_training.into_iter().chain(of_priming) {
            assert!(count.check(1).is_ok() && count.check(count.most).is_ok() && count.check_given(None).is_ok());
            for wrong in [0, count.most + 1, usize::MAX] {
                let e = count.check(wrong).unwrap_err();
                let range = format!("{} is {wrong}; it must lie between 1 and {}", count.name, count.most);
                assert_eq!((e.message(), e.options().next()), (&range[..], Some(count.name)));
            }
        }
    }

    #[test]
    fn numbers_that_are_none_or_out_of_range_are_refused() {
        let everywhere = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for (number, fit, wrong) in [
            (LEARNING_RATE, vec![1e-9, 1e30], vec![0.0, -1.0]),
            (HEAD_LEARNING_RATE, vec![1e-9], vec![0.0, -0.0]),
            (WEIGHT_DECAY, vec![0.0, 2.0], vec![-1e-9]),
            (CLIP, vec![0.0, 2.0], vec![-1e-9]),
            (WARMUP, vec![0.0, 0.5, 1.0], vec![-1e-9, 1.1]),
            (INNER_RATE, vec![0.1], vec![0.0]),
            (LEARN_INNER_RATE, vec![0.1], vec![0.0]),
            (REPTILE_RATE, vec![0.1], vec![0.0]),
            (LAYER_DECAY, vec![0.1], vec![0.0]),
            (ENCODER_RATE, vec![0.0, 0.1], vec![-0.1]),
            (EMBEDDING_RATE, vec![0.0, 0.1], vec![-0.1]),
            (METHOD_RATE, vec![0.0, 0.1], vec![-0.1]),
            (TEMPERATURE, vec![0.0, 1.0], vec![-0.1, 1.1]),
            (ADAPTER_SCALING, vec![-1.0, 0.0, 1.0], vec![]),
            (LORA_ALPHA, vec![-1.0, 0.0, 1.0], vec![]),
        ] {
            fit.into_iter().for_each(|x| number.check(x).unwrap());
            for x in wrong.into_iter().chain(everywhere) {
                let e = number.check(x).unwrap_err();
                assert!(e.message().starts_with(&format!("{} is {x}", number.name)), "{e}");
            }
        }
    }
}
