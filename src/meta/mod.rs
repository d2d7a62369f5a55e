//! Priming: meta-learning that prepares a backbone for parameter-efficient fine-tuning on the device.
//!
//! The outer loop trains the whole backbone (theta); the inner loop does what the device will do later: a few steps on the
//! parameters of one method and a tag head (phi) alone. Source: Gheini, Ma, May, "Know Where You're Going: Meta-Learning
//! for Parameter-Efficient Fine-Tuning" (arXiv 2205.12453). Its baselines run in the same harness: multi-task training,
//! plain MAML, ANIL, Reptile.

mod choice;
mod episode;
mod input;
mod learner;
mod log;
mod made;
mod maml;
mod measure;
mod objective;
mod options;
mod outer;
mod part;
mod primed;
mod progress;
mod resolve;
mod rows;
mod run;
mod space;
mod state;
mod task;
pub mod team;
mod type_dev;
mod type_episode;

#[cfg(test)]
mod gradient_test;
#[cfg(test)]
mod made_test;
#[cfg(test)]
mod reference_test;
#[cfg(test)]
mod team_test;

pub use choice::{AlgorithmName, AlgorithmSettings};
pub use objective::Compute;
pub use options::{Algorithm, EpisodeHead, Hessian, InnerRate, InnerScope, Order, OuterScope, PrimeOptions};
pub use primed::{PrimeReport, Primed};
pub use progress::{PrimeObserver, PrimeProgress};
pub use resolve::ResolvedPrime;
pub use run::{prime, prime_observed, prime_team};
pub use task::Task;
pub use team::Team;
