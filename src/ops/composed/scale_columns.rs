//! Rows times a factor a column.

use candle_core::Tensor;

use super::{Composed, Kept, Result, apply, widen};
use crate::ops::kernel::Reads;

/// `x · diag(factors)` in the type of `x`, computed in `f32`.
pub(in crate::ops) fn scale_columns(x: &Tensor, factors: &Tensor) -> Result<Tensor> {
    apply(ScaleColumns, &[x, factors])
}

struct ScaleColumns;

impl Composed for ScaleColumns {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        let x = widen(&args[0])?;
        x.broadcast_mul(&args[1].to_dtype(x.dtype())?)?.to_dtype(args[0].dtype())
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        // Each side's gradient is made of the other.
        Reads { args: vec![needed[1], needed[0]], out: false }
    }

    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let grad = widen(grad)?;
        let x = || grad.broadcast_mul(&args[1].tensor()?.to_dtype(grad.dtype())?);
        let factors = || (&grad * widen(args[0].tensor()?)?)?.sum(0);
        Ok(vec![needed[0].then(x).transpose()?, needed[1].then(factors).transpose()?])
    }
}
