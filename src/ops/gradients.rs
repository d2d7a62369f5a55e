//! Gradients of a few operations, for those who use them without the training loop.

use candle_core::{Tensor, bail};

use super::tape::Tape;

type Result<T> = candle_core::Result<T>;

/// Runs `f` and gives its result with the gradients of `args`, tensors that `f` uses.
///
/// `seed`, of the result's shape and element type, is the gradient of the result: ones give the gradients of its sum.
/// A gradient has its argument's shape; it is `None` where the result does not depend on the argument by operations of
/// this module. Whatever else `f` does to a tensor in between (a `narrow`, say) cuts the gradient.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use primer::ops;
///
/// let x = Tensor::new(&[[1f32, -2.0]], &Device::Cpu)?;
/// let (y, gradients) = ops::gradients(|| ops::scale(&x, 3.0), &[&x], &x.ones_like()?)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[3.0, -6.0]]);
/// assert_eq!(gradients[0].as_ref().map(|g| g.to_vec2::<f32>()).transpose()?, Some(vec![vec![3.0, 3.0]]));
/// # candle_core::Result::Ok(())
/// ```
///
/// # Errors
/// Those of `f`; where `seed` does not fit the result; where the result depends
/// on none of the arguments.
pub fn gradients(
    f: impl FnOnce() -> Result<Tensor>,
    args: &[&Tensor],
    seed: &Tensor,
) -> Result<(Tensor, Vec<Option<Tensor>>)> {
    let (out, tape) = Tape::record_from(args, f)?;
    if out.dtype() != seed.dtype() {
        bail!("gradients: a result of type {:?}, its gradient of {:?}", out.dtype(), seed.dtype());
    }
    let mut found = tape.backward(&out, seed)?;
    let gradients = args.iter().map(|arg| found.take_tensor(arg)).collect::<Result<_>>()?;
    Ok((out, gradients))
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::random;
    use super::super::{add, linear, scale};
    use super::*;

    #[test]
    fn arguments_get_gradients_in_their_shapes_and_bystanders_none() -> Result<()> {
        let (x, w, other) = (random(&[2, 3], 1), random(&[4, 3], 2), random(&[2], 3));
        let (y, g) = gradients(|| linear(&x, &w, None), &[&x, &w, &other], &random(&[2, 4], 4))?;
        assert_eq!(y.dims(), [2, 4]);
        let shapes: Vec<_> = g.iter().map(|g| g.as_ref().map(|g| g.dims().to_vec())).collect();
        assert_eq!(shapes, [Some(vec![2, 3]), Some(vec![4, 3]), None]);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let (x, other) = (random(&[2, 3], 1), random(&[2, 3], 2));
        assert!(gradients(|| scale(&x, 2.0), &[&x], &random(&[3, 2], 3)).is_err());
        assert!(gradients(|| scale(&x, 2.0), &[&x], &x.to_dtype(candle_core::DType::F32).unwrap()).is_err());
        assert!(gradients(|| scale(&x, 2.0), &[&other], &x).is_err());
        assert!(gradients(|| add(&x, &random(&[1], 1)), &[&x], &x).is_err());
    }
}
