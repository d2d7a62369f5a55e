//! Threads of our own, so that a host keeps the global rayon pool and as many cores as it wants.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, ErrorKind, Result};

/// Deep graphs are dropped by recursion; only the pages that are touched cost memory.
const STACK: usize = 32 << 20;

/// A pool of `threads` threads; 0 means as many as the machine offers.
pub(crate) fn start(threads: usize) -> Result<ThreadPool> {
    let builder = ThreadPoolBuilder::new();
    // A model that a test has compose its operations does so on all its threads.
    #[cfg(test)]
    let builder = {
        let place = crate::ops::places::here();
        builder.start_handler(move |_| crate::ops::places::set(place))
    };
    builder
        .num_threads(count(threads))
        .stack_size(STACK)
        .thread_name(|n| format!("primer-{n}"))
        .build()
        .map_err(|e| Error::new(ErrorKind::Compute, format!("cannot start {threads} threads: {e}")).caused_by(e))
}

/// The number of threads that `threads` stands for.
fn count(threads: usize) -> usize {
    const MOST: usize = 1024;
    match threads {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n.min(MOST),
    }
}
