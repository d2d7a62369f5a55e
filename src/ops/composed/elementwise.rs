//! Sums and multiples.

use candle_core::Tensor;

use super::{Composed, Kept, Result, apply};

/// `a + b`.
pub(in crate::ops) fn add(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    apply(Add, &[a, b])
}

/// `factor · x`.
pub(in crate::ops) fn scale(x: &Tensor, factor: f64) -> Result<Tensor> {
    apply(Scale(factor), &[x])
}

struct Add;

impl Composed for Add {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        &args[0] + &args[1]
    }

    fn backward(&self, _: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(needed.iter().map(|needed| needed.then(|| grad.clone())).collect())
    }
}

struct Scale(f64);

impl Composed for Scale {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        &args[0] * self.0
    }

    fn backward(&self, _: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some((grad * self.0)?)])
    }
}
