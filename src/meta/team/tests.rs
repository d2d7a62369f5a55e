//! Sums have the same bits everywhere, messages arrive whole, and a rank that fails or goes away keeps nobody waiting.

use super::threads::Threads;
use super::*;
use crate::error::{Error, ErrorKind};

/// Numbers whose sum hangs on the order.
fn numbers(list: usize, count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 + list * 1001) % 613) as f32 * 10f32.powi((i + list) as i32 % 9 - 4)).collect()
}

#[test]
fn sums_are_taken_in_the_order_of_the_lists_and_all_have_them() {
    // The last is more than goes at once, and no multiple of anything.
    for (lists, size, length) in
        [(1, 1, 5), (2, 2, 0), (5, 2, 7), (7, 3, 1), (1, 4, 4), (8, 5, 1001), (4, 3, (16 << 20) / 4 + 77)]
    {
        let mut want = numbers(0, length);
        for list in 1..lists {
            want.iter_mut().zip(numbers(list, length)).for_each(|(sum, x)| *sum += x);
        }
        let counts: Vec<usize> = (0..size).map(|rank| (rank..lists).step_by(size).len()).collect();
        let sums = Threads::run(size, |team| {
            let mine = (team.rank()..lists).step_by(size).map(|list| numbers(list, length)).collect();
            sum(&team, mine, length, &counts)
        });
        for (rank, got) in sums.into_iter().enumerate() {
            let got = got.unwrap();
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert!(bits(&got) == bits(&want), "rank {rank} of {size}, {lists} lists of {length} numbers");
        }
    }
}

#[test]
fn messages_of_any_length_arrive_in_order() {
    for size in [1, 2, 4] {
        let got = Threads::run(size, |team| {
            let mine = (team.rank(), "é".repeat(1000 * team.rank()));
            share(&team, Ok((team.rank(), mine)))
        });
        for (rank, got) in got.into_iter().enumerate() {
            let (kept, all) = got.unwrap();
            assert_eq!(kept, rank);
            let want: Vec<_> = (0..size).map(|rank| (rank, "é".repeat(1000 * rank))).collect();
            assert_eq!(all, want);
        }
        let long = vec![7u8; (16 << 20) + 3];
        for bytes in [None, Some(Vec::new()), Some(long)] {
            let got = Threads::run(size, |team| match team.rank() {
                0 => spread(&team, bytes.clone()),
                // A file of its own does not count.
                _ => spread(&team, Some(vec![1; 5])),
            });
            got.into_iter().for_each(|got| assert!(got.unwrap() == bytes));
        }
    }
}

#[test]
fn the_error_of_one_rank_is_that_of_all() {
    let outcome = |failing: &[(usize, ErrorKind)]| {
        let all = Threads::run(4, |team| {
            let mine = failing.iter().find(|(rank, _)| *rank == team.rank());
            agree(&team, mine.map_or(Ok(()), |(_, kind)| Err(Error::new(*kind, "no luck").in_file("a.conll"))))
        });
        let errors: Vec<Error> = all.into_iter().map(Result::unwrap_err).collect();
        errors.iter().for_each(|e| assert_eq!(e.to_string(), errors[0].to_string()));
        (errors[0].kind(), errors[0].to_string())
    };
    assert_eq!(outcome(&[(2, ErrorKind::Io)]), (ErrorKind::Io, "rank 2: a.conll: no luck".to_owned()));
    let several = [(3, ErrorKind::Data), (1, ErrorKind::OutOfMemory)];
    assert_eq!(outcome(&several), (ErrorKind::OutOfMemory, "rank 1: a.conll: no luck".to_owned()));
    // Who was only stopped is not the reason.
    let several = [(0, ErrorKind::Cancelled), (3, ErrorKind::Data)];
    assert_eq!(outcome(&several), (ErrorKind::Data, "rank 3: a.conll: no luck".to_owned()));
    assert_eq!(outcome(&[(0, ErrorKind::Cancelled)]).0, ErrorKind::Cancelled);
    // One process alone keeps its error as it is.
    let alone = agree(&Alone, Err::<(), _>(Error::data("no luck").at_line(7))).unwrap_err();
    assert_eq!((alone.line(), alone.message()), (Some(7), "no luck"));
    let failed = Threads::run(3, |team| first_failure(&team, (team.rank() > 0).then(|| "no file".to_owned())));
    failed.into_iter().for_each(|failed| assert_eq!(failed.unwrap(), Some((1, "no file".to_owned()))));
    let fine = Threads::run(3, |team| first_failure(&team, None));
    fine.into_iter().for_each(|failed| assert_eq!(failed.unwrap(), None));
}

#[test]
fn nobody_waits_for_a_rank_that_went_away() {
    let all = Threads::run(3, |team| match team.rank() {
        1 => None,
        _ => Some(sum(&team, vec![vec![1.0; 9]], 9, &[1; 3])),
    });
    assert!(all[1].is_none());
    [0, 2].iter().for_each(|rank| assert!(all[*rank].as_ref().unwrap().is_err()));
}
