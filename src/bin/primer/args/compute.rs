//! Where and in what numbers a model computes: the same options for every command that trains.

use clap::{Args, ValueEnum};
use primer::{Device, Precision};
use serde::{Deserialize, Serialize};

/// Where a model computes, and in what numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub device: Device,
    pub precision: Precision,
}

impl Place {
    /// The processor, in 32 bits.
    pub const HOST: Place = Place { device: Device::Cpu, precision: Precision::F32 };
}

/// Where a model is trained, and in what numbers.
#[derive(Debug, Clone, Copy, Args)]
pub struct Compute {
    /// Where it computes: cpu, cuda (cuda:1 for the second GPU), metal, or auto for a GPU if there is one (`primer info --devices`).
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,

    /// In what numbers it computes; bf16 is quicker and for GPUs.
    #[arg(long, value_enum, default_value_t, value_name = "NUMBERS")]
    pub precision: TrainingNumbers,
}

impl Compute {
    /// What the library needs to know.
    pub fn place(self) -> Place {
        Place { device: self.device, precision: self.precision.into() }
    }
}

/// The numbers of a training's large products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingNumbers {
    /// 32-bit floats.
    #[default]
    F32,
    /// 16-bit floats (bfloat16) on a GPU; what is trained stays in 32-bit floats.
    Bf16,
}

impl TrainingNumbers {
    /// What records do not mention.
    pub fn is_f32(&self) -> bool {
        *self == TrainingNumbers::F32
    }
}

impl From<TrainingNumbers> for Precision {
    fn from(numbers: TrainingNumbers) -> Precision {
        match numbers {
            TrainingNumbers::F32 => Precision::F32,
            TrainingNumbers::Bf16 => Precision::Bf16,
        }
    }
}
