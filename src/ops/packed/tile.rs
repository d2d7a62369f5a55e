//! The one loop that all dense kernels are: a block of the result, held in registers over the whole depth.
//!
//! Rows of the input are read where they lie, four bytes a step: one `f32`, four 8-bit integers or two 16-bit ones.
//! Weights lie in a panel of columns, step after step, as many vectors a step as the block is wide.

use super::finish::{Finish, Word};

/// Multiply-adds of one instruction set on one type of number.
///
/// Methods are to be inlined into a function that has the instructions.
pub(super) trait Dot {
    /// What sums are stored as.
    type Word: Word;
    /// A vector of sums, one for each column.
    type Sums: Copy;
    /// One step of the weights of as many columns.
    type Weights: Copy;
    /// One step of a row of the input, for all columns.
    type Input: Copy;

    /// Columns of a vector.
    const LANES: usize;
    /// Bytes of a vector of weights in a panel.
    const BYTES: usize;
    /// Most vectors that a block is wide: 1, 2 or 4.
    const VECTORS: usize;
    /// Most rows that a block is high, at most [`MAX_HEIGHT`].
    const HEIGHT: usize;
    /// Whether the processor has fused multiply-adds for floats.
    const FUSED: bool = true;

    /// Sums that begin with `at` (integers) or 0.
    unsafe fn start(at: i32) -> Self::Sums;
    /// Reads [`Dot::BYTES`] bytes.
    unsafe fn weights(at: *const u8) -> Self::Weights;
    /// Reads 4 bytes.
    unsafe fn input(at: *const u8) -> Self::Input;
    unsafe fn dot(sums: Self::Sums, weights: Self::Weights, input: Self::Input) -> Self::Sums;
    /// Writes [`Dot::LANES`] words.
    unsafe fn store(sums: Self::Sums, to: *mut Self::Word);
    /// Asks for the cache line at `at`, which need not exist.
    #[inline(always)]
    unsafe fn prefetch(_at: *const u8) {}
}

pub(super) const MAX_HEIGHT: usize = 12;
/// The widest panel of any kernel, in columns.
pub(super) const MAX_WIDTH: usize = 32;

/// How far ahead weights are asked for when they are read for the first time. The processor's own prefetching stops at
/// the end of a page of memory.
const AHEAD: usize = 2048;

/// Rows of an input against one panel of weights.
pub(super) struct Span<'a> {
    /// The rows, `stride` bytes apart, each of `steps` times 4 bytes.
    pub input: &'a [u8],
    pub stride: usize,
    pub rows: usize,
    pub steps: usize,
    /// `steps` times `vectors` vectors.
    pub panel: &'a [u8],
    pub vectors: usize,
    /// What the integer sums of each row begin with; empty for floats.
    pub starts: &'a [i32],
    pub finish: Finish<'a>,
}

/// Computes a span in blocks of nearly the same height.
///
/// Every sum is taken in the order of the depth, whatever the block: it depends on its row and column alone.
///
/// # Safety
/// The processor has the instructions of `D`, and `span.finish` may be written to.
#[inline(always)]
pub(super) unsafe fn run<D: Dot>(span: &Span) {
    if span.rows == 0 {
        return;
    }
    let input = (span.rows - 1) * span.stride + span.steps * 4;
    let panel = span.steps * span.vectors * D::BYTES;
    assert!(span.input.len() >= input && span.panel.len() >= panel, "packed: an operand does not fit its slice");
    assert!(span.starts.is_empty() || span.starts.len() >= span.rows, "packed: a row has no start");
    span.finish.check(span.rows, span.vectors * D::LANES);
    let mut sums = [const { [D::Word::ZERO; MAX_WIDTH] }; MAX_HEIGHT];
    let blocks = span.rows.div_ceil(D::HEIGHT);
    for block in 0..blocks {
        let (begin, end) = (block * span.rows / blocks, (block + 1) * span.rows / blocks);
        // SAFETY: rows begin..end are among those that the assertions found in their slices.
        unsafe {
            match span.vectors {
                1 => rows::<D, 1>(span, begin, end, &mut sums),
                2 if D::VECTORS >= 2 => rows::<D, 2>(span, begin, end, &mut sums),
                3 if D::VECTORS >= 4 => rows::<D, 3>(span, begin, end, &mut sums),
                4 if D::VECTORS >= 4 => rows::<D, 4>(span, begin, end, &mut sums),
                _ => unreachable!("a panel is wider than its kernel"),
            }
            match D::FUSED {
                true => span.finish.write::<_, true>(begin, end, &sums),
                false => span.finish.write::<_, false>(begin, end, &sums),
            }
        }
    }
}

/// # Safety
/// As [`run`], and rows `begin..end`, at most [`Dot::HEIGHT`], are among the span's.
#[inline(always)]
unsafe fn rows<D: Dot, const V: usize>(
    span: &Span,
    begin: usize,
    end: usize,
    sums: &mut [[D::Word; MAX_WIDTH]; MAX_HEIGHT],
) {
    macro_rules! heights {
        ($($height:literal)*) => {
            match end - begin {
                // SAFETY: the caller's.
                $($height if D::HEIGHT >= $height => unsafe { tile::<D, $height, V>(span, begin, sums) },)*
                _ => unreachable!("a block is higher than its kernel"),
            }
        };
    }
    heights!(1 2 3 4 5 6 7 8 9 10 11 12)
}

/// # Safety
/// As [`run`], and rows `begin..begin + H` are among the span's.
#[inline(always)]
unsafe fn tile<D: Dot, const H: usize, const V: usize>(
    span: &Span,
    begin: usize,
    out: &mut [[D::Word; MAX_WIDTH]; MAX_HEIGHT],
) {
    // SAFETY: the caller's.
    unsafe {
        let mut sums = [[D::start(0); V]; H];
        if !span.starts.is_empty() {
            for (r, sums) in sums.iter_mut().enumerate() {
                *sums = [D::start(*span.starts.get_unchecked(begin + r)); V];
            }
        }
        let stride = span.stride;
        let mut input = span.input.as_ptr().add(begin * stride);
        let mut panel = span.panel.as_ptr();
        for _ in 0..span.steps {
            let mut weights = [D::weights(panel); V];
            for (v, weights) in weights.iter_mut().enumerate() {
                *weights = D::weights(panel.add(v * D::BYTES));
                if begin == 0 {
                    D::prefetch(panel.wrapping_add(v * D::BYTES + AHEAD));
                }
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let input = D::input(input.add(r * stride));
                for (sum, weights) in sums.iter_mut().zip(&weights) {
                    *sum = D::dot(*sum, *weights, input);
                }
            }
            input = input.add(4);
            panel = panel.add(V * D::BYTES);
        }
        for (sums, out) in sums.iter().zip(out) {
            for (v, sums) in sums.iter().enumerate() {
                D::store(*sums, out.as_mut_ptr().add(v * D::LANES));
            }
        }
    }
}
