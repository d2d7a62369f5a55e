//! Batches without a piece, layers without a column, and what does not fit: results or errors, never a panic.

use candle_core::{DType, Device, Result, Tensor};

use super::super::Activation;
use super::*;

/// Operations that take tensors of any shape, so that no size is the hidden one.
const ELEMENTWISE: [&str; 5] = ["add", "scale", "relu", "swish", "gelu"];

#[test]
fn no_piece_gives_an_empty_result_and_gradients() -> Result<()> {
    for element in [DType::F32, DType::F64] {
        for case in operations(0, 6, element) {
            let (op, args) = (&*case.op, &case.args);
            if case.name.ends_with("cross_entropy") {
                assert!(op(args).is_err());
                continue;
            }
            let columns = if case.name.starts_with("linear") { 8 } else { 6 };
            assert_eq!(op(args)?.dims(), [0, columns], "{}", case.name);
            let seed = seed_for(op, args)?;
            for of in choices(args.len()) {
                // Weights have a gradient, of which no piece has a part.
                for numbers in numbers(&run(op, args, &of, &seed)?)? {
                    assert!(numbers.iter().all(|v| *v == 0.0), "{}, trained {of:?}: {numbers:?}", case.name);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_piece_of_a_strided_tensor_is_an_empty_result_too() -> Result<()> {
    let wide = random(&[6, 4], 1);
    for x in [wide.narrow(0, 3, 0)?, wide.t()?.narrow(0, 2, 0)?] {
        let w = random(&[2, x.dim(1)?], 2);
        assert_eq!(linear(&x, &w, None)?.dims(), [0, 2]);
        assert_eq!(scale(&x, 2.0)?.dims(), x.dims());
    }
    Ok(())
}

#[test]
fn no_column_is_an_error() -> Result<()> {
    for rows in [0, 5] {
        for case in operations(rows, 0, DType::F32) {
            let (op, args) = (&*case.op, &case.args);
            match ELEMENTWISE.contains(&case.name) {
                true => {
                    let seed = seed_for(op, args)?;
                    assert_eq!(run(op, args, &[0], &seed)?[0].dims(), [rows, 0], "{}", case.name);
                }
                false => assert!(op(args).is_err(), "{} with {rows} rows", case.name),
            }
        }
    }
    Ok(())
}

#[test]
fn a_layer_without_an_output_is_an_error() {
    let (x, w, b) = (random(&[5, 3], 1), random(&[0, 3], 2), random(&[0], 3));
    assert!(linear(&x, &w, None).is_err() && linear(&x, &w, Some(&b)).is_err() && linear_gelu(&x, &w, &b).is_err());
}

#[test]
fn no_index_gives_no_row() -> Result<()> {
    for rows in [0, 4] {
        let table = random(&[rows, 3], 1);
        let found = run(&|a| select_rows(&a[0], &[]), &[table], &[0], &random(&[0, 3], 2))?;
        assert!(found[0].dims() == [0, 3] && numbers(&found)?[1].iter().all(|g| *g == 0.0));
    }
    Ok(())
}

/// One argument at a time with a row more, a column more, or of another rank; also of another element type.
#[test]
fn an_argument_that_does_not_fit_is_an_error() -> Result<()> {
    let mut tried = 0;
    for case in operations(5, 6, DType::F32) {
        let several = case.args.len() > 1;
        for (i, arg) in case.args.iter().enumerate() {
            let resized = |by: &dyn Fn(&mut Vec<usize>)| {
                let mut dims = arg.dims().to_vec();
                by(&mut dims);
                random(&dims, 9).to_dtype(DType::F32)
            };
            let mut others = Vec::new();
            if !ELEMENTWISE.contains(&case.name) {
                others.extend([arg.unsqueeze(0)?, resized(&|dims| dims.truncate(arg.rank() - 1))?]);
                others.push(arg.to_dtype(DType::U32)?);
            }
            if several {
                others.extend([resized(&|dims| dims.push(2))?, arg.to_dtype(DType::F64)?]);
                others.push(resized(&|dims| *dims.last_mut().unwrap() += 1)?);
            }
            // Any number of pieces, and of outputs without a bias, is right for a layer.
            let free = match case.name {
                "linear without bias" => true,
                "linear" | "linear_gelu" | "layer_norm" | "scale_columns" | "select_rows" => i == 0,
                _ => false,
            };
            if !free && (several || case.name.ends_with("cross_entropy")) {
                others.extend([resized(&|dims| dims[0] += 1)?, resized(&|dims| dims[0] -= 1)?]);
            }
            for other in others {
                let mut args = case.args.clone();
                let shape = other.shape().clone();
                args[i] = other;
                assert!((case.op)(&args).is_err(), "{}: argument {i} of shape {shape:?}", case.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    Ok(())
}

#[test]
fn other_element_types_are_errors() -> Result<()> {
    for case in operations(5, 6, DType::F32) {
        let args: Vec<Tensor> = case.args.iter().map(|t| t.to_dtype(DType::U32)).collect::<Result<_>>()?;
        assert!((case.op)(&args).is_err(), "{}", case.name);
    }
    Ok(())
}

#[test]
fn attention_wants_heads_that_divide_its_columns() {
    let x = random(&[4, 6], 1);
    let starts = Starts::from([0, 4]);
    for heads in [0, 4, 7, 12, usize::MAX] {
        assert!(attend(&x, &x, &x, &starts, heads).is_err(), "{heads} heads");
    }
    assert!(attend(&x, &x, &x, &starts, 6).is_ok());
}

#[test]
fn a_scalar_is_an_element() -> Result<()> {
    let x = Tensor::new(2f32, &Device::Cpu)?;
    let found = run(&|a| activation(&a[0], Activation::Relu), std::slice::from_ref(&x), &[0], &x)?;
    assert_eq!(numbers(&found)?, [[2.0], [2.0]]);
    Ok(())
}
