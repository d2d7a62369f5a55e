//! Where an encoder is, and in what numbers it computes.

use candle_core::{DType, Device};

/// A device and the element type of activations and large products there.
#[derive(Clone)]
pub(crate) struct Place {
    pub device: Device,
    pub dtype: DType,
}

impl Place {
    /// The processor, in `f32`.
    pub const HOST: Place = Place { device: Device::Cpu, dtype: DType::F32 };
}
