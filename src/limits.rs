//! The ranges of options, each said once in interface/: what is refused, and the words for it.

use std::fmt::Display;

use crate::error::{Error, OptionName, Result};

mod generated;
pub(crate) use generated::*;

/// An option that counts something.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    name: &'static str,
    least: usize,
    most: usize,
}

impl Count {
    const fn new(name: &'static str, least: usize, most: usize) -> Count {
        Count { name, least, most }
    }

    /// A count from 1 whose range depends on the model.
    pub const fn up_to(name: &'static str, most: usize) -> Count {
        Count::new(name, 1, most)
    }

    /// Refuses a number out of range.
    pub fn check(&self, n: usize) -> Result<()> {
        match (self.least..=self.most).contains(&n) {
            true => Ok(()),
            false => Err(self.refused(n)),
        }
    }

    fn refused(&self, n: impl Display) -> Error {
        let (name, Count { least, most, .. }) = (OptionName(self.name), self);
        Error::option(&format!("{name} is {n}; it must lie between {least} and {most}"))
    }

    /// [`Count::check`], where the option is given.
    pub fn check_given(&self, n: Option<usize>) -> Result<()> {
        n.map_or(Ok(()), |n| self.check(n))
    }
}

/// The count of `option` as a text or a plan has it: in its range, and where that depends on other things, a count at all.
///
/// # Errors
/// `InvalidArgument` with the option's range.
pub fn count(option: &str, n: i128) -> Result<usize> {
    let known = COUNTS.iter().find(|count| count.name == option);
    let refused = |_| match known {
        Some(count) => count.refused(n),
        None => Error::option(&format!("{} is {n}; it must be a whole number from 0", OptionName(option))),
    };
    let n = usize::try_from(n).map_err(refused)?;
    known.map_or(Ok(()), |count| count.check(n)).map(|()| n)
}

/// The number of `option` as a text or a plan has it, in its range.
///
/// # Errors
/// `InvalidArgument` with the option's range.
pub fn number(option: &str, x: f64) -> Result<f64> {
    NUMBERS.iter().find(|number| number.name == option).map_or(Ok(()), |number| number.check(x)).map(|()| x)
}

/// The error for two options of which one alone may be given.
pub fn exclude(one: &str, other: &str) -> Error {
    let (one, other) = (OptionName(one), OptionName(other));
    Error::option(&format!("{one} and {other} exclude each other; leave one of the two out"))
}

/// An option that measures something.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    name: &'static str,
    range: Range,
}

#[derive(Clone, Copy)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_refused_with_name_value_and_range() {
        assert!(COUNTS.len() > 10);
        for count in COUNTS {
            assert!(
                count.check(count.least).is_ok() && count.check(count.most).is_ok() && count.check_given(None).is_ok()
            );
            for wrong in [0, count.most + 1, usize::MAX] {
                let e = count.check(wrong).unwrap_err();
                let range =
                    format!("{} is {wrong}; it must lie between {} and {}", count.name, count.least, count.most);
                assert_eq!((e.message(), e.options().next()), (&range[..], Some(count.name)));
            }
            let text = |n: i128| super::count(count.name, n).map_err(|e| e.message().to_owned());
            let range = format!("must lie between {} and {}", count.least, count.most);
            assert_eq!(text(-3), Err(format!("{} is -3; it {range}", count.name)));
            assert_eq!(text(0), Err(format!("{} is 0; it {range}", count.name)));
            assert_eq!(text(9), Ok(9));
        }
        assert_eq!(super::count("lora_rank", -3).unwrap_err().options().next(), Some("lora_rank"));
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
            assert!(NUMBERS.iter().any(|n| n.name == number.name));
            fit.into_iter().for_each(|x| number.check(x).unwrap());
            for x in wrong.into_iter().chain(everywhere) {
                let e = number.check(x).unwrap_err();
                assert!(e.message().starts_with(&format!("{} is {x}", number.name)), "{e}");
                assert_eq!(super::number(number.name, x).unwrap_err().message(), e.message());
            }
        }
    }
}
