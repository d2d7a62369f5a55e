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

/// What an effort comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Recipe {
    /// Updates in all, roughly.
    pub updates: usize,
    /// Fewest and most passes over the data.
    pub epochs: (usize, usize),
    /// The uppermost layers that are trained; `None` for all.
    pub trained_layers: Option<usize>,
    /// The usual learning rates times this.
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

    /// What is done where the method's parameters are those of the model's start (`started`), and where they are not.
    pub(super) fn recipe(self, started: bool) -> Recipe {
        let thorough = Recipe { updates: 600, epochs: (3, 30), trained_layers: None, rate: 1.0 };
        match (self, started) {
            (Effort::None, _) => Recipe { updates: 0, epochs: (0, 0), ..thorough },
            (Effort::Quick, true) => Recipe { updates: 30, epochs: (2, 4), trained_layers: Some(2), ..thorough },
            (Effort::Quick, false) => Recipe { updates: 60, epochs: (1, 6), ..thorough },
            (Effort::Usual, true) => Recipe { updates: 100, epochs: (4, 10), trained_layers: Some(4), ..thorough },
            (Effort::Usual, false) | (Effort::Thorough, _) => thorough,
        }
    }
}
