//! Conversion to another element type.

use candle_core::{DType, Tensor};

use super::{Composed, Kept, Result, apply};

/// `x` in the type `dtype`; its gradient goes back into the type of `x`. On the CPU, where every activation is of one
/// type, a conversion to another type cuts the gradient.
pub fn cast(x: &Tensor, dtype: DType) -> Result<Tensor> {
    if x.dtype() == dtype {
        return Ok(x.clone());
    }
    if !super::is_composed(x.device()) {
        return x.to_dtype(dtype);
    }
    apply(Cast(dtype), &[x])
}

struct Cast(DType);

impl Composed for Cast {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        args[0].to_dtype(self.0)
    }

    fn backward(&self, args: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(grad.to_dtype(args[0].dtype)?)])
    }
}
