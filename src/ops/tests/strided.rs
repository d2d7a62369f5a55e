//! Tensors that are not contiguous give the results and gradients of contiguous copies, to the bit.

use candle_core::{DType, Result, Tensor};

use super::{choices, numbers, operations, run, seed_for};

/// The same tensor with other strides and offsets, among numbers that must not be read.
fn layouts(t: &Tensor) -> Result<Vec<Tensor>> {
    let other = (t.ones_like()? * 7.0)?;
    let inside = |t: &Tensor, dim: usize| {
        let other = (t.ones_like()? * 7.0)?;
        Tensor::cat(&[&other, t, &other], dim)?.contiguous()?.narrow(dim, t.dim(dim)?, t.dim(dim)?)
    };
    let every_second = Tensor::stack(&[&other, t], 1)?.contiguous()?.narrow(1, 1, 1)?.squeeze(1)?;
    let mut all = vec![inside(t, 0)?, every_second];
    if t.rank() == 2 {
        let transposed = t.t()?.contiguous()?;
        all.extend([transposed.t()?, inside(t, 1)?, inside(&transposed, 0)?.t()?, inside(&transposed, 1)?.t()?]);
    }
    Ok(all)
}

#[test]
fn the_layouts_are_others_of_the_same_numbers() -> Result<()> {
    for shape in [&[3, 4][..], &[5]] {
        let t = super::random(shape, 1);
        let all = layouts(&t)?;
        assert_eq!(all.len(), if shape.len() == 2 { 6 } else { 2 });
        for other in all {
            assert!(!other.is_contiguous() || other.layout().start_offset() > 0, "{:?}", other.layout());
            assert_eq!(numbers(&[other])?, numbers(std::slice::from_ref(&t))?);
        }
    }
    Ok(())
}

#[test]
fn strided_arguments_give_the_same_results_and_gradients() -> Result<()> {
    for element in [DType::F32, DType::F64] {
        for case in operations(5, 6, element) {
            let (op, args) = (&*case.op, &case.args);
            let seed = seed_for(op, args)?;
            for of in choices(args.len()) {
                let want = numbers(&run(op, args, &of, &seed)?)?;
                for i in 0..args.len() {
                    for (n, layout) in layouts(&args[i])?.into_iter().enumerate() {
                        let mut args = args.clone();
                        args[i] = layout;
                        let got = numbers(&run(op, &args, &of, &seed)?)?;
                        assert_eq!(got, want, "{}: layout {n} of argument {i}, trained {of:?}", case.name);
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_strided_gradient_of_the_result_gives_the_same_gradients() -> Result<()> {
    for case in operations(5, 6, DType::F32).into_iter().filter(|case| !case.name.ends_with("cross_entropy")) {
        let (op, args) = (&*case.op, &case.args);
        let (seed, all) = (seed_for(op, args)?, Vec::from_iter(0..args.len()));
        let want = numbers(&run(op, args, &all, &seed)?)?;
        for seed in layouts(&seed)? {
            assert_eq!(numbers(&run(op, args, &all, &seed)?)?, want, "{}", case.name);
        }
    }
    Ok(())
}
