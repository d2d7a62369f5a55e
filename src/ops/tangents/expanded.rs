//! Tangents of linear layers with a quantised weight: those of the dense layer, with the weight written out for the call.

use candle_core::Shape;

use super::super::expanded::{Expanded, with_expanded};
use super::super::kernel::View;
use super::{Both, Point, Result, Tangent, Wanted};

impl<K: Tangent<f32>> Tangent<f32> for Expanded<K> {
    fn forward_twice(&mut self, args: &[View<f32>]) -> Result<(Vec<f32>, Shape)> {
        let Expanded { matrix, dense } = self;
        with_expanded(matrix.as_ref(), |weight| dense.forward_twice(&[args[0], weight, args[1]]))
    }

    fn forward_tangent(&mut self, args: &[View<f32>], tangents: &[Option<&[f32]>]) -> Result<Vec<f32>> {
        let Expanded { matrix, dense } = self;
        let tangents = [tangents[0], None, tangents[1]];
        with_expanded(matrix.as_ref(), |weight| dense.forward_tangent(&[args[0], weight, args[1]], &tangents))
    }

    fn backward_tangent(
        &self,
        point: &Point<f32>,
        wanted: &Wanted,
        grad: &[f32],
        grad_tangent: Option<&[f32]>,
    ) -> Result<Both<f32>> {
        let mut both = with_expanded(self.matrix.as_ref(), |weight| {
            let args = [point.args[0], weight, point.args[1]];
            let point = Point { args: &args, tangents: &[point.tangents[0], None, point.tangents[1]], out: point.out };
            let [gradients, tangents] = [wanted.gradients, wanted.tangents].map(|w| [w[0], false, w[1]]);
            let wanted = Wanted { gradients: &gradients, tangents: &tangents };
            self.dense.backward_tangent(&point, &wanted, grad, grad_tangent)
        })?;
        both.gradients.remove(1);
        both.tangents.remove(1);
        Ok(both)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candle_core::{DType, Tensor};

    use super::super::super::finite_difference::random;
    use super::super::super::{Matrix, Tape, linear, linear_expanded, linear_gelu, linear_gelu_expanded};
    use super::*;

    struct Plain(Vec<f32>);

    impl Matrix for Plain {
        fn dims(&self) -> (usize, usize) {
            (4, 3)
        }

        fn expand(&self, out: &mut [f32]) -> Result<()> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }

    /// Gradients and tangents are those of the dense operation, which finite differences vouch for.
    #[test]
    fn agrees_with_the_dense_operation_to_the_bit() -> Result<()> {
        let float = |shape: &[usize], seed| random(shape, seed).to_dtype(DType::F32);
        let (x, w, b) = (float(&[5, 3], 1)?, float(&[4, 3], 2)?, float(&[4], 3)?);
        let matrix: Arc<dyn Matrix> = Arc::new(Plain(w.flatten_all()?.to_vec1()?));
        let (seed, direction) = (float(&[5, 4], 4)?, random(&[15], 5).to_dtype(DType::F32)?.to_vec1::<f32>()?);
        let run = |f: &dyn Fn() -> Result<Tensor>| -> Result<_> {
            let (y, tape) = Tape::record_twice(&[&x, &b], f)?;
            let moving = [(&x, direction.clone()), (&b, direction[..4].to_vec())];
            let (mut gradients, mut tangents) = tape.gradients_and_tangents(&y, &seed, moving)?;
            let mut take = |t| -> Result<_> { Ok((gradients.take::<f32>(t)?, tangents.take::<f32>(t)?)) };
            Ok((y.to_vec2::<f32>()?, take(&x)?, take(&b)?))
        };
        let dense = run(&|| linear_gelu(&x, &w, &b))?;
        assert!(dense.1.1.is_some() && dense.2.1.is_some());
        assert_eq!(run(&|| linear_gelu_expanded(&x, &matrix, &b))?, dense);
        assert_eq!(run(&|| linear_expanded(&x, &matrix, &b))?, run(&|| linear(&x, &w, Some(&b)))?);
        Ok(())
    }
}
