//! How a backbone is trained over tasks, as a caller gives it.

use super::options::{Algorithm, InnerRate, Order, PrimeOptions};
use crate::error::{Error, OptionName, Result};

/// An [`Algorithm`] by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlgorithmName {
    /// [`Algorithm::Maml`].
    #[default]
    Maml,
    /// [`Algorithm::MultiTask`].
    MultiTask,
    /// [`Algorithm::Reptile`].
    Reptile,
}

impl AlgorithmName {
    /// The name that options of every language have for it.
    fn name(self) -> &'static str {
        match self {
            AlgorithmName::Maml => "maml",
            AlgorithmName::MultiTask => "multi_task",
            AlgorithmName::Reptile => "reptile",
        }
    }
}

/// The algorithm and its settings, each where it is given; the names are those of the options in every language. In
/// [`PrimeOptions`] an algorithm has its settings inside, so that none can be of another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AlgorithmSettings {
    /// The algorithm; MAML where it is not given.
    pub algorithm: Option<AlgorithmName>,
    /// MAML: how far its gradient goes.
    pub order: Option<Order>,
    /// Step size of the inner gradient descent.
    pub inner_rate: Option<f64>,
    /// MAML: peak learning rate of the inner step sizes.
    pub learn_inner_rate: Option<f64>,
    /// Reptile: the share of the way that an update goes.
    pub reptile_rate: Option<f64>,
}

/// The usual share of the way that an update of Reptile goes.
const REPTILE_RATE: f64 = 0.1;

impl AlgorithmSettings {
    /// Takes over what is given; ranges are for [`PrimeOptions::check`].
    ///
    /// # Errors
    /// `InvalidArgument` for a setting of another algorithm.
    pub fn apply(self, options: &mut PrimeOptions) -> Result<()> {
        // By name, so that a new setting does not compile before it has its place here.
        let AlgorithmSettings { algorithm, order, inner_rate, learn_inner_rate, reptile_rate } = self;
        let name = algorithm.unwrap_or_default();
        for (setting, owner, given) in [
            ("order", AlgorithmName::Maml, order.is_some()),
            ("reptile_rate", AlgorithmName::Reptile, reptile_rate.is_some()),
        ] {
            if given && owner != name {
                let (setting, option) = (OptionName(setting), OptionName("algorithm"));
                return Err(Error::option(&format!(
                    "{setting} is a setting of the algorithm {}, and {option} is {}; leave one of the two out",
                    owner.name(),
                    name.name()
                )));
            }
        }
        options.algorithm = match name {
            AlgorithmName::Maml => Algorithm::Maml(order.unwrap_or(Order::First)),
            AlgorithmName::MultiTask => Algorithm::MultiTask,
            AlgorithmName::Reptile => Algorithm::Reptile(reptile_rate.unwrap_or(REPTILE_RATE)),
        };
        let start = inner_rate.unwrap_or(options.inner_rate.start());
        options.inner_rate = match learn_inner_rate {
            Some(rate) => InnerRate::Learnt { start, rate },
            None => InnerRate::Fixed(start),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peft::Method;

    fn applied(settings: AlgorithmSettings) -> Result<(Algorithm, InnerRate)> {
        let mut options = PrimeOptions::new(Method::Head);
        settings.apply(&mut options)?;
        options.check()?;
        Ok((options.algorithm, options.inner_rate))
    }

    /// What is not given is what Rust's own options start with.
    #[test]
    fn nothing_given_changes_nothing() {
        let usual = PrimeOptions::new(Method::Head);
        assert_eq!(applied(AlgorithmSettings::default()).unwrap(), (usual.algorithm, usual.inner_rate));
        let reptile = AlgorithmSettings { algorithm: Some(AlgorithmName::Reptile), ..Default::default() };
        assert_eq!(applied(reptile).unwrap().0, Algorithm::Reptile(0.1));
    }

    #[test]
    fn a_setting_of_another_algorithm_is_refused_by_name() {
        let none = AlgorithmSettings::default();
        let (reptile, multi) = (Some(AlgorithmName::Reptile), Some(AlgorithmName::MultiTask));
        for (settings, option, algorithm) in [
            (AlgorithmSettings { reptile_rate: Some(0.1), ..none }, "reptile_rate", "maml"),
            (AlgorithmSettings { algorithm: multi, reptile_rate: Some(0.5), ..none }, "reptile_rate", "multi_task"),
            (AlgorithmSettings { algorithm: reptile, order: Some(Order::First), ..none }, "order", "reptile"),
            (AlgorithmSettings { algorithm: multi, order: Some(Order::First), ..none }, "order", "multi_task"),
        ] {
            let e = applied(settings).unwrap_err();
            assert_eq!(e.options().collect::<Vec<_>>(), [option, "algorithm"], "{e}");
            assert!(e.message().contains(&format!("algorithm is {algorithm};")), "{e}");
        }
        let learnt = AlgorithmSettings { algorithm: reptile, learn_inner_rate: Some(0.1), ..none };
        assert!(applied(learnt).unwrap_err().message().contains("MAML alone"));
        let out_of_range = AlgorithmSettings { learn_inner_rate: Some(-1.0), ..none };
        assert!(applied(out_of_range).unwrap_err().message().starts_with("learn_inner_rate is -1; it must be"));
    }
}
