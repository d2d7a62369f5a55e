//! Several processes that share the work of a run.

mod alone;
mod collective;
#[cfg(feature = "mpi")]
mod mpi;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(in crate::meta) mod threads;

pub use alone::Alone;
pub use collective::first_failure;
pub(super) use collective::{agree, share, spread, sum};
#[cfg(feature = "mpi")]
pub use mpi::Mpi;

use crate::error::Result;

/// The processes ("ranks") that share the work of a run, as one of them sees them.
///
/// The three operations are collective: all ranks call the same ones, in the same order, with buffers of the same length,
/// and a call returns when this rank's part of it is done. No buffer is longer than 64 MiB times the number of ranks. They
/// are called on the thread that called [`prime_team`](super::prime_team).
///
/// An error says that ranks cannot be reached any more: the run then ends on this rank. An implementation must see to it
/// that the others do not wait for it for ever.
pub trait Team {
    /// This rank's number, from 0. Rank 0 reads and writes the files of a run and tells its observer.
    fn rank(&self) -> usize;

    /// The number of ranks, at least 1.
    fn size(&self) -> usize;

    /// Hands rank 0's bytes to everybody, in place.
    fn broadcast(&self, bytes: &mut [u8]) -> Result<()>;

    /// Hands everybody's bytes to everybody: `all` is `mine` of rank 0, then that of rank 1, and so on.
    fn gather(&self, mine: &[u8], all: &mut [u8]) -> Result<()>;

    /// Of [`Team::size`] equal parts of `mine`, hands part r to rank r; part r of `theirs` is what rank r had for this one.
    fn exchange(&self, mine: &[u8], theirs: &mut [u8]) -> Result<()>;
}
