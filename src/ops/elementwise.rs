//! Sums and multiples.

use candle_core::{Shape, Tensor, WithDType, bail};

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// `a + b` for tensors of one shape.
///
/// # Errors
/// Where shapes or element types differ.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.shape() != b.shape() {
        bail!("add: {:?} and {:?}", a.shape(), b.shape());
    }
    if is_composed(a.device()) {
        return composed::add(a, b);
    }
    by_dtype!(a, "add", T => apply::<T, _>(Add, &[a, b]))
}

/// `factor · x`.
pub fn scale(x: &Tensor, factor: f64) -> Result<Tensor> {
    if is_composed(x.device()) {
        return composed::scale(x, factor);
    }
    by_dtype!(x, "scale", T => apply::<T, _>(Scale(T::from_f64(factor)), &[x]))
}

pub(super) struct Add;

impl<T: Float> Kernel<T> for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let sums = args[0].data.iter().zip(args[1].data).map(|(a, b)| *a + *b);
        Ok((sums.collect(), args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, _: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        Ok(needed.iter().map(|needed| needed.then(|| grad.to_vec())).collect())
    }
}

pub(super) struct Scale<T>(pub(super) T);

impl<T: Float> Kernel<T> for Scale<T> {
    fn name(&self) -> &'static str {
        "scale"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        Ok((args[0].data.iter().map(|x| *x * self.0).collect(), args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, _: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        Ok(vec![Some(grad.iter().map(|g| *g * self.0).collect())])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() {
        check_gradients(&[random(&[3, 2], 1), random(&[3, 2], 2)], |a| add(&a[0], &a[1]));
        check_gradients(&[random(&[3, 2], 1)], |a| scale(&a[0], -0.7));
    }

    #[test]
    fn different_shapes_are_an_error() {
        assert!(add(&random(&[3, 2], 1), &random(&[2, 3], 2)).is_err());
    }
}
