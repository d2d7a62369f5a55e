//! How much work an adaptation is worth: what decides layers, updates and rates that are not given.

use serde::{Deserialize, Serialize};

/// How much an adaptation trains, where epochs, layers and rates are not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Nothing: the head as it starts, at once.
    None,
    /// A few updates of the uppermost layers.
    Quick,
    /// On a model that carries a start, the uppermost layers in seconds; on another, as [`Effort::Thorough`].
    #[default]
    Usual,
    /// All that the method touches, about 600 updates.
    Thorough,
}

/// Mentions a type, on the average, from which on the usual effort trains a head that was made of names and words.
/// Measured on a primed model (AI, 14 types): the head as it starts and after training 38.0 and 34.4 with ten sentences
/// (4 mentions a type), 48.6 and 52.9 with 50 (18), 53.0 and 55.3 with 100.
pub(super) const FEW_MENTIONS: usize = 10;

/// What an effort comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Recipe {
    /// Updates in all, roughly.
    pub updates: usize,
    /// Fewest and most passes over the data.
    pub epochs: (usize, usize),
    /// The uppermost layers that are trained; `None` for all.
    pub trained_layers: Option<usize>,
    /// Sentences in an update; `None` for the usual number.
    pub batch_size: Option<usize>,
    /// The usual rate of the method's parameters times this. The head, which starts near where it ends, keeps its own.
    pub rate: f64,
}

impl Effort {
    /// The name that the command line uses.
    pub fn name(self) -> &'static str {
        match self {
            Effort::None => "none",
            Effort::Quick => "quick",
            Effort::Usual => "usual",
            Effort::Thorough => "thorough",
        }
    }

    /// What is done where the method's parameters are near those of the model's start, and where they are not.
    ///
    /// Measured on new types, early in priming, ten sentences, means over three draws (AI, literature): the head as it
    /// starts 27.0, 40.7; four layers, batches of 4, ten passes at three times the rate 29.5, 46.5. At the usual rate ten
    /// passes are too few: recall falls first, and comes back late.
    pub(super) fn recipe(self, near: bool) -> Recipe {
        let thorough = Recipe { updates: 600, epochs: (3, 30), trained_layers: None, batch_size: None, rate: 1.0 };
        let upper = |layers, updates, epochs| Recipe {
            updates,
            epochs,
            trained_layers: Some(layers),
            batch_size: Some(4),
            rate: 3.0,
        };
        match (self, near) {
            (Effort::None, _) => Recipe { updates: 0, epochs: (0, 0), ..thorough },
            (Effort::Quick, true) => upper(2, 30, (2, 5)),
            (Effort::Quick, false) => Recipe { updates: 60, epochs: (1, 6), ..thorough },
            (Effort::Usual, true) => upper(4, 120, (4, 10)),
            (Effort::Usual, false) | (Effort::Thorough, _) => thorough,
        }
    }
}
