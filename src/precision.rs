//! In what numbers is computed.

use serde::Serialize;

/// In what numbers the encoder's large products are computed.
///
/// The CPU has `F32` and, in tagging, `Int8`; GPUs have `F32` and `Bf16`. What a device does not have is an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Precision {
    /// 32-bit floats: the numbers of the reference implementation.
    #[default]
    F32,
    /// On a GPU, activations and large products in bfloat16: 8 bits of mantissa. What is trained, normalisation, softmax,
    /// head and loss stay in 32-bit floats.
    Bf16,
    /// On the CPU, in tagging, 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: several times as fast
    /// and a quarter of the memory, for a small loss that docs/benchmarks.md states.
    Int8,
}

impl Precision {
    /// What options do not mention in records.
    pub(crate) fn is_f32(&self) -> bool {
        *self == Precision::F32
    }
}
