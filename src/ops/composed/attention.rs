//! Multi-head self-attention over a flat batch, sequences of similar length side by side.

use std::sync::Arc;

use candle_core::{D, Tensor};

use super::layout::{Block, Layout};
use super::{Composed, Kept, Result, apply, matmul, widen};
use crate::ops::kernel::Reads;

/// `softmax(q kᵀ / √d) v` for each head of each sequence of `layout`; all are `[pieces, heads · d]`.
pub(in crate::ops) fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    layout: Arc<Layout>,
    heads: usize,
) -> Result<Tensor> {
    apply(Attention { layout, heads }, &[q, k, v])
}

struct Attention {
    layout: Arc<Layout>,
    heads: usize,
}

impl Attention {
    /// A tensor `[pieces, hidden]` as rows of heads, `[pieces · heads, size]`.
    fn by_heads(&self, x: &Tensor) -> Result<Tensor> {
        let (pieces, hidden) = x.dims2()?;
        x.contiguous()?.reshape((pieces * self.heads, hidden / self.heads))
    }

    /// The rows of a block, `[sequences · heads, length, size]`.
    fn take(&self, by_heads: &Tensor, block: &Block) -> Result<Tensor> {
        let size = by_heads.dim(1)?;
        by_heads.index_select(&block.rows, 0)?.reshape((block.sequences * self.heads, block.length, size))
    }

    /// The attention weights of a block, `[sequences · heads, length, length]`, in `f32` at least. Computed again on the way
    /// back: nothing of that size outlives a call.
    fn weights(&self, q: &Tensor, k: &Tensor, block: &Block) -> Result<Tensor> {
        let scores = widen(&matmul(&(q * self.factor(q)?)?, &k.t()?)?)?;
        let Some(padding) = &block.padding else { return candle_nn::ops::softmax_last_dim(&scores) };
        let split = scores.reshape((block.sequences, self.heads, block.length, block.length))?;
        let masked = split.broadcast_add(&padding.mask.to_dtype(scores.dtype())?)?;
        candle_nn::ops::softmax_last_dim(&masked)?.reshape(scores.shape())
    }

    fn factor(&self, rows: &Tensor) -> Result<f64> {
        Ok(1.0 / (rows.dim(D::Minus1)? as f64).sqrt())
    }

    /// The rows of all blocks, `[sequences · heads, length, size]` each, as `[pieces, hidden]`.
    fn join(&self, blocks: Vec<Tensor>) -> Result<Tensor> {
        let size = blocks[0].dim(D::Minus1)?;
        let rows = blocks.iter().map(|b| b.reshape(((), size))).collect::<Result<Vec<_>>>()?;
        let rows = if rows.len() == 1 { rows[0].clone() } else { Tensor::cat(&rows, 0)? };
        let back = rows.index_select(&self.layout.back, 0)?;
        back.reshape((back.dim(0)? / self.heads, self.heads * size))
    }
}

impl Composed for Attention {
    fn forward(&mut self, args: &[Tensor], _: bool) -> Result<Tensor> {
        if args[0].dim(0)? == 0 {
            return args[0].zeros_like();
        }
        let [q, k, v] = [&args[0], &args[1], &args[2]].map(|t| self.by_heads(t));
        let (q, k, v) = (q?, k?, v?);
        let block = |block: &Block| -> Result<Tensor> {
            let [q, k, v] = [&q, &k, &v].map(|t| self.take(t, block));
            let (q, k, v) = (q?, k?, v?);
            matmul(&self.weights(&q, &k, block)?.to_dtype(v.dtype())?, &v)
        };
        self.join(self.layout.blocks.iter().map(block).collect::<Result<_>>()?)
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![true; needed.len()], out: false }
    }

    /// With `P` the weights, `dP = dO Vᵀ` and `dS = P (dP - rowsum(P dP)) scale`: `dV = Pᵀ dO`, `dQ = dS K`, `dK = dSᵀ Q`.
    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        if args[0].shape.elem_count() == 0 {
            return needed.iter().map(|n| n.then(|| grad.zeros_like()).transpose()).collect();
        }
        let [q, k, v] = [0, 1, 2].map(|i| self.by_heads(args[i].tensor()?));
        let (q, k, v, grad) = (q?, k?, v?, self.by_heads(grad)?);
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for block in &self.layout.blocks {
            let [q, k, v, grad] = [&q, &k, &v, &grad].map(|t| self.take(t, block));
            let (q, k, v, mut grad) = (q?, k?, v?, grad?);
            if let Some(padding) = &block.padding {
                // Padding repeats a row, whose gradient must not count twice.
                let split = grad.reshape((block.sequences, self.heads, block.length, ()))?;
                grad = split.broadcast_mul(&padding.keep.to_dtype(grad.dtype())?)?.reshape(grad.shape())?;
            }
            let weights = self.weights(&q, &k, block)?;
            if needed[2] {
                parts[2].push(matmul(&weights.to_dtype(grad.dtype())?.t()?, &grad)?);
            }
            if needed[0] || needed[1] {
                let slopes = (widen(&matmul(&grad, &v.t()?)?)? * &weights)?;
                let dots = slopes.sum_keepdim(D::Minus1)?;
                let slopes = (slopes - weights.broadcast_mul(&dots)?)?;
                let slopes = (slopes * self.factor(&q)?)?.to_dtype(q.dtype())?;
                if needed[0] {
                    parts[0].push(matmul(&slopes, &k)?);
                }
                if needed[1] {
                    parts[1].push(matmul(&slopes.t()?, &q)?);
                }
            }
        }
        let parts = parts.into_iter().zip(needed);
        parts.map(|(blocks, needed)| needed.then(|| self.join(blocks)).transpose()).collect()
    }
}
