//! The encoder laid out for inference: weights in the order in which products read them, vectors as plain slices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Tensor;

use super::blocks::BlockType;
use super::embeddings::Embeddings;
use super::encoder::Encoder;
use super::layer::{Layer, Norm, Site, Weight};
use super::stored::Table;
use crate::error::{Error, Result};
use crate::ops::{Kind, Packed};

/// Layers and embeddings.
pub(crate) struct PackedEncoder {
    pub embeddings: PackedEmbeddings,
    pub layers: Vec<(PackedWeights, Vectors)>,
}

/// The matrices of a layer.
pub(crate) struct PackedWeights {
    /// Queries, keys and values at once: `[3 * hidden, hidden]`.
    pub qkv: Packed,
    /// `[hidden, hidden]`.
    pub attention_output: Packed,
    /// `[intermediate, hidden]`.
    pub intermediate: Packed,
    /// `[hidden, intermediate]`.
    pub output: Packed,
}

/// Everything of a layer but its matrices.
#[derive(Clone)]
pub(crate) struct Vectors {
    /// Of queries, keys and values: `[3 * hidden]`.
    pub qkv: Vec<f32>,
    pub attention_output: Vec<f32>,
    pub attention_norm: PackedNorm,
    pub intermediate: Vec<f32>,
    pub output: Vec<f32>,
    pub output_norm: PackedNorm,
}

/// Layer normalisation.
#[derive(Clone)]
pub(crate) struct PackedNorm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    pub eps: f64,
}

/// The embedding stage; the word table stays in its file.
#[derive(Clone)]
pub(crate) struct PackedEmbeddings {
    words: Table,
    /// Ascending piece ids with rows of their own, `[ids, hidden]`.
    rows: Option<(Arc<[u32]>, Vec<f32>)>,
    /// `[positions, hidden]`.
    position: Vec<f32>,
    /// The row of type 0.
    kind: Vec<f32>,
    pub norm: PackedNorm,
}

impl PackedEncoder {
    /// Lays `encoder` out for products in numbers of this kind.
    pub fn new(encoder: &Encoder, kind: Kind) -> Result<PackedEncoder> {
        let layer = |layer: &Layer| Ok((PackedWeights::new(layer, kind)?, Vectors::new(layer)?));
        let layers = encoder.layers.iter().map(layer).collect::<Result<_>>()?;
        Ok(PackedEncoder { embeddings: PackedEmbeddings::new(&encoder.embeddings)?, layers })
    }
}

impl PackedWeights {
    pub fn new(layer: &Layer, kind: Kind) -> Result<PackedWeights> {
        let pack = |sites: &[Site]| {
            let weights: Vec<&Weight> = sites.iter().map(|site| &layer.projection(*site).weight).collect();
            pack(&weights, kind)
        };
        Ok(PackedWeights {
            qkv: pack(&[Site::Query, Site::Key, Site::Value])?,
            attention_output: pack(&[Site::AttentionOutput])?,
            intermediate: pack(&[Site::Intermediate])?,
            output: pack(&[Site::Output])?,
        })
    }
}

impl Vectors {
    pub fn new(layer: &Layer) -> Result<Vectors> {
        let bias = |site| values(&layer.projection(site).bias);
        Ok(Vectors {
            qkv: [bias(Site::Query)?, bias(Site::Key)?, bias(Site::Value)?].concat(),
            attention_output: bias(Site::AttentionOutput)?,
            attention_norm: PackedNorm::new(&layer.attention_norm)?,
            intermediate: bias(Site::Intermediate)?,
            output: bias(Site::Output)?,
            output_norm: PackedNorm::new(&layer.output_norm)?,
        })
    }
}

impl PackedNorm {
    fn new(norm: &Norm) -> Result<PackedNorm> {
        Ok(PackedNorm { gamma: values(&norm.gamma)?, beta: values(&norm.beta)?, eps: norm.eps })
    }
}

impl PackedEmbeddings {
    pub fn new(embeddings: &Embeddings) -> Result<PackedEmbeddings> {
        let (table, rows) = embeddings.word.parts();
        Ok(PackedEmbeddings {
            words: table.clone(),
            rows: rows.map(|own| Ok::<_, Error>((own.ids.clone(), values(&own.values)?))).transpose()?,
            position: values(&embeddings.position)?,
            kind: values(&embeddings.kind.get(0)?)?,
            norm: PackedNorm::new(&embeddings.norm)?,
        })
    }

    /// `word + position + kind` of one sequence from its first position on, not yet normalised, `[ids, hidden]`.
    pub fn sum_into(&self, ids: &[u32], out: &mut [f32]) -> Result<()> {
        self.words.gather_into(ids, out)?;
        let hidden = self.kind.len();
        let positions = self.position.chunks_exact(hidden);
        if ids.len() > positions.len() {
            return Err(Error::argument(format!("a sequence of {} pieces; at most {}", ids.len(), positions.len())));
        }
        for ((id, row), position) in ids.iter().zip(out.chunks_exact_mut(hidden)).zip(positions) {
            if let Some((ids, rows)) = &self.rows
                && let Ok(own) = ids.binary_search(id)
            {
                row.copy_from_slice(&rows[own * hidden..(own + 1) * hidden]);
            }
            row.iter_mut().zip(position).zip(&self.kind).for_each(|((x, p), k)| *x += p + k);
        }
        Ok(())
    }
}

/// The matrices, one below the other, for products in numbers of this kind.
fn pack(weights: &[&Weight], kind: Kind) -> Result<Packed> {
    let sources = weights.iter().map(|w| Source::of(w)).collect::<Result<Vec<_>>>()?;
    let outputs = sources.iter().map(|s| s.outputs).sum();
    let inputs = sources[0].inputs;
    let stored: Vec<_> = sources.iter().filter_map(|s| s.stored()).collect();
    let all_stored = stored.len() == sources.len();
    if kind == Kind::Int8 && all_stored && stored.iter().all(|w| w.stored().dtype() == BlockType::Q4_0) {
        let blocks: Vec<u8> = stored.iter().flat_map(|w| w.stored().bytes()).copied().collect();
        // A scale is all of a block that may not be finite.
        for w in &stored {
            w.check_finite()?;
        }
        return Ok(Packed::int4(outputs, inputs, &blocks));
    }
    if kind == Kind::F32 && all_stored && stored.iter().all(|w| w.stays_quantised()) {
        for w in &stored {
            w.check_finite()?;
        }
        let read = move |row: usize, out: &mut [f32]| {
            read(&sources, row, out);
        };
        return Ok(Packed::expanded(outputs, inputs, read));
    }
    let finite = AtomicBool::new(true);
    let read = |row: usize, out: &mut [f32]| {
        if !read(&sources, row, out) {
            finite.store(false, Ordering::Relaxed);
        }
    };
    let packed = match kind {
        Kind::F32 => Packed::f32(outputs, inputs, &read),
        Kind::Int8 => Packed::int8(outputs, inputs, &read),
    };
    if !finite.into_inner() {
        for w in &stored {
            w.check_finite()?;
        }
        return Err(Error::format("a trained matrix holds a number that is not finite"));
    }
    stored.iter().for_each(|w| w.stored().release());
    Ok(packed)
}

/// Where a matrix's rows are read.
struct Source {
    outputs: usize,
    inputs: usize,
    rows: Rows,
}

enum Rows {
    Stored(Arc<super::layer::StoredWeight>),
    Dense(Vec<f32>),
}

impl Source {
    fn of(weight: &Weight) -> Result<Source> {
        match weight {
            Weight::Stored(w) => {
                let shape = w.stored().shape();
                Ok(Source { outputs: shape[0], inputs: shape[1], rows: Rows::Stored(w.clone()) })
            }
            Weight::Dense(tensor) => {
                let (outputs, inputs) = tensor.dims2()?;
                Ok(Source { outputs, inputs, rows: Rows::Dense(values(tensor)?) })
            }
        }
    }

    fn stored(&self) -> Option<Arc<super::layer::StoredWeight>> {
        match &self.rows {
            Rows::Stored(w) => Some(w.clone()),
            Rows::Dense(_) => None,
        }
    }
}

/// Row `row` of the matrices, one below the other; says whether all its numbers are finite.
fn read(sources: &[Source], mut row: usize, out: &mut [f32]) -> bool {
    for source in sources {
        if row < source.outputs {
            return match &source.rows {
                Rows::Stored(w) => w.stored().read_row(row, out),
                Rows::Dense(numbers) => {
                    out.copy_from_slice(&numbers[row * source.inputs..(row + 1) * source.inputs]);
                    out.iter().all(|x| x.is_finite())
                }
            };
        }
        row -= source.outputs;
    }
    false
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}
