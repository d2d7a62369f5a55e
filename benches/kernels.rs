//! The operations of the encoder at its real sizes: width 384, feed-forward width 1536, 12 heads.
//!
//!     cargo bench --bench kernels [-- FILTER]
//!
//! Each runs in a pool of one thread and of two: forward by itself, and forward with the backward pass behind it, which
//! computes every gradient that the case names. Where an operation is made of multiplications and additions, its
//! throughput counts those: criterion's "Gelem/s" is then GFLOP/s. Elsewhere it counts elements of the result.

use std::hint::black_box;
use std::time::{Duration, Instant};

use candle_core::{Device, Result, Tensor};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use primer::ops::{self, Activation};
use rayon::{ThreadPool, ThreadPoolBuilder};

const HIDDEN: usize = 384;
const INTERMEDIATE: usize = 1536;
const HEADS: usize = 12;
/// Width of a bottleneck adapter with a reduction of 16.
const BOTTLENECK: usize = 24;
/// IOB2 with three types.
const TAGS: usize = 7;
/// About what a batch of 16 short sentences holds, and what the tagger sends through at once.
const PIECES: [usize; 2] = [256, 1024];

fn random(shape: &[usize]) -> Tensor {
    Tensor::randn(0f32, 1.0, shape, &Device::Cpu).expect("a tensor of random numbers")
}

/// The pools in which everything is measured.
fn pools() -> [ThreadPool; 2] {
    [1, 2].map(|n| ThreadPoolBuilder::new().num_threads(n).build().expect("a pool of threads"))
}

/// Measures `op` for `pieces` in every pool. The clock runs inside the pool, so that handing work over is not measured.
fn measure(
    group: &mut BenchmarkGroup<WallTime>,
    pools: &[ThreadPool],
    case: &str,
    pieces: usize,
    count: usize,
    op: &(impl Fn() -> Result<Tensor> + Sync),
) {
    group.throughput(Throughput::Elements(count as u64));
    for pool in pools {
        let id = BenchmarkId::new(case, format!("{pieces} pieces, {} thread(s)", pool.current_num_threads()));
        group.bench_function(id, |b| {
            b.iter_custom(|iterations| {
                pool.install(|| {
                    let begun = Instant::now();
                    for _ in 0..iterations {
                        black_box(op().expect("shapes fit"));
                    }
                    begun.elapsed()
                })
            })
        });
    }
}

/// Measures `op` with its backward pass: the gradients of `args`.
#[allow(clippy::too_many_arguments)]
fn measure_both(
    group: &mut BenchmarkGroup<WallTime>,
    pools: &[ThreadPool],
    case: &str,
    pieces: usize,
    count: usize,
    op: &(impl Fn() -> Result<Tensor> + Sync),
    args: &[&Tensor],
) {
    let seed = random(op().expect("shapes fit").dims());
    measure(group, pools, case, pieces, count, &|| {
        let (_, gradients) = ops::gradients(op, args, &seed)?;
        gradients.into_iter().flatten().next().ok_or_else(|| candle_core::Error::msg("no gradient"))
    });
}

fn linear(c: &mut Criterion) {
    let pools = pools();
    let mut group = c.benchmark_group("linear");
    let shapes =
        [(HIDDEN, HIDDEN), (HIDDEN, INTERMEDIATE), (INTERMEDIATE, HIDDEN), (HIDDEN, BOTTLENECK), (BOTTLENECK, HIDDEN)];
    for (inputs, outputs) in shapes {
        let (w, b) = (random(&[outputs, inputs]), random(&[outputs]));
        for pieces in PIECES {
            let x = random(&[pieces, inputs]);
            let flop = 2 * pieces * inputs * outputs;
            let case = format!("{inputs} to {outputs}");
            let op = || ops::linear(&x, &w, Some(&b));
            measure(&mut group, &pools, &case, pieces, flop, &op);
            let [frozen, trained] = ["frozen", "trained"].map(|kind| format!("{case}, with backward, {kind}"));
            measure_both(&mut group, &pools, &frozen, pieces, 2 * flop, &op, &[&x]);
            measure_both(&mut group, &pools, &trained, pieces, 3 * flop, &op, &[&x, &w, &b]);
        }
    }
}

fn linear_gelu(c: &mut Criterion) {
    let pools = pools();
    let mut group = c.benchmark_group("linear_gelu");
    let (w, b) = (random(&[INTERMEDIATE, HIDDEN]), random(&[INTERMEDIATE]));
    for pieces in PIECES {
        let x = random(&[pieces, HIDDEN]);
        let flop = 2 * pieces * HIDDEN * INTERMEDIATE;
        let case = format!("{HIDDEN} to {INTERMEDIATE}");
        let op = || ops::linear_gelu(&x, &w, &b);
        measure(&mut group, &pools, &case, pieces, flop, &op);
        let [frozen, trained] = ["frozen", "trained"].map(|kind| format!("{case}, with backward, {kind}"));
        measure_both(&mut group, &pools, &frozen, pieces, 2 * flop, &op, &[&x]);
        measure_both(&mut group, &pools, &trained, pieces, 3 * flop, &op, &[&x, &w, &b]);
    }
}

fn attention(c: &mut Criterion) {
    let pools = pools();
    let mut group = c.benchmark_group("attention");
    for length in [8, 16, 21, 32, 64, 256] {
        for pieces in PIECES {
            let [q, k, v] = [0; 3].map(|_| random(&[pieces, HIDDEN]));
            let starts = ops::Starts::from((0..pieces).step_by(length).chain([pieces]).collect::<Vec<_>>());
            // Scores and weighted values; the softmax between them is not counted.
            let flop: usize = 4 * HIDDEN * starts.windows(2).map(|w| (w[1] - w[0]).pow(2)).sum::<usize>();
            let case = format!("sentences of {length}");
            let op = || ops::attention(&q, &k, &v, &starts, HEADS);
            measure(&mut group, &pools, &case, pieces, flop, &op);
            // Backward is five products: the scores again, and four gradients.
            let both = format!("{case}, with backward");
            measure_both(&mut group, &pools, &both, pieces, flop * 7 / 2, &op, &[&q, &k, &v]);
        }
    }
}

fn element_wise(c: &mut Criterion) {
    let pools = pools();
    let mut group = c.benchmark_group("layer_norm");
    let (gamma, beta) = (random(&[HIDDEN]), random(&[HIDDEN]));
    for pieces in PIECES {
        let (x, residual) = (random(&[pieces, HIDDEN]), random(&[pieces, HIDDEN]));
        let op = || ops::layer_norm(&x, Some(&residual), &gamma, &beta, 1e-12);
        measure(&mut group, &pools, "with residual", pieces, pieces * HIDDEN, &op);
        let frozen = "with residual, with backward, frozen";
        measure_both(&mut group, &pools, frozen, pieces, pieces * HIDDEN, &op, &[&x, &residual]);
        let trained = "with residual, with backward, trained";
        measure_both(&mut group, &pools, trained, pieces, pieces * HIDDEN, &op, &[&x, &residual, &gamma, &beta]);
    }
    group.finish();
    let mut group = c.benchmark_group("activation");
    for kind in [Activation::Relu, Activation::Swish, Activation::Gelu] {
        for pieces in PIECES {
            let x = random(&[pieces, BOTTLENECK]);
            let case = format!("{kind:?} of {BOTTLENECK}");
            let op = || ops::activation(&x, kind);
            measure(&mut group, &pools, &case, pieces, pieces * BOTTLENECK, &op);
            let both = format!("{case}, with backward");
            measure_both(&mut group, &pools, &both, pieces, pieces * BOTTLENECK, &op, &[&x]);
        }
    }
    group.finish();
    let mut group = c.benchmark_group("add");
    for pieces in PIECES {
        let (a, b) = (random(&[pieces, HIDDEN]), random(&[pieces, HIDDEN]));
        let op = || ops::add(&a, &b);
        measure(&mut group, &pools, "add", pieces, pieces * HIDDEN, &op);
        measure_both(&mut group, &pools, "add, with backward", pieces, pieces * HIDDEN, &op, &[&a, &b]);
        let op = || ops::scale(&a, 0.5);
        measure(&mut group, &pools, "scale", pieces, pieces * HIDDEN, &op);
        measure_both(&mut group, &pools, "scale, with backward", pieces, pieces * HIDDEN, &op, &[&a]);
    }
}

fn ends(c: &mut Criterion) {
    let pools = pools();
    let mut group = c.benchmark_group("select_rows");
    for pieces in PIECES {
        // The labelled half of the pieces.
        let (x, rows) = (random(&[pieces, HIDDEN]), (0..pieces as u32).step_by(2).collect::<Vec<_>>());
        let op = || ops::select_rows(&x, &rows);
        measure(&mut group, &pools, "labelled half", pieces, rows.len() * HIDDEN, &op);
        let both = "labelled half, with backward";
        measure_both(&mut group, &pools, both, pieces, rows.len() * HIDDEN, &op, &[&x]);
    }
    group.finish();
    let mut group = c.benchmark_group("cross_entropy");
    for pieces in PIECES {
        let logits = random(&[pieces, TAGS]);
        let targets: Vec<u32> = (0..pieces).map(|i| (i % TAGS) as u32).collect();
        let case = format!("{TAGS} tags");
        let op = || ops::cross_entropy(&logits, &targets);
        measure(&mut group, &pools, &case, pieces, pieces * TAGS, &op);
        measure_both(&mut group, &pools, &format!("{case}, with backward"), pieces, pieces * TAGS, &op, &[&logits]);
    }
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(800));
    targets = linear, linear_gelu, attention, element_wise, ends
}
criterion_main!(kernels);
