//! A team of threads in one process, for tests.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::Team;
use crate::error::{Error, ErrorKind, Result};

/// A rank, with a channel to and from every other.
pub struct Threads {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
}

impl Threads {
    /// Runs `run` once a rank, each on a thread of its own, and gives what came out in the order of the ranks.
    pub fn run<T: Send>(size: usize, run: impl Fn(Threads) -> T + Sync) -> Vec<T> {
        let mut ranks: Vec<Threads> =
            (0..size).map(|rank| Threads { rank, to: Vec::new(), from: Vec::new() }).collect();
        for from in 0..size {
            for to in 0..size {
                let (sender, receiver) = channel();
                ranks[from].to.push(sender);
                ranks[to].from.push(receiver);
            }
        }
        std::thread::scope(|scope| {
            let run = &run;
            let threads: Vec<_> = ranks.into_iter().map(|rank| scope.spawn(move || run(rank))).collect();
            threads.into_iter().map(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
        })
    }

    fn send(&self, to: usize, bytes: &[u8]) -> Result<()> {
        self.to[to].send(bytes.to_vec()).map_err(|_| gone(to))
    }

    fn receive(&self, from: usize, bytes: &mut [u8]) -> Result<()> {
        let got = self.from[from].recv().map_err(|_| gone(from))?;
        assert_eq!(got.len(), bytes.len(), "rank {} and rank {from} do not do the same", self.rank);
        bytes.copy_from_slice(&got);
        Ok(())
    }
}

fn gone(rank: usize) -> Error {
    Error::new(ErrorKind::Compute, format!("rank {rank} is gone"))
}

impl Team for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<()> {
        match self.rank {
            0 => (1..self.size()).try_for_each(|to| self.send(to, bytes)),
            _ => self.receive(0, bytes),
        }
    }

    fn gather(&self, mine: &[u8], all: &mut [u8]) -> Result<()> {
        (0..self.size()).try_for_each(|to| self.send(to, mine))?;
        all.chunks_exact_mut(mine.len()).enumerate().try_for_each(|(from, bytes)| self.receive(from, bytes))
    }

    fn exchange(&self, mine: &[u8], theirs: &mut [u8]) -> Result<()> {
        let part = mine.len() / self.size();
        mine.chunks_exact(part).enumerate().try_for_each(|(to, bytes)| self.send(to, bytes))?;
        theirs.chunks_exact_mut(part).enumerate().try_for_each(|(from, bytes)| self.receive(from, bytes))
    }
}
