//! How the tensors of a model go into a file: which type each is stored as, and what that changes.

use half::f16;

use super::blocks::BlockType;
use super::weights::TensorInfo;
use crate::error::Result;

/// How a model is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// How the word embedding is stored. It stays quantised in memory.
    pub embedding: BlockType,
    /// How the layers' matrices are stored. Biases and layer norms lose nothing: they are half floats where these can hold
    /// them exactly, else 32-bit floats.
    pub encoder: BlockType,
}

impl Storage {
    /// How a tensor is stored: matrices as the options say; position and type tables as half floats, where the much larger
    /// word embedding is stored in less; vectors whole.
    pub(super) fn type_of(&self, info: &TensorInfo, numbers: &[f32]) -> BlockType {
        let matrix = info.shape.len() == 2;
        if matrix && info.name.starts_with("encoder.") && self.encoder.bytes_of(&info.shape).is_some() {
            return self.encoder;
        }
        let exact = || numbers.iter().all(|x| f16::from_f32(*x).to_f32() == *x);
        let table = matrix && info.name.starts_with("embeddings.") && self.embedding.block_len() > 1;
        let fits = || numbers.iter().all(|x| f16::from_f32(*x).is_finite());
        if (table && fits()) || exact() { BlockType::F16 } else { BlockType::F32 }
    }
}

/// What quantising changed, and what there was.
#[derive(Default, Clone, Copy)]
pub(super) struct Change {
    error: f64,
    whole: f64,
}

impl Change {
    pub fn add(self, other: Change) -> Change {
        Change { error: self.error + other.error, whole: self.whole + other.whole }
    }

    pub fn relative(self) -> f64 {
        if self.whole == 0.0 { 0.0 } else { (self.error / self.whole).sqrt() }
    }
}

/// Numbers as `dtype` stores them, and what that changed.
pub(super) fn store(numbers: &[f32], dtype: BlockType) -> Result<(Vec<u8>, Change)> {
    let bytes = dtype.write(numbers)?;
    let mut back = vec![0.0; numbers.len()];
    dtype.read(&bytes, &mut back);
    let square = |x: f32| f64::from(x) * f64::from(x);
    let change = numbers
        .iter()
        .zip(&back)
        .fold(Change::default(), |c, (x, y)| c.add(Change { error: square(x - y), whole: square(*x) }));
    Ok((bytes, change))
}
