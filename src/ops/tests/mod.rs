//! Tests of what all operations have in common, one property a file.

mod attention;
mod composed;
mod pytorch;
mod shapes;
mod strided;
mod threads;

use candle_core::{DType, Result, Tensor};

use super::finite_difference::random;
use super::partial_cross_entropy::tests::targets as partial_targets;
use super::{
    Activation, Starts, activation, add, attention as attend, cross_entropy, gradients, layer_norm, linear,
    linear_gelu, partial_cross_entropy, scale, scale_columns, select_rows,
};

type Op<'a> = &'a dyn Fn(&[Tensor]) -> Result<Tensor>;
type Owned = Box<dyn Fn(&[Tensor]) -> Result<Tensor> + Send + Sync>;

/// An operation with tensors to run it on.
struct Case {
    name: &'static str,
    args: Vec<Tensor>,
    op: Owned,
}

/// Every operation, on `rows` rows of `hidden` columns.
fn operations(rows: usize, hidden: usize, element: DType) -> Vec<Case> {
    let tensors = |shapes: &[&[usize]]| -> Vec<Tensor> {
        shapes.iter().zip(1..).map(|(shape, seed)| random(shape, seed).to_dtype(element).unwrap()).collect()
    };
    fn case(
        name: &'static str,
        args: Vec<Tensor>,
        op: impl Fn(&[Tensor]) -> Result<Tensor> + Send + Sync + 'static,
    ) -> Case {
        Case { name, args, op: Box::new(op) }
    }
    let (x, w, b, n) = (&[rows, hidden][..], &[hidden + 2, hidden][..], &[hidden + 2][..], &[hidden][..]);
    let starts = starts(rows);
    let targets: Vec<u32> = (0..rows).map(|i| (i % hidden.max(1)) as u32).collect();
    let partial = partial_targets(rows, hidden);
    // Backwards, and the last row once more.
    let indices: Vec<u32> = (0..rows).rev().chain(rows.checked_sub(1)).map(|i| i as u32).collect();
    vec![
        case("linear without bias", tensors(&[x, w]), |a| linear(&a[0], &a[1], None)),
        case("linear", tensors(&[x, w, b]), |a| linear(&a[0], &a[1], Some(&a[2]))),
        case("linear_gelu", tensors(&[x, w, b]), |a| linear_gelu(&a[0], &a[1], &a[2])),
        case("layer_norm", tensors(&[x, n, n]), |a| layer_norm(&a[0], None, &a[1], &a[2], 1e-5)),
        case("layer_norm of a sum", tensors(&[x, x, n, n]), |a| layer_norm(&a[0], Some(&a[1]), &a[2], &a[3], 1e-5)),
        case("attention", tensors(&[x, x, x]), move |a| attend(&a[0], &a[1], &a[2], &starts, 2)),
        case("cross_entropy", tensors(&[x]), move |a| cross_entropy(&a[0], &targets)),
        case("partial_cross_entropy", tensors(&[x]), move |a| partial_cross_entropy(&a[0], &partial)),
        case("select_rows", tensors(&[x]), move |a| select_rows(&a[0], &indices)),
        case("add", tensors(&[x, x]), |a| add(&a[0], &a[1])),
        case("scale", tensors(&[x]), |a| scale(&a[0], -0.7)),
        case("scale_columns", tensors(&[x, n]), |a| scale_columns(&a[0], &a[1])),
        case("relu", tensors(&[x]), |a| activation(&a[0], Activation::Relu)),
        case("swish", tensors(&[x]), |a| activation(&a[0], Activation::Swish)),
        case("gelu", tensors(&[x]), |a| activation(&a[0], Activation::Gelu)),
    ]
}

/// Sequences of several lengths, one of them empty, that partition `rows` pieces.
fn starts(rows: usize) -> Starts {
    let mut starts = vec![0];
    for length in [2, 0, 1, 70, 9].into_iter().cycle() {
        let begin = starts[starts.len() - 1];
        if begin == rows {
            break;
        }
        starts.push(rows.min(begin + length));
    }
    starts.into()
}

/// All choices of one or more of `n` arguments: each argument is trained in some of them and frozen in others.
fn choices(n: usize) -> impl Iterator<Item = Vec<usize>> {
    (1..1usize << n).map(move |bits| (0..n).filter(|i| bits >> i & 1 == 1).collect())
}

/// The result and the gradients of the arguments that `of` chooses.
fn run(op: Op, args: &[Tensor], of: &[usize], seed: &Tensor) -> Result<Vec<Tensor>> {
    let leaves: Vec<&Tensor> = of.iter().map(|i| &args[*i]).collect();
    let (result, found) = gradients(|| op(args), &leaves, seed)?;
    let mut all = vec![result];
    for (leaf, gradient) in leaves.iter().zip(found) {
        let gradient = gradient.expect("every argument has a gradient");
        assert_eq!(gradient.dims(), leaf.dims(), "shape of a gradient");
        all.push(gradient);
    }
    Ok(all)
}

/// A gradient for the result of an operation.
fn seed_for(op: Op, args: &[Tensor]) -> Result<Tensor> {
    let result = op(args)?;
    random(result.dims(), 99).to_dtype(result.dtype())
}

/// The numbers of some tensors; `f64` holds those of `f32` exactly.
fn numbers(tensors: &[Tensor]) -> Result<Vec<Vec<f64>>> {
    let of = |t: &Tensor| t.to_device(&candle_core::Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1();
    tensors.iter().map(of).collect()
}

/// Asserts agreement within `tolerance` of the largest number that is wanted.
fn assert_close(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs();
        assert!(error <= tolerance * largest, "{what}, element {i}: {got}, not {want}; largest {largest}");
    }
}
