//! A team over MPI: one process a rank, on one machine or many.

use std::marker::PhantomData;

use mpi::Threading;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use sha2::{Digest, Sha256};

use super::Team;
use crate::error::{Error, ErrorKind, Result};

/// What launchers tell the processes that they start: Open MPI's, those with PMI (MPICH, Slurm), and those with PMIx.
const LAUNCHERS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"];

/// The ranks that `mpirun` started. It stays on the thread that it was made on.
///
/// MPI cannot tell of a rank that it has lost: it ends the whole run instead, as does a panic on any rank.
pub struct Mpi {
    world: SimpleCommunicator,
    threads: usize,
    confined: bool,
    // Last: MPI ends when it is dropped, which waits for all ranks.
    _universe: Universe,
    _here: PhantomData<*const ()>,
}

impl Mpi {
    /// True where an MPI launcher started this process. Otherwise [`Alone`](super::Alone) does, and MPI need not start.
    pub fn is_launched() -> bool {
        LAUNCHERS.iter().any(|name| std::env::var_os(name).is_some())
    }

    /// Starts MPI, once in a process, and meets the other ranks.
    ///
    /// # Errors
    /// `Busy` where MPI was started before; `Unsupported` for an MPI that allows no threads beside its own.
    pub fn start() -> Result<Mpi> {
        let started = mpi::initialize_with_threading(Threading::Funneled);
        let (universe, threading) =
            started.ok_or_else(|| Error::new(ErrorKind::Busy, "MPI was started before in this process"))?;
        if threading < Threading::Funneled {
            return Err(Error::unsupported("this MPI allows no threads beside its own"));
        }
        let world = universe.world();
        let (threads, confined) = share_of_cores(&world);
        Ok(Mpi { world, threads, confined, _universe: universe, _here: PhantomData })
    }

    /// The cores that this rank may use, divided by the ranks of this machine that may use the same.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// True where this rank was given a single core while its machine has some to spare: `mpirun` binds ranks to cores unless
    /// it is told otherwise.
    pub fn is_confined(&self) -> bool {
        self.confined
    }
}

fn share_of_cores(world: &SimpleCommunicator) -> (usize, bool) {
    let neighbours = world.split_shared(world.rank());
    let local = neighbours.size() as usize;
    let mine: [u8; 32] = Sha256::digest(allowed_cores()).into();
    let mut all = vec![0u8; mine.len() * local];
    neighbours.all_gather_into(&mine[..], &mut all[..]);
    let same = all.as_chunks::<32>().0.iter().filter(|theirs| **theirs == mine).count();
    let available = std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = (available / same.max(1)).max(1);
    (threads, available == 1 && cores().is_some_and(|all| all > local))
}

/// The cores that the system lets this process use, as it writes them; nothing where it does not tell.
fn allowed_cores() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("Cpus_allowed:")).unwrap_or_default().to_owned()
}

/// All cores of the machine.
fn cores() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    Some(text.lines().filter(|line| line.starts_with("processor")).count())
}

impl Team for Mpi {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<()> {
        self.world.process_at_rank(0).broadcast_into(bytes);
        Ok(())
    }

    fn gather(&self, mine: &[u8], all: &mut [u8]) -> Result<()> {
        self.world.all_gather_into(mine, all);
        Ok(())
    }

    fn exchange(&self, mine: &[u8], theirs: &mut [u8]) -> Result<()> {
        self.world.all_to_all_into(mine, theirs);
        Ok(())
    }
}

impl Drop for Mpi {
    fn drop(&mut self) {
        // MPI's end would wait for the others, and they for this rank.
        if std::thread::panicking() {
            self.world.abort(101);
        }
    }
}

impl std::fmt::Debug for Mpi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mpi").field("rank", &self.rank()).field("size", &self.size()).finish()
    }
}
