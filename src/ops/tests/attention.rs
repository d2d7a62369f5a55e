//! Attention over sequences of many lengths: its queries go in blocks of 64, its keys in groups of 8.

use candle_core::{D, DType, Result, Tensor, Var};

use super::super::{Starts, attention};
use super::{assert_close, choices, numbers, random, run};

/// Sequence starts from lengths.
fn starts(lengths: &[usize]) -> Starts {
    let mut starts = vec![0];
    lengths.iter().for_each(|length| starts.push(starts[starts.len() - 1] + length));
    starts.into()
}

/// Queries, keys, values and a gradient of the result. Queries are large, so that weights are far from equal.
fn inputs(pieces: usize, hidden: usize) -> Result<([Tensor; 3], Tensor)> {
    let [q, k, v, seed] = [1, 2, 3, 4].map(|seed| random(&[pieces, hidden], seed));
    Ok(([(q * 6.0)?, k, v], seed))
}

/// One sequence after the other, by candle's own operations.
fn plain(q: &Tensor, k: &Tensor, v: &Tensor, starts: &[usize], heads: usize) -> Result<Tensor> {
    let size = q.dim(1)? / heads;
    let mut outputs = Vec::with_capacity(starts.len() - 1);
    for w in starts.windows(2).filter(|w| w[0] < w[1]) {
        let length = w[1] - w[0];
        let split =
            |t: &Tensor| t.narrow(0, w[0], length)?.reshape((length, heads, size))?.transpose(0, 1)?.contiguous();
        let scores = (split(q)?.matmul(&split(k)?.t()?)? / (size as f64).sqrt())?;
        let weights = candle_nn::ops::softmax(&scores, D::Minus1)?;
        outputs.push(weights.matmul(&split(v)?)?.transpose(0, 1)?.reshape((length, heads * size))?);
    }
    Tensor::cat(&outputs, 0)
}

/// Result and gradients by candle's own operations and its backward pass.
fn reference(args: &[Tensor; 3], seed: &Tensor, starts: &[usize], heads: usize) -> Result<Vec<Tensor>> {
    let vars = args.iter().map(Var::from_tensor).collect::<Result<Vec<_>>>()?;
    let y = plain(&vars[0], &vars[1], &vars[2], starts, heads)?;
    let gradients = (&y * seed)?.sum_all()?.backward()?;
    let of = |var: &Var| gradients.get(var).expect("a gradient").detach();
    Ok(vec![y.detach(), of(&vars[0]), of(&vars[1]), of(&vars[2])])
}

#[test]
fn lengths_around_a_block_agree_with_plain_attention() -> Result<()> {
    let starts = starts(&[1, 63, 64, 65, 130]);
    // Heads of 5 columns, which fill no vector, and of 16.
    for (heads, hidden) in [(2, 10), (3, 48)] {
        let (args, seed) = inputs(starts[starts.len() - 1], hidden)?;
        let want = numbers(&reference(&args, &seed, &starts, heads)?)?;
        let op = |a: &[Tensor]| attention(&a[0], &a[1], &a[2], &starts, heads);
        for (element, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
            let args = args.iter().map(|t| t.to_dtype(element)).collect::<Result<Vec<_>>>()?;
            let seed = seed.to_dtype(element)?;
            let got = numbers(&run(&op, &args, &[0, 1, 2], &seed)?)?;
            for (what, (got, want)) in ["result", "queries", "keys", "values"].iter().zip(got.iter().zip(&want)) {
                assert_close(&format!("{what} in {element:?}, {heads} heads"), got, want, tolerance);
            }
            // What is not asked for changes nothing of the rest.
            for of in choices(3) {
                let some = numbers(&run(&op, &args, &of, &seed)?)?;
                assert!(some[0] == got[0], "result, trained {of:?}");
                of.iter().zip(&some[1..]).for_each(|(i, g)| assert!(*g == got[i + 1], "gradient {i} of {of:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn a_sequence_is_the_same_alone_and_among_others_to_the_bit() -> Result<()> {
    // Long and short by turns: what a thread keeps from the one must not reach the other.
    let lengths: Vec<usize> = (5..38).flat_map(|i| [75 - i, i]).collect();
    let mut sorted = lengths.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted, Vec::from_iter(5..=70), "every length");
    let (all, heads, hidden) = (starts(&lengths), 3, 24);
    let (args, seed) = inputs(all[all.len() - 1], hidden)?;
    let args = args.iter().map(|t| t.to_dtype(DType::F32)).collect::<Result<Vec<_>>>()?;
    let seed = seed.to_dtype(DType::F32)?;
    let together = run(&|a| attention(&a[0], &a[1], &a[2], &all, heads), &args, &[0, 1, 2], &seed)?;
    for (begin, length) in all.iter().zip(lengths) {
        let cut = |t: &Tensor| t.narrow(0, *begin, length);
        let args = args.iter().map(cut).collect::<Result<Vec<_>>>()?;
        let one = starts(&[length]);
        let alone = run(&|a| attention(&a[0], &a[1], &a[2], &one, heads), &args, &[0, 1, 2], &cut(&seed)?)?;
        let together = together.iter().map(cut).collect::<Result<Vec<_>>>()?;
        assert!(numbers(&alone)? == numbers(&together)?, "a sequence of {length} pieces");
    }
    Ok(())
}
