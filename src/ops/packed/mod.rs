//! Weight matrices laid out once for inference, and their products with rows of activations.
//!
//! No gradients and no tensors: slices in, slices out. Weights are floats, or integers of 8 or 4 bits that are
//! multiplied with rows of 8-bit integers. Kernels are chosen at run time, once, for the processor at hand.
//!
//! Every element of a result is summed by one thread in the order of the depth: it depends neither on the number of
//! threads nor on the other rows. Sums of integers are the same on every processor; what scales them is rounded as its
//! floating-point unit does.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod finish;
mod gelu;
mod input;
mod kernels;
mod layout;
mod multiply;
#[cfg(target_arch = "aarch64")]
mod neon;
mod nibbles;
mod portable;
mod quantise;
#[cfg(test)]
mod tests;
mod tile;
mod transpose;
#[cfg(target_arch = "x86_64")]
mod vnni;

pub(crate) use input::{Input, Kind, Rows};

use finish::Target;
use input::Data;
use kernels::{Kernel, Kernels, best};
use layout::{Bytes, Layout, Read};
use multiply::Product;
use nibbles::{BLOCK, NIBBLES};

/// A weight matrix `[outputs, inputs]` for products `x Wᵀ`.
pub(crate) struct Packed {
    layout: Layout,
    kernels: &'static Kernels,
    weights: Weights,
}

/// Writes one output's weights, for as long as they are used.
type Expand = Box<dyn Fn(usize, &mut [f32]) + Send + Sync>;

enum Weights {
    F32(Bytes),
    Int8(Bytes),
    Int4(Bytes),
    Expanded(Expand),
}

impl Weights {
    /// The panels; none for weights that are expanded.
    fn bytes(&self) -> &[u8] {
        match self {
            Weights::F32(bytes) | Weights::Int8(bytes) | Weights::Int4(bytes) => bytes.all(),
            Weights::Expanded(_) => &[],
        }
    }
}

/// Where a product goes: `[rows, outputs]`, rows `stride` numbers apart.
pub(crate) struct Out<'a> {
    pub data: &'a mut [f32],
    pub stride: usize,
    /// Adds to what is there.
    pub accumulate: bool,
}

/// What is done to a finished sum, bias and what was there included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// The exact GELU.
    Gelu,
}

/// Who computes a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// The calling thread.
    Serial,
    /// The threads of the current rayon pool, where the product is worth it.
    Pool,
}

impl Packed {
    /// Floats; `read` writes the `inputs` weights of one output.
    pub fn f32(outputs: usize, inputs: usize, read: Read) -> Packed {
        Packed::f32_for(best(), outputs, inputs, read)
    }

    /// 8-bit integers with a scale for each output: its largest magnitude becomes 127.
    ///
    /// An output with a weight that is not finite gives results that are not.
    pub fn int8(outputs: usize, inputs: usize, read: Read) -> Packed {
        Packed::int8_for(best(), outputs, inputs, read)
    }

    /// GGUF's Q4_0 blocks, the same nibbles and scales in another order. `inputs` is a multiple of 32.
    pub fn int4(outputs: usize, inputs: usize, blocks: &[u8]) -> Packed {
        Packed::int4_for(best(), outputs, inputs, blocks)
    }

    /// Floats that are not held: `read` is called for every product, by several threads at once.
    pub fn expanded(outputs: usize, inputs: usize, read: impl Fn(usize, &mut [f32]) + Send + Sync + 'static) -> Packed {
        Packed::expanded_for(best(), outputs, inputs, Box::new(read))
    }

    fn f32_for(kernels: &'static Kernels, outputs: usize, inputs: usize, read: Read) -> Packed {
        let layout = Layout::f32(outputs, inputs, &kernels.f32);
        Packed { layout, kernels, weights: Weights::F32(layout.pack_f32(read)) }
    }

    fn int8_for(kernels: &'static Kernels, outputs: usize, inputs: usize, read: Read) -> Packed {
        let layout = Layout::int8(outputs, inputs, &kernels.int8);
        Packed { layout, kernels, weights: Weights::Int8(layout.pack_int8(kernels, read)) }
    }

    fn int4_for(kernels: &'static Kernels, outputs: usize, inputs: usize, blocks: &[u8]) -> Packed {
        let bytes = outputs * (inputs / BLOCK) * (NIBBLES + 2);
        assert!(inputs.is_multiple_of(BLOCK) && blocks.len() == bytes, "packed: blocks do not fit the matrix");
        let layout = Layout::int4(outputs, inputs, &kernels.int4);
        Packed { layout, kernels, weights: Weights::Int4(layout.pack_int4(blocks)) }
    }

    fn expanded_for(kernels: &'static Kernels, outputs: usize, inputs: usize, read: Expand) -> Packed {
        Packed { layout: Layout::f32(outputs, inputs, &kernels.f32), kernels, weights: Weights::Expanded(read) }
    }

    /// Rows of the matrix, columns of a product.
    pub fn outputs(&self) -> usize {
        self.layout.outputs
    }

    /// Columns of the matrix.
    pub fn inputs(&self) -> usize {
        self.layout.inputs
    }

    /// Bytes of memory that the weights take.
    #[allow(dead_code)]
    pub fn bytes(&self) -> usize {
        self.weights.bytes().len()
    }

    /// What an input must be for this matrix.
    pub fn kind(&self) -> Kind {
        match self.weights {
            Weights::F32(_) | Weights::Expanded(_) => Kind::F32,
            Weights::Int8(_) | Weights::Int4(_) => Kind::Int8,
        }
    }

    fn kernel(&self) -> &'static Kernel {
        match self.weights {
            Weights::F32(_) | Weights::Expanded(_) => &self.kernels.f32,
            Weights::Int8(_) => &self.kernels.int8,
            Weights::Int4(_) => &self.kernels.int4,
        }
    }

    /// `out = after(x Wᵀ + bias)`, or `after(out + x Wᵀ + bias)` where `out` accumulates.
    ///
    /// `input` is an [`Input`] of this matrix's [`Packed::kind`], or [`Rows::f32`].
    pub fn multiply<'a>(&self, input: impl Into<Rows<'a>>, bias: Option<&[f32]>, out: Out, after: After, split: Split) {
        let rows = input.into();
        let kind = match rows.data {
            Data::F32(_) => Kind::F32,
            Data::Int8(_) => Kind::Int8,
        };
        let (m, n) = (rows.rows, self.outputs());
        assert!(kind == self.kind() && rows.columns == self.inputs(), "packed: the input does not fit the matrix");
        assert!(bias.is_none_or(|b| b.len() == n), "packed: the bias does not fit the matrix");
        if m == 0 || n == 0 {
            return;
        }
        let end = (m - 1).checked_mul(out.stride).and_then(|begin| begin.checked_add(n));
        let fits = end.is_some_and(|end| end <= out.data.len());
        assert!(fits && (m == 1 || out.stride >= n), "packed: the result does not fit its slice");
        let target =
            Target { data: out.data.as_mut_ptr(), len: out.data.len(), stride: out.stride, accumulate: out.accumulate };
        Product { packed: self, rows, bias, target, after }.run(split);
    }
}
