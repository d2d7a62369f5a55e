//! Rows times a factor a column: what (IA)³ learns.

use candle_core::{Shape, Tensor, bail};
use rayon::prelude::*;

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// `x · diag(factors)`; `x` is `[rows, columns]`, `factors` are `[columns]`.
///
/// # Errors
/// Where shapes or element types do not fit, or there is no column.
pub fn scale_columns(x: &Tensor, factors: &Tensor) -> Result<Tensor> {
    let ([_, columns], [count]) = (x.dims(), factors.dims()) else {
        bail!("scale_columns: {:?} and {:?}", x.shape(), factors.shape())
    };
    if columns != count || *count == 0 {
        bail!("scale_columns: {:?} and {:?}", x.shape(), factors.shape());
    }
    if is_composed(x.device()) {
        return composed::scale_columns(x, factors);
    }
    by_dtype!(x, "scale_columns", T => apply::<T, _>(ScaleColumns, &[x, factors]))
}

/// Columns whose sum one task takes: the same ones whatever the number of threads.
const BLOCK: usize = 64;

/// Rows that one task handles.
const ROWS: usize = 32;

/// Every row of `x` times `factors`.
pub(super) fn scaled<T: Float>(x: &[T], factors: &[T]) -> Vec<T> {
    let mut y = vec![T::zero(); x.len()];
    let columns = factors.len();
    let rows = |(y, x): (&mut [T], &[T])| {
        for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
            y.iter_mut().zip(x.iter().zip(factors)).for_each(|(y, (x, f))| *y = *x * *f);
        }
    };
    y.par_chunks_mut(ROWS * columns).zip(x.par_chunks(ROWS * columns)).for_each(rows);
    y
}

/// The sums over all rows of `a b`, one a column.
pub(super) fn column_sums<T: Float>(a: &[T], b: &[T], columns: usize) -> Vec<T> {
    let mut sums = vec![T::zero(); columns];
    sums.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| {
        let part = block * BLOCK..block * BLOCK + sums.len();
        for (a, b) in a.chunks_exact(columns).zip(b.chunks_exact(columns)) {
            let products = a[part.clone()].iter().zip(&b[part.clone()]);
            sums.iter_mut().zip(products).for_each(|(s, (a, b))| *s += *a * *b);
        }
    });
    sums
}

pub(super) struct ScaleColumns;

impl<T: Float> Kernel<T> for ScaleColumns {
    fn name(&self) -> &'static str {
        "scale_columns"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        Ok((scaled(args[0].data, args[1].data), args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        // Each side's gradient is made of the other.
        Reads { args: vec![needed[1], needed[0]], out: false }
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let columns = args[1].columns();
        Ok(vec![
            needed[0].then(|| scaled(grad, args[1].data)),
            needed[1].then(|| column_sums(grad, args[0].data, columns)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    /// More columns than a block and more rows than a task have, so that seams are tried.
    #[test]
    fn gradients_agree_with_finite_differences() {
        for [rows, columns] in [[1, 1], [3, 2], [2, BLOCK + 3], [ROWS + 1, 2]] {
            check_gradients(&[random(&[rows, columns], 1), random(&[columns], 2)], |a| scale_columns(&a[0], &a[1]));
        }
    }

    #[test]
    fn every_column_has_its_factor() -> Result<()> {
        let x = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &candle_core::Device::Cpu)?;
        let factors = Tensor::new(&[10f32, -0.5], &candle_core::Device::Cpu)?;
        assert_eq!(scale_columns(&x, &factors)?.to_vec2::<f32>()?, [[10.0, -1.0], [30.0, -2.0]]);
        Ok(())
    }
}
