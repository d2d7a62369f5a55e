//! The rows that go into a product, quantised where the product wants it.

use rayon::prelude::*;

use super::kernels::{Kernels, best};
use super::nibbles::BLOCK;

/// What a product reads its rows as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    F32,
    /// Signed bytes, each row with its own scale: its largest magnitude becomes 127.
    Int8,
}

/// Rows of numbers `[rows, columns]`; buffers are used again from call to call.
#[derive(Default)]
pub(crate) struct Input {
    rows: usize,
    columns: usize,
    int8: bool,
    floats: Vec<f32>,
    quantised: Quantised,
}

/// Rows of a product: an [`Input`], or floats where they lie.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) data: Data<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Data<'a> {
    F32(&'a [f32]),
    Int8(&'a Quantised),
}

/// Rows of 8-bit integers, filled up with zeros to whole blocks.
#[derive(Default)]
pub(super) struct Quantised {
    /// Numbers from row to row.
    pub stride: usize,
    pub bytes: Vec<i8>,
    /// The same with 16 bits, where the kernel wants them.
    pub wide: Vec<i16>,
    /// What an integer stands for, a row.
    pub scales: Vec<f32>,
    /// Minus 128 times the sum of a row: what weights plus 128 add too much.
    pub row_starts: Vec<i32>,
    /// Minus 8 times the sum of each block of a row: what nibbles plus 8 add too much.
    pub block_starts: Vec<i32>,
}

impl<'a> Rows<'a> {
    /// Floats `[rows, columns]` as they are, without a copy.
    pub fn f32(x: &'a [f32], columns: usize) -> Rows<'a> {
        let rows = x.len().checked_div(columns).unwrap_or(0);
        assert_eq!(rows * columns, x.len(), "packed: the input is no whole number of rows");
        Rows { rows, columns, data: Data::F32(x) }
    }
}

impl<'a> From<&'a Input> for Rows<'a> {
    fn from(input: &'a Input) -> Rows<'a> {
        let data = match input.int8 {
            true => Data::Int8(&input.quantised),
            false => Data::F32(&input.floats),
        };
        Rows { rows: input.rows, columns: input.columns, data }
    }
}

/// Numbers that are worth a second thread.
const PARALLEL_FROM: usize = 1 << 16;

impl Input {
    /// Takes `x`, `[rows, columns]`. [`Kind::F32`] copies it: [`Rows::f32`] does not.
    ///
    /// A row with a number that is not finite gives results that are not, in every column.
    pub fn set(&mut self, x: &[f32], columns: usize, kind: Kind) {
        self.set_for(x, columns, kind, best());
    }

    pub(super) fn set_for(&mut self, x: &[f32], columns: usize, kind: Kind, kernels: &Kernels) {
        let rows = x.len().checked_div(columns).unwrap_or(0);
        assert_eq!(rows * columns, x.len(), "packed: the input is no whole number of rows");
        (self.rows, self.columns, self.int8) = (rows, columns, kind == Kind::Int8);
        match kind {
            Kind::F32 => {
                self.floats.clear();
                self.floats.extend_from_slice(x);
            }
            Kind::Int8 => self.quantised.set(x, rows, columns, kernels),
        }
    }
}

impl Quantised {
    fn set(&mut self, x: &[f32], rows: usize, columns: usize, kernels: &Kernels) {
        let Kernels { quantise, int8, .. } = kernels;
        let stride = columns.next_multiple_of(BLOCK);
        let blocks = stride / BLOCK;
        self.stride = stride;
        self.bytes.resize(rows * stride, 0);
        self.wide.resize(if int8.wide { rows * stride } else { 0 }, 0);
        self.scales.resize(rows, 0.0);
        self.row_starts.resize(rows, 0);
        self.block_starts.resize(rows * blocks, 0);
        if rows == 0 {
            return;
        }
        let wide = self.wide.chunks_mut(stride).map(Some).chain(std::iter::repeat_with(|| None));
        let row = |(((((x, bytes), scale), start), starts), wide): Row<'_>| {
            // SAFETY: these kernels were found available.
            (*scale, *start) = unsafe { quantise(x, bytes, starts) };
            if let Some(wide) = wide {
                wide.iter_mut().zip(&*bytes).for_each(|(w, b)| *w = i16::from(*b));
            }
        };
        let all = x
            .chunks_exact(columns)
            .zip(self.bytes.chunks_exact_mut(stride))
            .zip(&mut self.scales)
            .zip(&mut self.row_starts)
            .zip(self.block_starts.chunks_exact_mut(blocks))
            .zip(wide);
        // Never the pool of the host.
        match rows * columns >= PARALLEL_FROM && rayon::current_thread_index().is_some() {
            true => all.collect::<Vec<_>>().into_par_iter().with_min_len(8).for_each(row),
            false => all.for_each(row),
        }
    }
}

type Row<'a> = (((((&'a [f32], &'a mut [i8]), &'a mut f32), &'a mut i32), &'a mut [i32]), Option<&'a mut [i16]>);
