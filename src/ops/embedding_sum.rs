//! The sum of word, position and type embeddings, which every sentence starts from.

use candle_core::{Shape, Tensor, bail};
use rayon::prelude::*;

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// `(position[positions] + kind[0]) + word`, `[pieces, hidden]`.
///
/// `word` holds one row a piece, already gathered: its table may be quantised, or hold only the rows that are trained.
/// `position` is `[length, hidden]` with an index for every piece, `kind` `[types, hidden]`; sentences are of type 0.
pub fn embedding_sum(word: &Tensor, position: &Tensor, positions: &[u32], kind: &Tensor) -> Result<Tensor> {
    let (pieces, hidden) = word.dims2()?;
    let (length, width) = position.dims2()?;
    let (types, last) = kind.dims2()?;
    if pieces != positions.len() || hidden == 0 || width != hidden || last != hidden || types == 0 {
        let (word, position, kind, n) = (word.shape(), position.shape(), kind.shape(), positions.len());
        bail!("embedding_sum: words {word:?}, positions {position:?}, types {kind:?}, {n} indices");
    }
    if let Some(p) = positions.iter().find(|p| **p as usize >= length) {
        bail!("embedding_sum: position {p} of {length}");
    }
    if is_composed(word.device()) {
        return composed::embedding_sum(word, position, positions, kind);
    }
    by_dtype!(word, "embedding_sum", T => apply::<T, _>(EmbeddingSum(positions.to_vec()), &[word, position, kind]))
}

pub(super) struct EmbeddingSum(Vec<u32>);

/// Rows that one task handles.
const ROWS: usize = 32;

impl EmbeddingSum {
    /// The sum of what is there of words, positions and types.
    pub(super) fn sum<T: Float>(&self, [word, position, kind]: [Option<&[T]>; 3], hidden: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.0.len() * hidden];
        out.par_chunks_mut(ROWS * hidden).zip(self.0.par_chunks(ROWS)).enumerate().for_each(
            |(task, (rows, places))| {
                for (i, (row, place)) in rows.chunks_exact_mut(hidden).zip(places).enumerate() {
                    let at = |table: &mut [T], rows: Option<&[T]>, index: usize| {
                        let Some(rows) = rows else { return };
                        let source = &rows[index * hidden..(index + 1) * hidden];
                        table.iter_mut().zip(source).for_each(|(t, s)| *t += *s);
                    };
                    at(row, position, *place as usize);
                    at(row, kind, 0);
                    at(row, word, task * ROWS + i);
                }
            },
        );
        out
    }
}

impl<T: Float> Kernel<T> for EmbeddingSum {
    fn name(&self) -> &'static str {
        "embedding_sum"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let sum = self.sum([0, 1, 2].map(|i| Some(args[i].data)), args[0].columns());
        Ok((sum, args[0].shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let hidden = args[0].columns();
        let add = |sum: &mut [T], row: &[T]| sum.iter_mut().zip(row).for_each(|(s, g)| *s += *g);
        let zeros = |i: usize| vec![T::zero(); args[i].shape.elem_count()];
        let position = needed[1].then(|| {
            let mut table = zeros(1);
            for (place, row) in self.0.iter().zip(grad.chunks_exact(hidden)) {
                add(&mut table[*place as usize * hidden..][..hidden], row);
            }
            table
        });
        let kind = needed[2].then(|| {
            let mut table = zeros(2);
            grad.chunks_exact(hidden).for_each(|row| add(&mut table[..hidden], row));
            table
        });
        Ok(vec![needed[0].then(|| grad.to_vec()), position, kind])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::finite_difference::{check_gradients, random};
    use super::super::gradients;
    use super::*;

    const POSITIONS: [u32; 5] = [0, 1, 2, 0, 1];

    #[test]
    fn gradients_agree_with_finite_differences() {
        let args = [random(&[5, 3], 1), random(&[4, 3], 2), random(&[2, 3], 3)];
        check_gradients(&args, |a| embedding_sum(&a[0], &a[1], &POSITIONS, &a[2]));
    }

    #[test]
    fn agrees_with_pytorch() -> Result<()> {
        // w = torch.tensor([[1., 2.], [3., 4.], [5., 6.]], requires_grad=True)
        // p = torch.tensor([[.1, .2], [.3, .4]], requires_grad=True); k = torch.tensor([[10., 20.]], requires_grad=True)
        // y = w + torch.nn.functional.embedding(torch.tensor([0, 1, 0]), p) + k[0]
        // y.backward(torch.tensor([[1., 2.], [3., 4.], [5., 6.]]))
        let t = |rows: &[[f32; 2]]| Tensor::from_slice(rows.as_flattened(), (rows.len(), 2), &Device::Cpu);
        let (w, p, k) = (t(&[[1., 2.], [3., 4.], [5., 6.]])?, t(&[[0.1, 0.2], [0.3, 0.4]])?, t(&[[10., 20.]])?);
        let (y, g) = gradients(|| embedding_sum(&w, &p, &[0, 1, 0], &k), &[&w, &p, &k], &w)?;
        let close = |got: &Tensor, want: &[[f32; 2]]| -> Result<bool> {
            let got = got.to_vec2::<f32>()?;
            Ok(got.len() == want.len() && got.iter().zip(want).all(|(g, w)| (0..2).all(|i| (g[i] - w[i]).abs() < 1e-5)))
        };
        assert!(close(&y, &[[11.1, 22.2], [13.3, 24.4], [15.1, 26.2]])?);
        let g: Vec<Tensor> = g.into_iter().flatten().collect();
        assert!(close(&g[0], &[[1., 2.], [3., 4.], [5., 6.]])?);
        assert!(close(&g[1], &[[6., 8.], [3., 4.]])? && close(&g[2], &[[9., 12.]])?);
        Ok(())
    }

    #[test]
    fn strided_tables_give_the_same_and_no_piece_gives_none() -> Result<()> {
        let (w, p, k) = (random(&[3, 5], 1), random(&[3, 4], 2), random(&[3, 2], 3));
        let [wt, pt, kt] = [&w, &p, &k].map(|t| t.t());
        let (wt, pt, kt) = (wt?, pt?, kt?);
        let strided = embedding_sum(&wt, &pt, &POSITIONS, &kt)?;
        let plain = embedding_sum(&wt.contiguous()?, &pt.contiguous()?, &POSITIONS, &kt.contiguous()?)?;
        assert_eq!(strided.to_vec2::<f64>()?, plain.to_vec2::<f64>()?);
        assert_eq!(embedding_sum(&wt.narrow(0, 0, 0)?, &pt, &[], &kt)?.dims(), [0, 3]);
        Ok(())
    }

    #[test]
    fn wrong_shapes_and_places_are_errors() {
        let (w, p, k) = (random(&[5, 3], 1), random(&[2, 3], 2), random(&[1, 3], 3));
        assert!(embedding_sum(&w, &p, &POSITIONS, &k).is_err(), "position 2 of 2");
        assert!(embedding_sum(&w, &p, &[0, 1], &k).is_err());
        assert!(embedding_sum(&w, &p, &[0; 5], &random(&[1, 2], 3)).is_err());
    }
}
