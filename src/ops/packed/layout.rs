//! How a weight matrix lies in memory: panels of columns of the product, each in the order in which its kernel reads it.

use std::ops::Range;

use rayon::prelude::*;

use super::kernels::{Kernel, Kernels};
use super::nibbles::{BLOCK, NIBBLES};
use super::transpose::transpose;

/// Writes one output's weights.
pub(crate) type Read<'a> = &'a (dyn Fn(usize, &mut [f32]) + Sync);

/// A line of the cache: panels begin at its borders.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub(super) struct Line([u8; LINE]);

const LINE: usize = 64;

/// Bytes of an output's scale among 8-bit integers.
const SCALE: usize = size_of::<f32>();

/// Bytes at the border of a line.
#[derive(Default)]
pub(super) struct Bytes(Vec<Line>);

impl Bytes {
    fn zeroed(len: usize) -> Bytes {
        Bytes(vec![Line([0; LINE]); len.div_ceil(LINE)])
    }

    /// At least `len` bytes, whatever they hold.
    fn at_least(&mut self, len: usize) -> &mut [u8] {
        if self.0.len() * LINE < len {
            self.0.resize(len.div_ceil(LINE), Line([0; LINE]));
        }
        &mut self.all_mut()[..len]
    }

    pub fn all(&self) -> &[u8] {
        // SAFETY: a line is 64 bytes without gaps.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LINE) }
    }

    fn all_mut(&mut self) -> &mut [u8] {
        // SAFETY: a line is 64 bytes without gaps, and any bytes make one.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * LINE) }
    }
}

/// A matrix `[outputs, inputs]` cut into panels of columns of the product, that is, of outputs.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub outputs: usize,
    pub inputs: usize,
    lanes: usize,
    vectors: usize,
    /// Steps along the depth.
    pub steps: usize,
    /// Bytes of one output in a panel.
    column: usize,
}

impl Layout {
    /// `column` bytes for one output.
    fn new(outputs: usize, inputs: usize, kernel: &Kernel, column: usize) -> Layout {
        let Kernel { lanes, vectors, depth, .. } = *kernel;
        Layout { outputs, inputs, lanes, vectors, steps: inputs.div_ceil(depth), column }
    }

    pub fn f32(outputs: usize, inputs: usize, kernel: &Kernel) -> Layout {
        Layout::new(outputs, inputs, kernel, inputs * 4)
    }

    pub fn int8(outputs: usize, inputs: usize, kernel: &Kernel) -> Layout {
        Layout::new(outputs, inputs, kernel, inputs.next_multiple_of(kernel.depth) + SCALE)
    }

    pub fn int4(outputs: usize, inputs: usize, kernel: &Kernel) -> Layout {
        Layout::new(outputs, inputs, kernel, inputs / BLOCK * (NIBBLES + 2))
    }

    /// Outputs of a full panel.
    fn width(&self) -> usize {
        self.lanes * self.vectors
    }

    pub fn panels(&self) -> usize {
        self.outputs.div_ceil(self.width())
    }

    /// The outputs of a panel.
    pub fn outputs_of(&self, panel: usize) -> Range<usize> {
        let begin = panel * self.width();
        begin..(begin + self.width()).min(self.outputs)
    }

    /// Vectors of a panel: the last may be narrower.
    pub fn vectors_of(&self, panel: usize) -> usize {
        self.outputs_of(panel).len().div_ceil(self.lanes)
    }

    /// Bytes from panel to panel.
    fn stride(&self) -> usize {
        (self.width() * self.column).next_multiple_of(LINE)
    }

    /// The bytes of a panel.
    pub fn bytes_of(&self, panel: usize) -> Range<usize> {
        let begin = panel * self.stride();
        begin..begin + self.vectors_of(panel) * self.lanes * self.column
    }

    /// Fills every panel, shared among the threads of the pool.
    fn fill(&self, write: impl Fn(usize, &mut [u8]) + Sync) -> Bytes {
        let Some(last) = self.panels().checked_sub(1) else { return Bytes::default() };
        let mut bytes = Bytes::zeroed(self.bytes_of(last).end);
        if self.stride() > 0 {
            let panels = bytes.all_mut().par_chunks_mut(self.stride()).enumerate();
            panels.for_each(|(panel, bytes)| write(panel, bytes));
        }
        bytes
    }

    pub fn pack_f32(&self, read: Read) -> Bytes {
        self.fill(|panel, bytes| self.write_f32(panel, read, &mut Vec::new(), bytes))
    }

    /// Panel after panel as floats, `[inputs, width]`.
    fn write_f32(&self, panel: usize, read: Read, rows: &mut Vec<f32>, bytes: &mut [u8]) {
        let (outputs, inputs) = (self.outputs_of(panel), self.inputs);
        let width = self.vectors_of(panel) * self.lanes;
        rows.resize(rows.len().max(width * inputs), 0.0);
        let rows = &mut rows[..width * inputs];
        for (output, row) in outputs.clone().zip(rows.chunks_exact_mut(inputs.max(1))) {
            read(output, row);
        }
        rows[outputs.len() * inputs..].fill(0.0);
        let floats: &mut [f32] = bytemuck::cast_slice_mut(&mut bytes[..width * inputs * 4]);
        transpose(rows, inputs, width, floats);
    }

    /// Panels of 8-bit integers, of each output as many in turn as a step takes, and behind them the outputs' scales.
    pub fn pack_int8(&self, kernels: &Kernels, read: Read) -> Bytes {
        let Kernels { quantise, int8: kernel, .. } = kernels;
        let offset = if kernel.unsigned { 128 } else { 0 };
        let depth = kernel.depth;
        self.fill(|panel, bytes| {
            let width = self.vectors_of(panel) * self.lanes;
            let (panel_bytes, panel_scales) = bytes.split_at_mut(self.steps * width * depth);
            let blocks = self.inputs.div_ceil(BLOCK);
            let (mut row, mut quantised, mut sums) = (vec![0.0; self.inputs], vec![0; blocks * BLOCK], vec![0; blocks]);
            for (j, output) in self.outputs_of(panel).enumerate() {
                read(output, &mut row);
                // SAFETY: the kernels were found available.
                let (scale, _) = unsafe { quantise(&row, &mut quantised, &mut sums) };
                panel_scales[j * SCALE..][..SCALE].copy_from_slice(&scale.to_ne_bytes());
                for (step, numbers) in quantised.chunks_exact(depth).take(self.steps).enumerate() {
                    let to = &mut panel_bytes[(step * width + j) * depth..][..depth];
                    to.iter_mut().zip(numbers).for_each(|(to, q)| *to = (*q as u8).wrapping_add(offset));
                }
            }
        })
    }

    /// The outputs' scales in a panel of 8-bit integers.
    pub fn scales_of<'a>(&self, panel: usize, bytes: &'a [u8]) -> &'a [f32] {
        let scales = self.vectors_of(panel) * self.lanes * SCALE;
        bytemuck::cast_slice(&bytes[bytes.len() - scales..])
    }

    /// Panels of the same nibbles and scales as GGUF's Q4_0 blocks in `blocks`.
    pub fn pack_int4(&self, blocks: &[u8]) -> Bytes {
        let per_row = self.inputs / BLOCK;
        self.fill(|panel, bytes| {
            let width = self.vectors_of(panel) * self.lanes;
            let (nibbles, scales) = bytes.split_at_mut(per_row * width * NIBBLES);
            for (j, output) in self.outputs_of(panel).enumerate() {
                let row = &blocks[output * self.column..][..self.column];
                for (b, block) in row.chunks_exact(NIBBLES + 2).enumerate() {
                    scales[(b * width + j) * 2..][..2].copy_from_slice(&block[..2]);
                    for (step, four) in block[2..].chunks_exact(4).enumerate() {
                        nibbles[((b * 4 + step) * width + j) * 4..][..4].copy_from_slice(four);
                    }
                }
            }
        })
    }
}

/// A panel that is written out again and again.
#[derive(Default)]
pub(super) struct Scratch {
    rows: Vec<f32>,
    panel: Bytes,
}

impl Scratch {
    pub fn expand(&mut self, layout: &Layout, panel: usize, read: Read) -> &[u8] {
        let bytes = self.panel.at_least(layout.bytes_of(panel).len());
        layout.write_f32(panel, read, &mut self.rows, bytes);
        bytes
    }
}
