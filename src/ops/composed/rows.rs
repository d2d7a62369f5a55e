//! Rows of a table by index.

use candle_core::Tensor;

use super::{Composed, Kept, Result, apply};

/// `table[indices]`, which are inside the table.
pub(in crate::ops) fn select_rows(table: &Tensor, indices: &[u32]) -> Result<Tensor> {
    apply(SelectRows(indices.to_vec()), &[table])
}

/// Where each of `rows` rows stands among `indices`; `None` where one is taken twice.
fn places(indices: &[u32], rows: usize) -> Option<Vec<u32>> {
    // Behind the last row there will be one of zeros.
    let nowhere = indices.len() as u32;
    let mut places = vec![nowhere; rows];
    for (place, index) in indices.iter().enumerate() {
        let old = std::mem::replace(&mut places[*index as usize], place as u32);
        if old != nowhere {
            return None;
        }
    }
    Some(places)
}

/// The sum of the rows of `grad` for every row of a table of `rows`, `[rows, columns]`.
pub(super) fn sum_rows(grad: &Tensor, indices: &[u32], rows: usize) -> Result<Tensor> {
    let (columns, device) = (grad.dim(1)?, grad.device());
    match places(indices, rows) {
        // Each row comes from one place: a lookup, whose rows are independent of each other.
        Some(places) => {
            let zeros = Tensor::zeros((1, columns), grad.dtype(), device)?;
            Tensor::cat(&[grad, &zeros], 0)?.index_select(&Tensor::new(places, device)?, 0)
        }
        None => {
            let sums = Tensor::zeros((rows, columns), super::wide(grad.dtype()), device)?;
            sums.index_add(&Tensor::new(indices, device)?, &super::widen(grad)?.contiguous()?, 0)
        }
    }
}

struct SelectRows(Vec<u32>);

impl Composed for SelectRows {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        let indices = Tensor::new(&self.0[..], args[0].device())?;
        args[0].contiguous()?.index_select(&indices, 0)
    }

    fn backward(&self, args: &[Kept], _: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(sum_rows(grad, &self.0, args[0].shape.dims()[0])?)])
    }
}
