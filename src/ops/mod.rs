//! The differentiable operations that the encoder is made of.
//!
//! One operation a file. On the CPU each is a fused kernel with an exact backward pass, written once for `f32` and
//! `f64`; on other devices it is composed of candle's operations, in `f32` or half precision. A backward pass computes
//! only the gradients that are asked for: a frozen weight costs nothing.
//!
//! Batches carry no padding: activations are `[pieces, hidden]`, and attention is told where sequences start.

mod activation;
mod attention;
mod composed;
mod cross_entropy;
mod elementwise;
mod embedding_sum;
mod expanded;
mod gemm;
mod gradients;
mod heads;
mod inference;
mod kernel;
mod layer_norm;
mod linear;
#[cfg(test)]
pub(crate) mod live;
mod math;
mod packed;
mod partial_cross_entropy;
mod rows;
mod scale_columns;
mod starts;
mod tangents;
mod tape;
mod tile;

pub use activation::{Activation, activation};
pub use attention::attention;
pub use composed::cast;
pub(crate) use composed::is_composed;
#[cfg(test)]
pub(crate) use composed::places;
pub use cross_entropy::cross_entropy;
pub use elementwise::{add, scale};
pub use embedding_sum::embedding_sum;
pub(crate) use expanded::{Matrix, linear_expanded, linear_gelu_expanded};
pub use gradients::gradients;
pub(crate) use inference::{AttentionScratch, activate_in_place, attend, layer_norm_in_place};
pub use layer_norm::layer_norm;
pub use linear::{linear, linear_gelu};
pub(crate) use packed::{After, Input, Kind, Out, Packed, Rows, Split};
pub use partial_cross_entropy::{PartialTargets, partial_cross_entropy};
pub use rows::select_rows;
pub use scale_columns::scale_columns;
pub use starts::Starts;
pub(crate) use tape::{Buffer, Gradients, Tape};

#[cfg(test)]
mod finite_difference;
#[cfg(test)]
mod tests;
