//! The processes that share a run: those that `mpirun` started, or this one alone.

use primer::meta::Team;
use primer::meta::team::{Alone, first_failure};

use crate::args::Common;
use crate::console::{Failure, Outcome};

/// All ranks of a run, as this one sees them.
pub struct Ranks {
    pub team: Box<dyn Team>,
    /// This rank's share of the machine's cores; 0 for all of them.
    threads: usize,
}

impl Ranks {
    /// Meets the other ranks, where there are some.
    #[cfg(feature = "mpi")]
    pub fn join() -> Outcome<Ranks> {
        use primer::meta::team::Mpi;

        if !Mpi::is_launched() {
            return Ok(Ranks { team: Box::new(Alone), threads: 0 });
        }
        let team = Mpi::start()?;
        if team.is_confined() && team.rank() == 0 {
            eprintln!(
                "primer: this rank has one core; with `mpirun --bind-to none` ranks share all cores of a machine"
            );
        }
        let threads = team.threads();
        Ok(Ranks { team: Box::new(team), threads })
    }

    /// This process alone; others that were started beside it would do the same work and write the same files.
    #[cfg(not(feature = "mpi"))]
    pub fn join() -> Outcome<Ranks> {
        let size = |name| std::env::var(name).ok().and_then(|n| n.parse::<usize>().ok());
        match ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"].into_iter().find_map(size) {
            Some(n) if n > 1 => {
                let message = format!("this is one of {n} processes, but primer was built without MPI (feature mpi)");
                Err(Failure::Other(message))
            }
            _ => Ok(Ranks { team: Box::new(Alone), threads: 0 }),
        }
    }

    /// True for the rank that speaks and writes.
    pub fn leads(&self) -> bool {
        self.team.rank() == 0
    }

    /// What this rank makes of the options of all commands.
    pub fn common(&self, common: &Common) -> Common {
        let threads = if common.threads == 0 { self.threads } else { common.threads };
        Common { threads, quiet: common.quiet || !self.leads(), ..common.clone() }
    }

    /// What this rank did by itself, where no other failed in it.
    pub fn agree<T>(&self, mine: Outcome<T>) -> Outcome<T> {
        if self.team.size() == 1 {
            return mine;
        }
        let failure = mine.as_ref().err().map(ToString::to_string);
        match first_failure(&*self.team, failure)? {
            None => mine,
            Some((rank, text)) => Err(Failure::Other(format!("rank {rank}: {text}"))),
        }
    }

    /// The end of the run. A failure is that of all ranks, and rank 0 tells it while the others still wait: a launcher may
    /// end it as soon as one of them has gone.
    pub fn end(self, done: Outcome) -> Outcome {
        match done {
            Err(failure) if self.team.size() > 1 => {
                if self.leads() {
                    failure.tell();
                }
                Err(Failure::Told(failure.status()))
            }
            done => done,
        }
    }
}
