//! Rows of a table by index: the embedding lookup, and the choice of labelled pieces.

use candle_core::{Shape, Tensor, bail};

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// `table[indices]`: `[rows, columns]` and `n` indices give `[n, columns]`. Backward adds up the rows that were
/// taken more than once.
///
/// # Errors
/// Where an index is beyond the table, or the table has no columns.
pub fn select_rows(table: &Tensor, indices: &[u32]) -> Result<Tensor> {
    let (rows, columns) = table.dims2()?;
    if columns == 0 {
        bail!("select_rows: a table of shape {:?}", table.shape());
    }
    if let Some(i) = indices.iter().find(|i| **i as usize >= rows) {
        bail!("select_rows: row {i} of {rows}");
    }
    if is_composed(table.device()) {
        return composed::select_rows(table, indices);
    }
    by_dtype!(table, "select_rows", T => apply::<T, _>(SelectRows(indices.to_vec()), &[table]))
}

pub(super) struct SelectRows(pub(super) Vec<u32>);

impl<T: Float> Kernel<T> for SelectRows {
    fn name(&self) -> &'static str {
        "select_rows"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let (table, n) = (args[0].data, args[0].columns());
        let mut out = Vec::with_capacity(self.0.len() * n);
        self.0.iter().for_each(|&i| out.extend_from_slice(&table[i as usize * n..(i as usize + 1) * n]));
        Ok((out, Shape::from((self.0.len(), n))))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let n = args[0].columns();
        let mut g = vec![T::zero(); args[0].shape.elem_count()];
        for (&i, row) in self.0.iter().zip(grad.chunks_exact(n)) {
            g[i as usize * n..(i as usize + 1) * n].iter_mut().zip(row).for_each(|(s, v)| *s += *v);
        }
        Ok(vec![Some(g)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() {
        check_gradients(&[random(&[4, 3], 1)], |a| select_rows(&a[0], &[2, 0, 2, 2, 3]));
    }

    #[test]
    fn an_index_beyond_the_table_is_an_error() {
        assert!(select_rows(&random(&[4, 3], 1), &[4]).is_err());
    }
}
