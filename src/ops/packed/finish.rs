//! What happens to the sums of a block before they are written: scales, bias, what was there before, GELU.

use super::After;
use super::gelu::gelu;
use super::tile::{MAX_HEIGHT, MAX_WIDTH};

/// What a block's sums are stored as.
pub(super) trait Word: Copy {
    const ZERO: Self;

    fn to_f32(self) -> f32;
}

impl Word for f32 {
    const ZERO: f32 = 0.0;

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self
    }
}

impl Word for i32 {
    const ZERO: i32 = 0;

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as f32
    }
}

/// Where the rows of a [`Span`](super::tile::Span) go in the result, which several threads write at once, each its own
/// rows and columns.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub data: *mut f32,
    pub len: usize,
    pub stride: usize,
    pub accumulate: bool,
}

// SAFETY: whoever writes through it promises to write rows and columns that no other thread has.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// The last steps of a product for some rows and the columns of one panel.
pub(super) struct Finish<'a> {
    pub target: Target,
    /// The first row and column in the result.
    pub row: usize,
    pub column: usize,
    /// Columns that exist; a panel may be wider.
    pub columns: usize,
    /// One factor a row, or none.
    pub row_scales: &'a [f32],
    /// One factor a column, or none.
    pub column_scales: &'a [f32],
    pub bias: Option<&'a [f32]>,
    pub after: After,
}

/// Columns that are finished at once.
const CHUNK: usize = 16;

impl Finish<'_> {
    /// Panics where rows of a panel of `width` columns do not fit.
    #[inline(always)]
    pub fn check(&self, rows: usize, width: usize) {
        let end = (self.row + rows - 1) * self.target.stride + self.column + self.columns;
        assert!(end <= self.target.len && self.columns <= width, "packed: the result does not fit its slice");
        let given = |of: &[f32], n: usize| of.is_empty() || of.len() >= n;
        let scales = given(self.row_scales, rows) && given(self.column_scales, self.columns);
        assert!(scales && self.bias.is_none_or(|b| b.len() >= self.columns), "packed: scales or bias are too few");
    }

    /// Writes rows `begin..end` of the span, whose sums stand in the first rows of `sums`;
    /// `FUSED` where the processor has fused multiply-adds.
    ///
    /// # Safety
    /// [`Finish::check`] has passed for `end` rows, and nobody else touches these rows and columns of the result.
    #[inline(always)]
    pub unsafe fn write<W: Word, const FUSED: bool>(
        &self,
        begin: usize,
        end: usize,
        sums: &[[W; MAX_WIDTH]; MAX_HEIGHT],
    ) {
        // SAFETY: the caller's.
        unsafe {
            match (self.target.accumulate, self.after) {
                (false, After::Nothing) => self.rows::<W, FUSED, false, false>(begin, end, sums),
                (true, After::Nothing) => self.rows::<W, FUSED, true, false>(begin, end, sums),
                (false, After::Gelu) => self.rows::<W, FUSED, false, true>(begin, end, sums),
                (true, After::Gelu) => self.rows::<W, FUSED, true, true>(begin, end, sums),
            }
        }
    }

    /// # Safety
    /// As [`Finish::write`].
    #[inline(always)]
    unsafe fn rows<W: Word, const FUSED: bool, const ACCUMULATE: bool, const GELU: bool>(
        &self,
        begin: usize,
        end: usize,
        sums: &[[W; MAX_WIDTH]; MAX_HEIGHT],
    ) {
        let mut first = 0;
        while first < self.columns {
            let columns = (self.columns - first).min(CHUNK);
            let bias = self.bias.map_or([0.0; CHUNK], |b| chunk(&b[first..], columns));
            let scales = match self.column_scales {
                [] => [1.0; CHUNK],
                scales => chunk(&scales[first..], columns),
            };
            for (sums, row) in sums.iter().zip(begin..end) {
                let scale = self.row_scales.get(row).copied().unwrap_or(1.0);
                let sums: &[W; CHUNK] = sums[first..first + CHUNK].try_into().expect("panels are whole chunks");
                // SAFETY: `check` found the row's columns in the result.
                let out = unsafe {
                    let at = (self.row + row) * self.target.stride + self.column + first;
                    std::slice::from_raw_parts_mut(self.target.data.add(at), columns)
                };
                let mut values = [0.0; CHUNK];
                for j in 0..CHUNK {
                    values[j] = sums[j].to_f32() * (scale * scales[j]) + bias[j];
                }
                if ACCUMULATE {
                    let held = chunk(out, columns);
                    for j in 0..CHUNK {
                        values[j] += held[j];
                    }
                }
                if GELU {
                    for v in &mut values {
                        *v = gelu::<FUSED>(*v);
                    }
                }
                match <&mut [f32; CHUNK]>::try_from(&mut *out) {
                    Ok(out) => *out = values,
                    Err(_) => out.copy_from_slice(&values[..columns]),
                }
            }
            first += CHUNK;
        }
    }
}

/// The first `columns` numbers, filled up with zeros.
#[inline(always)]
fn chunk(from: &[f32], columns: usize) -> [f32; CHUNK] {
    match from.first_chunk() {
        Some(whole) if columns == CHUNK => *whole,
        _ => {
            let mut part = [0.0; CHUNK];
            part[..columns].copy_from_slice(&from[..columns]);
            part
        }
    }
}
