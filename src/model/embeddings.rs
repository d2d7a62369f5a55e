//! The embedding stage: pieces and positions to vectors, with a word table that stays in its file.

use std::sync::Arc;

use candle_core::{DType, Tensor};

use super::layer::Norm;
use super::place::Place;
use super::stored::Table;
use super::weights::{WORD_EMBEDDING, Weights};
use crate::data::Batch;
use crate::error::Result;
use crate::ops;

/// The word embedding as the backbone's file has it, where wanted with other values for some pieces.
///
/// A dense table would take four times its size for gradient and moments, to change rows that no sentence touches.
#[derive(Clone)]
pub(crate) struct Words {
    table: Table,
    rows: Option<OwnRows>,
    /// The whole table where rows are wanted, `[pieces, hidden]`, if that is not the host.
    resident: Option<Tensor>,
}

/// Rows that take the place of the table's.
#[derive(Clone)]
pub(crate) struct OwnRows {
    /// Ascending piece ids.
    pub ids: Arc<[u32]>,
    /// `[ids, hidden]`; may be trained.
    pub values: Tensor,
}

impl Words {
    pub fn new(table: Table) -> Words {
        Words { table, rows: None, resident: None }
    }

    /// The same table with the rows `values`, `[ids, hidden]`, for the ascending piece ids `ids`.
    pub fn with_rows(&self, ids: Vec<u32>, values: Tensor) -> Words {
        Words { rows: Some(OwnRows { ids: ids.into(), values }), ..self.clone() }
    }

    /// The table, and the ids and values of the rows that take the place of its own.
    pub fn parts(&self) -> (&Table, Option<&OwnRows>) {
        (&self.table, self.rows.as_ref())
    }

    /// The backbone's own rows of these ids, on the host.
    pub fn base(&self, ids: &[u32]) -> Result<Tensor> {
        self.table.gather(ids)
    }

    /// The backbone's own rows of these ids, where rows are wanted.
    fn own(&self, ids: &[u32]) -> Result<Tensor> {
        let Some(table) = &self.resident else { return self.table.gather(ids) };
        Ok(ops::cast(&ops::select_rows(table, ids)?, DType::F32)?)
    }

    /// The rows of these ids in this order, `[ids, hidden]`.
    pub fn gather(&self, ids: &[u32]) -> Result<Tensor> {
        let Some(rows) = &self.rows else { return self.own(ids) };
        let known = rows.ids.len() as u32;
        let mut others = Vec::new();
        let indices: Vec<u32> = ids
            .iter()
            .map(|id| match rows.ids.binary_search(id) {
                Ok(row) => row as u32,
                Err(_) => {
                    others.push(*id);
                    known + others.len() as u32 - 1
                }
            })
            .collect();
        if others.is_empty() {
            return Ok(ops::select_rows(&rows.values, &indices)?);
        }
        // Only the rows at hand are joined with the backbone's, so that the trained table is not copied whole.
        let trained: Vec<u32> = indices.iter().copied().filter(|i| *i < known).collect();
        let (mut t, mut o) = (0, trained.len() as u32);
        let order: Vec<u32> = indices
            .iter()
            .map(|i| {
                let next = if *i < known { &mut t } else { &mut o };
                *next += 1;
                *next - 1
            })
            .collect();
        let base = self.own(&others)?;
        let joined = match trained.is_empty() {
            true => base,
            false => Tensor::cat(&[ops::select_rows(&rows.values, &trained)?, base], 0)?,
        };
        Ok(ops::select_rows(&joined, &order)?)
    }
}

/// Sum of word, position and type embeddings, normalised.
#[derive(Clone)]
pub(crate) struct Embeddings {
    pub word: Words,
    /// `[positions, hidden]`, without the rows that the RoBERTa family leaves out.
    pub position: Tensor,
    /// `[types, hidden]`; sentences are of type 0.
    pub kind: Tensor,
    pub norm: Norm,
}

impl Embeddings {
    pub fn load(weights: &Weights) -> Result<Embeddings> {
        let c = weights.config();
        let rows = c.positions + c.position_offset;
        let position = weights.tensor("embeddings.position_embeddings.weight", &[rows, c.hidden])?;
        Ok(Embeddings {
            word: Words::new(weights.table(WORD_EMBEDDING, [c.vocabulary, c.hidden])?),
            position: position.narrow(0, c.position_offset, c.positions)?.contiguous()?,
            kind: weights.tensor("embeddings.token_type_embeddings.weight", &[c.types, c.hidden])?,
            norm: Norm {
                gamma: weights.tensor("embeddings.LayerNorm.weight", &[c.hidden])?,
                beta: weights.tensor("embeddings.LayerNorm.bias", &[c.hidden])?,
                eps: c.eps,
            },
        })
    }

    /// A copy at `place`; the word table in 16 bits where the layers compute so, for every batch would else wait for rows
    /// of the host's.
    pub fn placed(&self, Place { device, dtype }: &Place) -> Result<Embeddings> {
        let mut word = self.word.clone();
        // Rows are summed in 32 bits: of 16, those with the longer mantissa lose less.
        let stored = if *dtype == DType::F32 { DType::F32 } else { DType::F16 };
        word.resident = Some(word.table.to_tensor()?.to_dtype(stored)?.to_device(device)?);
        if let Some(rows) = &mut word.rows {
            rows.values = rows.values.to_device(device)?;
        }
        let [position, kind] = [&self.position, &self.kind].map(|t| t.to_device(device));
        Ok(Embeddings { word, position: position?, kind: kind?, norm: self.norm.placed(device)? })
    }

    /// `LN(word + position + kind)`, `[pieces, hidden]`.
    pub fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let word = self.word.gather(&batch.ids)?;
        let sum = ops::embedding_sum(&word, &self.position, &batch.positions, &self.kind)?;
        self.norm.forward(&sum, None)
    }
}

/// A small table for tests.
#[cfg(test)]
pub(crate) fn test_words<const N: usize>(rows: &[[f32; N]]) -> Words {
    use super::blocks::BlockType;
    use super::mapped::Bytes;
    use super::stored::Stored;
    let numbers = rows.concat();
    let bytes = Bytes::from(bytemuck::cast_slice(&numbers).to_vec());
    let range = 0..bytes.len();
    Stored::new(BlockType::F32, vec![rows.len(), N], bytes, range).and_then(Table::new).map(Words::new).unwrap()
}
