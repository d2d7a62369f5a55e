//! A queue between two threads that is bounded by the weight of what waits in it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Items with their weights, in order. One thread pushes, one takes.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// No more is pushed while the items weigh this much.
    limit: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    weight: usize,
    /// When the first item came.
    since: Instant,
    ended: bool,
    abandoned: bool,
}

impl<T> Queue<T> {
    /// A queue that holds `limit` and one item.
    pub fn new(limit: usize) -> Queue<T> {
        let state = State { items: VecDeque::new(), weight: 0, since: Instant::now(), ended: false, abandoned: false };
        Queue { state: Mutex::new(state), changed: Condvar::new(), limit }
    }

    /// Adds an item once there is room. False: nobody will take it.
    pub fn push(&self, item: T, weight: usize) -> bool {
        let full = |s: &mut State<T>| s.weight >= self.limit && !s.abandoned;
        let mut state = self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        if state.abandoned {
            return false;
        }
        if state.items.is_empty() {
            state.since = Instant::now();
        }
        state.weight += weight;
        state.items.push_back((item, weight));
        self.changed.notify_all();
        true
    }

    /// The next items, the fewest that weigh `enough`. Fewer come at the end of all, and where `patience` has passed
    /// since the first of them was pushed. None at all: the end.
    pub fn take(&self, enough: usize, patience: Option<Duration>) -> Vec<T> {
        let mut state = self.state();
        while state.weight < enough && !state.ended {
            let waited = state.since.elapsed();
            state = match patience.filter(|_| !state.items.is_empty()) {
                Some(patience) if waited >= patience => break,
                Some(patience) => {
                    let woken = self.changed.wait_timeout(state, patience - waited);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        let mut taken = Vec::new();
        let mut weight = 0;
        while weight < enough
            && let Some((item, heavy)) = state.items.pop_front()
        {
            weight += heavy;
            taken.push(item);
        }
        state.weight -= weight;
        self.changed.notify_all();
        taken
    }

    /// Whoever pushes holds this: when it is dropped, also by a panic, the queue ends.
    pub fn pusher(&self) -> impl Drop {
        OnDrop(|| self.change(|s| s.ended = true))
    }

    /// Whoever takes holds this: when it is dropped, also by a panic, nobody waits for room any more.
    pub fn taker(&self) -> impl Drop {
        OnDrop(|| self.change(|s| s.abandoned = true))
    }

    fn change(&self, change: impl FnOnce(&mut State<T>)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// No code of others runs under the lock, so that a poisoned state is a whole one.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_cut_by_weight_alone() {
        let queue = Queue::new(100);
        for (item, weight) in [3, 4, 9, 1, 1].into_iter().enumerate() {
            assert!(queue.push(item, weight));
        }
        drop(queue.pusher());
        let rounds: Vec<Vec<usize>> =
            std::iter::from_fn(|| Some(queue.take(5, None)).filter(|r| !r.is_empty())).collect();
        assert_eq!(rounds, [vec![0, 1], vec![2], vec![3, 4]]);
    }

    #[test]
    fn an_item_does_not_wait_for_others_longer_than_it_is_told() {
        let queue = Queue::new(100);
        queue.push('a', 1);
        assert_eq!(queue.take(5, Some(Duration::from_millis(1))), ['a']);
    }

    #[test]
    fn a_full_queue_holds_its_pusher_until_room_is_made_or_the_taker_goes() {
        let queue = Queue::new(2);
        std::thread::scope(|scope| {
            let pusher = scope.spawn(|| (0..).take_while(|i| queue.push(*i, 1)).count());
            while queue.state().weight < 2 {
                std::thread::yield_now();
            }
            assert_eq!(queue.take(1, None), [0]);
            while queue.state().weight < 2 {
                std::thread::yield_now();
            }
            drop(queue.taker());
            assert_eq!(pusher.join().unwrap(), 3);
        });
    }
}
