//! Products of small matrices, held in registers: what attention does within one head.
//!
//! Loops go over references: an iterator that owns an array, and what `for_each` folds with, are functions of their own where the
//! compiler does not optimise across the parts of a crate, and then without the processor's vectors.
//!
//! The general `gemm` crate copies both operands into its own layout first, which for a head of 32 columns and a
//! sentence of 20 pieces costs more than the product.

use pulp::{Simd, WithSimd};

use super::kernel::Float;

/// Columns of the result that one pass over the depth computes when `rest` are left: two or three vectors of eight, and
/// one only where there is no more, since a few sums in flight do not keep the processor busy.
#[inline(always)]
fn width(rest: usize) -> usize {
    match rest {
        24 => 24,
        16.. => 16,
        8.. => 8,
        _ => 1,
    }
}

/// Rows of the result that one pass over the depth computes: with its columns they fill the vector registers.
const fn height(width: usize) -> usize {
    match width {
        24 => 4,
        16 => 6,
        _ => 8,
    }
}

/// What the number of columns of [`Right::Panels`] is a multiple of.
pub(super) const LANES: usize = 8;

/// The left operand: element `(i, l)` stands at `i * row + l * column`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a, T> {
    pub data: &'a [T],
    pub row: usize,
    pub column: usize,
}

/// The right operand, `[depth, columns]`.
#[derive(Clone, Copy)]
pub(super) enum Right<'a, T> {
    /// Element `(l, j)` stands at `l * stride + j`.
    Rows(&'a [T], usize),
    /// As [`pack_transposed`] writes it.
    Panels(&'a [T]),
}

impl<'a, T> Right<'a, T> {
    /// Where column `j` begins when `width` columns from there on are taken together, and the step between its rows.
    #[inline(always)]
    fn columns(self, j: usize, width: usize, depth: usize) -> (&'a [T], usize) {
        match self {
            Right::Rows(data, stride) => (data.get(j..).unwrap_or_default(), stride),
            Right::Panels(data) => (data.get(j * depth..).unwrap_or_default(), width),
        }
    }
}

/// Writes the transpose of `x`, `[rows, depth]` with `stride` numbers from row to row, in the panels of columns that a
/// product takes together, each `[depth, width]`; columns are filled up with zeros. Gives the number of columns.
#[inline(always)]
pub(super) fn pack_transposed<T: Float>(
    x: &[T],
    stride: usize,
    rows: usize,
    depth: usize,
    panels: &mut Vec<T>,
) -> usize {
    let padded = rows.next_multiple_of(LANES);
    panels.clear();
    if depth == 0 {
        return padded;
    }
    panels.resize(padded * depth, T::zero());
    let mut begin = 0;
    while begin < padded {
        let width = width(padded - begin);
        let panel = &mut panels[begin * depth..(begin + width) * depth];
        for i in 0..width.min(rows - begin) {
            let row = &x[(begin + i) * stride..][..depth];
            for (l, x) in row.iter().enumerate() {
                panel[i + l * width] = *x;
            }
        }
        begin += width;
    }
    padded
}

/// `c[m, n] = a[m, depth] b[depth, n]`, plus what `c` held where `accumulate` is set; rows of `c` are `stride` apart.
///
/// Every element is summed in the order of the depth, whatever the sizes: it depends on its row and column alone.
pub(super) struct Product<'a, T> {
    pub size: (usize, usize, usize),
    pub left: Left<'a, T>,
    pub right: Right<'a, T>,
    pub out: &'a mut [T],
    pub stride: usize,
    pub accumulate: bool,
}

impl<T: Float> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // Where the processor has no fused multiply-add, a function would compute one, slowly.
        match !S::IS_SCALAR && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            true => self.run::<true>(),
            false => self.run::<false>(),
        }
    }
}

impl<T: Float> Product<'_, T> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        let (m, n, depth) = self.size;
        if m == 0 || n == 0 {
            return;
        }
        assert!((m - 1) * self.stride + n <= self.out.len(), "product: the result does not fit its slice");
        if depth > 0 {
            let left = (m - 1) * self.left.row + (depth - 1) * self.left.column + 1;
            let right = match self.right {
                Right::Rows(data, stride) => (depth - 1) * stride + n <= data.len(),
                Right::Panels(data) => n.is_multiple_of(LANES) && depth * n <= data.len(),
            };
            assert!(left <= self.left.data.len() && right, "product: an operand does not fit its slice");
        }
        let mut j = 0;
        while j < n {
            // SAFETY: columns j..j + width are among the n that the assertions above found in their slices.
            j += unsafe {
                match width(n - j) {
                    24 => self.columns::<FUSED, 24>(j),
                    16 => self.columns::<FUSED, 16>(j),
                    8 => self.columns::<FUSED, 8>(j),
                    _ => self.columns::<FUSED, 1>(j),
                }
            };
        }
    }

    /// # Safety
    /// Columns `j..j + W` exist in the result and the right operand, and all rows and the depth in every matrix.
    #[inline(always)]
    unsafe fn columns<const FUSED: bool, const W: usize>(&mut self, j: usize) -> usize {
        let m = self.size.0;
        // Blocks of nearly the same height: two of 4 rows are faster than one of 6 and one of 2.
        let blocks = m.div_ceil(height(W));
        for block in 0..blocks {
            let (i, end) = (block * m / blocks, (block + 1) * m / blocks);
            // SAFETY: the caller's, and i..end are among the m rows.
            unsafe {
                match end - i {
                    8 if W <= 8 => self.tile::<FUSED, 8, W>(i, j),
                    7 if W <= 8 => self.tile::<FUSED, 7, W>(i, j),
                    6 if W <= 16 => self.tile::<FUSED, 6, W>(i, j),
                    5 if W <= 16 => self.tile::<FUSED, 5, W>(i, j),
                    4 => self.tile::<FUSED, 4, W>(i, j),
                    3 => self.tile::<FUSED, 3, W>(i, j),
                    2 => self.tile::<FUSED, 2, W>(i, j),
                    _ => (i..end).for_each(|i| self.tile::<FUSED, 1, W>(i, j)),
                }
            }
        }
        W
    }

    /// # Safety
    /// As for `columns`, and rows `i..i + H` exist in the result and the left operand.
    #[inline(always)]
    unsafe fn tile<const FUSED: bool, const H: usize, const W: usize>(&mut self, i: usize, j: usize) {
        let depth = self.size.2;
        let Left { data, row, column } = self.left;
        let (right, step) = self.right.columns(j, W, depth);
        let mut sums = [[T::zero(); W]; H];
        // SAFETY: the caller's.
        unsafe {
            let (a, b) = (data.as_ptr().add(i * row), right.as_ptr());
            let out = self.out.as_mut_ptr().add(i * self.stride + j);
            if self.accumulate {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = out.add(r * self.stride).cast::<[T; W]>().read_unaligned();
                }
            }
            for l in 0..depth {
                let b = b.add(l * step).cast::<[T; W]>().read_unaligned();
                for (r, sums) in sums.iter_mut().enumerate() {
                    let a = *a.add(r * row + l * column);
                    for (sum, b) in sums.iter_mut().zip(&b) {
                        *sum = a.multiply_add::<FUSED>(*b, *sum);
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                out.add(r * self.stride).cast::<[T; W]>().write_unaligned(*sums);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::random;
    use super::*;

    fn numbers(n: usize, seed: u64) -> Vec<f64> {
        random(&[n], seed).to_vec1().unwrap()
    }

    /// `random` gives numbers of which none is 0, so that none can be left out unseen.
    #[test]
    fn agrees_with_the_definition_for_all_sizes_and_layouts() {
        for m in [1, 2, 3, 4, 5, 6, 7, 8, 13, 25] {
            for n in [1, 3, 8, 9, 16, 24, 31, 40] {
                for depth in [0, 1, 2, 9] {
                    let (a, b) = (numbers(m * depth, 1), numbers(n * depth, 2));
                    let before = numbers(m * (n + 2), 3);
                    let mut panels = Vec::new();
                    let padded = pack_transposed(&b, depth, n, depth, &mut panels);
                    for transposed in [false, true] {
                        for packed in [false, true] {
                            for accumulate in [false, true] {
                                let (row, column) = if transposed { (1, m) } else { (depth, 1) };
                                // b as rows is [depth, n]; as panels it is the transpose of the same numbers read as [n, depth].
                                let right = if packed { Right::Panels(&panels) } else { Right::Rows(&b, n) };
                                let (n, stride) = if packed { (padded, padded + 2) } else { (n, n + 2) };
                                let mut out = before.clone();
                                out.resize(m * stride, 7.0);
                                let held = out.clone();
                                let left = Left { data: &a, row, column };
                                let product =
                                    Product { size: (m, n, depth), left, right, out: &mut out, stride, accumulate };
                                pulp::Arch::new().dispatch(product);
                                let value = |l: usize, j: usize| match packed {
                                    true => {
                                        b.get(j * depth + l).copied().filter(|_| j < b.len() / depth).unwrap_or(0.0)
                                    }
                                    false => b[l * n + j],
                                };
                                for i in 0..m {
                                    for j in 0..stride {
                                        let sum: f64 =
                                            (0..depth).map(|l| a[i * row + l * column] * value(l, j.min(n - 1))).sum();
                                        let held = held[i * stride + j];
                                        let want = match (j < n, accumulate) {
                                            (false, _) => held,
                                            (true, true) => held + sum,
                                            (true, false) => sum,
                                        };
                                        let got = out[i * stride + j];
                                        assert!((got - want).abs() < 1e-12, "{m} {n} {depth}: {got} {want}");
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn an_operand_that_is_too_short_is_refused() {
        let (a, b, mut out) = ([1.0; 4], [1.0; 3], [0.0; 4]);
        let left = Left { data: &a, row: 2, column: 1 };
        let right = Right::Rows(&b, 2);
        pulp::Arch::new().dispatch(Product {
            size: (2, 2, 2),
            left,
            right,
            out: &mut out,
            stride: 2,
            accumulate: false,
        });
    }
}
