//! A product, cut into tasks.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use super::finish::{Finish, Target};
use super::input::{Data, Rows};
use super::kernels::Kernel;
use super::layout::{Layout, Scratch};
use super::tile::Span;
use super::{After, Packed, Split, Weights};

/// A product whose operands fit each other.
pub(super) struct Product<'a> {
    pub packed: &'a Packed,
    pub rows: Rows<'a>,
    pub bias: Option<&'a [f32]>,
    pub target: Target,
    pub after: After,
}

/// Multiply-adds below which waking other threads costs more than it saves, for floats.
const PARALLEL_FROM: usize = 1 << 20;

/// Multiply-adds that make a task, for floats.
const TASK: usize = 1 << 21;

/// 8-bit products are so much faster.
const INT8_SPEED: usize = 3;

/// Bytes of the input that are used again for one panel after the other: they should stay in the second level of the
/// cache beside a panel.
const INPUT_BYTES: usize = 1 << 19;

/// Fewest rows of a task that has not all of them.
const TASK_ROWS: usize = 48;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Product<'_> {
    pub fn run(&self, split: Split) {
        let (panels, rows) = (self.packed.layout.panels(), self.rows.rows);
        let speed = match self.rows.data {
            Data::F32(_) => 1,
            Data::Int8(_) => INT8_SPEED,
        };
        let work = rows * self.packed.outputs() * self.packed.inputs() / speed;
        let threads = match split {
            Split::Serial => 1,
            Split::Pool => rayon::current_num_threads(),
        };
        if threads == 1 || work < PARALLEL_FROM {
            return self.part(0..rows, 0..panels);
        }
        // Each thread reads its own weights, so that all are read once; rows are cut where there are few panels.
        let tasks = (work / TASK).clamp(1, 4).saturating_mul(threads);
        let across = tasks.min(panels);
        let down = match self.packed.weights {
            Weights::Expanded(_) => 1,
            _ => (tasks / across).min(rows / TASK_ROWS).max(1),
        };
        (0..across * down).into_par_iter().with_max_len(1).for_each(|task| {
            let (i, j) = (task % down, task / down);
            self.part(i * rows / down..(i + 1) * rows / down, j * panels / across..(j + 1) * panels / across);
        });
    }

    /// Computes some rows of some panels.
    fn part(&self, rows: Range<usize>, panels: Range<usize>) {
        let layout = &self.packed.layout;
        let stride = match self.rows.data {
            Data::F32(_) => self.rows.columns * 4,
            Data::Int8(q) => q.stride * if self.kernel().wide { 2 } else { 1 },
        };
        if let Weights::Expanded(read) = &self.packed.weights {
            // Taken, not borrowed: `read` may do as it likes.
            let mut scratch = SCRATCH.take();
            for panel in panels {
                self.span(rows.clone(), panel, scratch.expand(layout, panel, read.as_ref()), stride);
            }
            return SCRATCH.set(scratch);
        }
        let bytes = self.packed.weights.bytes();
        let blocks = (rows.len() * stride).div_ceil(INPUT_BYTES).max(1);
        for block in 0..blocks {
            let begin = rows.start + block * rows.len() / blocks;
            let end = rows.start + (block + 1) * rows.len() / blocks;
            for panel in panels.clone() {
                self.span(begin..end, panel, &bytes[layout.bytes_of(panel)], stride);
            }
        }
    }

    /// Computes some rows of one panel.
    fn span(&self, rows: Range<usize>, panel: usize, bytes: &[u8], stride: usize) {
        let layout: &Layout = &self.packed.layout;
        let columns = layout.outputs_of(panel);
        let (mut starts, mut row_scales, mut column_scales) = (&[][..], &[][..], &[][..]);
        let input: &[u8] = match self.rows.data {
            Data::F32(x) => bytemuck::cast_slice(x),
            Data::Int8(q) => {
                row_scales = &q.scales[rows.clone()];
                match self.packed.weights {
                    Weights::Int8(_) => {
                        column_scales = layout.scales_of(panel, bytes);
                        if self.kernel().unsigned {
                            starts = &q.row_starts[rows.clone()];
                        }
                    }
                    _ => starts = &q.block_starts[rows.start * layout.steps..rows.end * layout.steps],
                }
                match self.kernel().wide {
                    true => bytemuck::cast_slice(&q.wide),
                    false => bytemuck::cast_slice(&q.bytes),
                }
            }
        };
        let span = Span {
            input: &input[rows.start * stride..],
            stride,
            rows: rows.len(),
            steps: layout.steps,
            panel: bytes,
            vectors: layout.vectors_of(panel),
            starts,
            finish: Finish {
                target: self.target,
                row: rows.start,
                column: columns.start,
                columns: columns.len(),
                row_scales,
                column_scales,
                bias: self.bias.map(|b| &b[columns.clone()]),
                after: self.after,
            },
        };
        // SAFETY: the kernels were found available when the matrix was packed, and every task has rows and columns of
        // the result for itself.
        unsafe { (self.kernel().run)(&span) }
    }

    fn kernel(&self) -> &'static Kernel {
        self.packed.kernel()
    }
}
