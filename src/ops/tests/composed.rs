//! What GPUs run agrees with the CPU's kernels: results, gradients, for every choice of what is trained.

use candle_core::{DType, Device, Result, Tensor};

use super::super::composed::places::{self, Place};
use super::super::finite_difference::check_gradients;
use super::super::{Tape, cast, embedding_sum};
use super::*;

/// All operations, the embeddings' sum among them.
fn all(rows: usize, hidden: usize, element: DType) -> Vec<Case> {
    let mut cases = operations(rows, hidden, element);
    let shapes = [[rows, hidden], [7, hidden], [2, hidden]];
    let args = shapes.iter().zip(1..).map(|(s, seed)| random(s, seed).to_dtype(element).unwrap()).collect();
    let positions: Vec<u32> = (0..rows as u32).map(|i| i % 5).collect();
    let op: Owned = Box::new(move |a: &[Tensor]| embedding_sum(&a[0], &a[1], &positions, &a[2]));
    cases.push(Case { name: "embedding_sum", args, op });
    cases
}

/// [`run`] at a place, with tensors that are brought there.
fn there(place: Place, op: Op, args: &[Tensor], of: &[usize], seed: &Tensor) -> Result<Vec<Tensor>> {
    places::at(place, || {
        let args = args.iter().map(places::bring).collect::<Result<Vec<_>>>()?;
        run(op, &args, of, &places::bring(seed)?)
    })
}

#[test]
fn results_and_gradients_are_those_of_the_kernels() -> Result<()> {
    for (element, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-6)] {
        for case in all(90, 12, element) {
            let (op, args) = (&*case.op, &case.args);
            let seed = seed_for(op, args)?;
            for of in choices(args.len()) {
                let want = numbers(&run(op, args, &of, &seed)?)?;
                for place in places::composed() {
                    let got = numbers(&there(place, op, args, &of, &seed)?)?;
                    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                        let what = format!("{place:?}, {} in {element:?}, trained {of:?}, {i}", case.name);
                        // Another device adds up in another order.
                        let tolerance = if place == Place::Device { 10.0 * tolerance } else { tolerance };
                        assert_close(&what, got, want, tolerance);
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn gradients_agree_with_finite_differences() {
    places::at(Place::Composed, || {
        for case in all(9, 6, DType::F64) {
            check_gradients(&case.args, &*case.op);
        }
    });
}

/// Half precision keeps 8 bits: weights and their gradients stay in `f32`, activations and theirs are of the half type.
#[test]
fn half_precision_is_near_and_master_weights_stay_whole() -> Result<()> {
    for case in all(90, 12, DType::F32) {
        let (op, args) = (&*case.op, &case.args);
        let seed = seed_for(op, args)?;
        let of = Vec::from_iter(0..args.len());
        let want = numbers(&run(op, args, &of, &seed)?)?;
        // What has a row a piece is an activation.
        let is_activation = |t: &Tensor| t.dims().first() == Some(&90);
        let half = |t: &Tensor| if is_activation(t) { t.to_dtype(DType::BF16) } else { Ok(t.clone()) };
        // The embeddings are summed before anything is converted.
        let args = match case.name {
            "embedding_sum" => args.clone(),
            _ => args.iter().map(half).collect::<Result<Vec<_>>>()?,
        };
        let seed = seed.to_dtype(places::at(Place::Composed, || op(&args))?.dtype())?;
        for place in places::composed() {
            let got = there(place, op, &args, &of, &seed)?;
            for (i, (got, arg)) in got[1..].iter().zip(&args).enumerate() {
                assert_eq!(got.dtype(), arg.dtype(), "{place:?}, {}, gradient {i}", case.name);
            }
            for (i, (got, want)) in numbers(&got)?.iter().zip(&want).enumerate() {
                assert_close(&format!("{place:?}, {} in half precision, {i}", case.name), got, want, 0.03);
            }
        }
    }
    Ok(())
}

#[test]
fn a_conversion_hands_its_gradient_back_in_the_type_of_its_argument() -> Result<()> {
    let x = random(&[3, 2], 1).to_dtype(DType::F32)?;
    let (y, gradients) = places::at(Place::Composed, || {
        let f = || scale(&cast(&x, DType::BF16)?, 3.0);
        gradients(f, &[&x], &Tensor::ones((3, 2), DType::BF16, &Device::Cpu)?)
    })?;
    assert_eq!(y.dtype(), DType::BF16);
    let gradient = gradients[0].as_ref().unwrap();
    assert_eq!(gradient.to_vec2::<f32>()?, [[3.0, 3.0]; 3]);
    Ok(())
}

/// candle's own graph would hold every intermediate result until the end.
#[test]
fn results_hold_nothing_of_a_graph() -> Result<()> {
    let w = candle_core::Var::from_tensor(&random(&[4, 3], 1))?;
    let (y, tape) = places::at(Place::Composed, || Tape::record(|| linear(&random(&[2, 3], 2), &w, None)))?;
    assert!(!y.track_op());
    let seed = random(&[2, 4], 3);
    assert!(places::at(Place::Composed, || tape.backward(&y, &seed))?.take::<f64>(&w)?.is_some());
    Ok(())
}

#[test]
fn second_derivatives_along_a_direction_are_refused() {
    let x = random(&[3, 2], 1);
    let error = places::at(Place::Composed, || Tape::record_twice(&[&x], || scale(&x, 2.0))).err().unwrap();
    assert!(error.to_string().contains("by differences"), "{error}");
}

#[test]
fn sequences_of_all_lengths_attend_as_the_kernel_has_it() -> Result<()> {
    let lengths = [1, 64, 65, 3, 0, 130, 2, 2, 40];
    let mut starts = vec![0];
    lengths.iter().for_each(|l| starts.push(starts[starts.len() - 1] + l));
    let (starts, rows) = (Starts::from(starts), lengths.iter().sum());
    let args = [1, 2, 3].map(|seed| random(&[rows, 12], seed));
    let args = [(&args[0] * 6.0)?, args[1].clone(), args[2].clone()];
    let seed = random(&[rows, 12], 4);
    for heads in [3, 2] {
        let op = |a: &[Tensor]| attend(&a[0], &a[1], &a[2], &starts, heads);
        let want = numbers(&run(&op, &args, &[0, 1, 2], &seed)?)?;
        for place in places::composed() {
            // The second time out of the layout that was made before, which is one of other heads at last.
            for _ in 0..2 {
                let got = numbers(&there(place, &op, &args, &[0, 1, 2], &seed)?)?;
                got.iter().zip(&want).for_each(|(got, want)| assert_close("attention", got, want, 1e-12));
            }
        }
    }
    Ok(())
}

/// Where there is a device: more than it holds is an error of its kind, after which it computes on.
#[test]
fn a_full_device_is_an_error_and_computes_on() -> Result<()> {
    for place in places::composed().into_iter().filter(|p| *p == Place::Device) {
        places::at(place, || {
            let x = places::bring(&random(&[3, 2], 1))?;
            let e = Tensor::zeros((1 << 21, 1 << 20), DType::F32, x.device()).err().unwrap();
            assert_eq!(crate::Error::from(e).kind(), crate::ErrorKind::OutOfMemory);
            assert_eq!(numbers(&[scale(&x, 1.0)?])?, numbers(&[x])?);
            Ok::<_, candle_core::Error>(())
        })?;
    }
    Ok(())
}
