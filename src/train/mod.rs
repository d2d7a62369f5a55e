//! The one training loop: examples, optimiser, schedule, early stopping, progress, cancellation, checkpoints.

mod adapt;
mod batches;
mod beginning;
pub(crate) mod checkpoint;
mod counters;
pub(crate) mod dev;
pub(crate) mod difference;
mod effort;
pub(crate) mod examples;
pub(crate) mod gradients;
mod identity;
mod keep;
mod loss;
mod made_head;
pub(crate) mod memory;
mod min_score;
pub(crate) mod optimizer;
mod options;
mod prefix;
mod progress;
mod rates;
mod recompute;
mod report;
pub(crate) mod resolve;
mod run;
pub(crate) mod schedule;
mod start;
pub(crate) mod step;
pub(crate) mod warm_start;

pub use adapt::{States, adapt, adapt_by_name, adapt_observed, adapt_states};
pub use effort::Effort;
pub use keep::Overlap;
pub use options::AdaptOptions;
pub(crate) use progress::Counter;
pub use progress::{Observer, Progress, Stage};
pub use resolve::{ResolvedAdapt, TrainingData};

#[cfg(test)]
mod device_test;
#[cfg(test)]
mod effort_test;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(test)]
mod reference_test;
#[cfg(test)]
mod resolve_test;
#[cfg(test)]
mod started_test;
#[cfg(test)]
pub(crate) use resolve_test::config as resolve_config;
