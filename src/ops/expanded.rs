//! Linear layers whose weight stays quantised: it is expanded within the operation and forgotten again.
//!
//! Expanding costs a pass over the weight where the product costs one a piece, so that with a few hundred pieces it is
//! hardly felt; the weight in memory is an eighth of its size in `f32` at 4 bits.

use std::cell::RefCell;
use std::sync::Arc;

use candle_core::{Shape, Tensor, bail};

use super::composed::is_composed;
use super::kernel::{Gradients, Kernel, Reads, View, apply};
use super::linear::{Linear, LinearGelu};
use super::tangents::Tangent;

type Result<T> = candle_core::Result<T>;

/// A matrix that can be written out as `f32`.
pub(crate) trait Matrix: Send + Sync {
    /// Rows and columns.
    fn dims(&self) -> (usize, usize);

    /// Writes all numbers, row-major.
    fn expand(&self, out: &mut [f32]) -> Result<()>;
}

/// `x Wᵀ + b` for a frozen weight; shapes as in [`linear`](super::linear()).
pub(crate) fn linear_expanded(x: &Tensor, w: &Arc<dyn Matrix>, b: &Tensor) -> Result<Tensor> {
    run(x, w, b, Linear)
}

/// `GELU(x Wᵀ + b)` for a frozen weight.
pub(crate) fn linear_gelu_expanded(x: &Tensor, w: &Arc<dyn Matrix>, b: &Tensor) -> Result<Tensor> {
    run(x, w, b, LinearGelu::new())
}

fn run(x: &Tensor, w: &Arc<dyn Matrix>, b: &Tensor, dense: impl Tangent<f32>) -> Result<Tensor> {
    let (outputs, inputs) = w.dims();
    if x.dims2()?.1 != inputs || b.dims() != [outputs] || inputs * outputs == 0 {
        bail!("linear: input {:?}, weight {:?}, bias {:?}", x.shape(), w.dims(), b.shape());
    }
    if is_composed(x.device()) {
        bail!("linear: a quantised weight is for the CPU");
    }
    apply::<f32, _>(Expanded { matrix: w.clone(), dense }, &[x, b])
}

thread_local! {
    /// One matrix a thread, used again and again: memory that comes and goes in such pieces falls apart.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with the matrix written out.
pub(super) fn with_expanded<R>(matrix: &dyn Matrix, f: impl FnOnce(View<f32>) -> Result<R>) -> Result<R> {
    // Taken, not borrowed: while `f` waits for other threads, this one may be given another call of this function.
    let mut scratch = SCRATCH.take();
    let shape = Shape::from(matrix.dims());
    scratch.resize(scratch.len().max(shape.elem_count()), 0.0);
    let weight = &mut scratch[..shape.elem_count()];
    let result = matrix.expand(weight).and_then(|()| f(View { data: weight, shape: &shape }));
    SCRATCH.set(scratch);
    result
}

/// A dense kernel with its weight, the second of its three arguments, put in between.
pub(super) struct Expanded<K> {
    pub(super) matrix: Arc<dyn Matrix>,
    pub(super) dense: K,
}

impl<K: Kernel<f32>> Kernel<f32> for Expanded<K> {
    fn name(&self) -> &'static str {
        self.dense.name()
    }

    fn forward(&mut self, args: &[View<f32>], keep: bool) -> Result<(Vec<f32>, Shape)> {
        let Expanded { matrix, dense } = self;
        with_expanded(matrix.as_ref(), |weight| dense.forward(&[args[0], weight, args[1]], keep))
    }

    fn reads(&self, _: &[bool]) -> Reads {
        Reads { args: vec![false, false], out: false }
    }

    fn backward(&self, args: &[View<f32>], needed: &[bool], out: View<f32>, grad: &[f32]) -> Result<Gradients<f32>> {
        let mut gradients = with_expanded(self.matrix.as_ref(), |weight| {
            self.dense.backward(&[args[0], weight, args[1]], &[needed[0], false, needed[1]], out, grad)
        })?;
        gradients.remove(1);
        Ok(gradients)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::super::finite_difference::random;
    use super::super::{Tape, linear, linear_gelu};
    use super::*;

    struct Plain(Vec<f32>, (usize, usize));

    impl Matrix for Plain {
        fn dims(&self) -> (usize, usize) {
            self.1
        }

        fn expand(&self, out: &mut [f32]) -> Result<()> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }

    /// Result and gradients are those of the dense operation, which finite differences vouch for.
    #[test]
    fn agrees_with_the_dense_operation_to_the_bit() -> Result<()> {
        let float = |shape: &[usize], seed| random(shape, seed).to_dtype(DType::F32);
        let (x, b) = (Var::from_tensor(&float(&[5, 3], 1)?)?, Var::from_tensor(&float(&[4], 2)?)?);
        let w = float(&[4, 3], 3)?;
        let matrix: Arc<dyn Matrix> = Arc::new(Plain(w.flatten_all()?.to_vec1()?, (4, 3)));
        let seed = float(&[5, 4], 4)?;
        let run = |f: &dyn Fn() -> Result<Tensor>| -> Result<_> {
            let (y, tape) = Tape::record(f)?;
            let mut g = tape.backward(&y, &seed)?;
            Ok((y.to_vec2::<f32>()?, g.take::<f32>(&x)?, g.take::<f32>(&b)?))
        };
        let dense = run(&|| linear(&x, &w, Some(&b)))?;
        assert!(dense.1.is_some() && dense.2.is_some());
        assert_eq!(run(&|| linear_expanded(&x, &matrix, &b))?, dense);
        assert_eq!(run(&|| linear_gelu_expanded(&x, &matrix, &b))?, run(&|| linear_gelu(&x, &w, &b))?);
        assert!(linear_expanded(&Tensor::zeros((5, 4), DType::F32, &Device::Cpu)?, &matrix, &b).is_err());
        Ok(())
    }
}
