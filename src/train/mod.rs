//! The one training loop: examples, optimiser, schedule, early stopping, progress, cancellation, checkpoints.

mod adapt;
mod checkpoint;
mod dev;
mod examples;
mod identity;
mod memory;
mod optimizer;
mod options;
mod prefix;
mod progress;
mod recompute;
mod schedule;
mod step;
mod warm_start;

pub use adapt::{adapt, adapt_observed};
pub use options::AdaptOptions;
pub use progress::{Observer, Progress, Stage};

#[cfg(test)]
mod reference_test;
