//! The loop of the 4-bit kernels: integers summed over a block of 32, then scaled into floats.
//!
//! A panel holds the bytes of its blocks as GGUF has them (low nibbles are numbers 0 to 15, high nibbles 16 to 31, each
//! plus 8), four bytes of every column in turn, and behind them the blocks' `f16` scales.

use super::finish::Word;
use super::tile::{MAX_HEIGHT, MAX_WIDTH, Span};

/// Numbers of a block.
pub(super) const BLOCK: usize = 32;

/// Bytes of a block of one column: its nibbles.
pub(super) const NIBBLES: usize = BLOCK / 2;

/// Steps of four bytes in a block's nibbles.
const STEPS: usize = NIBBLES / 4;

/// Multiply-adds of one instruction set on 4-bit weights and 8-bit inputs.
///
/// Methods are to be inlined into a function that has the instructions.
pub(super) trait Nibbles {
    /// A vector of integer sums.
    type Ints: Copy;
    /// A vector of sums, one for each column.
    type Sums: Copy;
    /// Four weights of each column, 0 to 15.
    type Weights: Copy;
    /// Four numbers of a row of the input.
    type Input: Copy;
    /// A vector of scales.
    type Scales: Copy;

    /// Columns of a vector, and of a panel.
    const LANES: usize;
    /// Most rows that a block is high, at most [`MAX_HEIGHT`].
    const HEIGHT: usize;
    /// Whether the processor has fused multiply-adds for floats.
    const FUSED: bool = true;

    /// Integer sums; `at` may be left to [`Nibbles::add`].
    unsafe fn start(at: i32) -> Self::Ints;
    unsafe fn zero() -> Self::Sums;
    /// Low and high nibbles of four bytes a column.
    unsafe fn weights(at: *const u8) -> (Self::Weights, Self::Weights);
    /// Reads 4 bytes.
    unsafe fn input(at: *const u8) -> Self::Input;
    unsafe fn dot(ints: Self::Ints, weights: Self::Weights, input: Self::Input) -> Self::Ints;
    /// Reads an `f16` a column.
    unsafe fn scales(at: *const u8) -> Self::Scales;
    /// Adds a block's sums, scaled.
    unsafe fn add(sums: Self::Sums, ints: Self::Ints, at: i32, scales: Self::Scales) -> Self::Sums;
    /// Writes [`Nibbles::LANES`] numbers.
    unsafe fn store(sums: Self::Sums, to: *mut f32);
}

/// Computes a span: `span.steps` counts blocks, and `span.starts` holds one number a row and block.
///
/// # Safety
/// The processor has the instructions of `D`, and `span.finish` may be written to.
#[inline(always)]
pub(super) unsafe fn run<D: Nibbles>(span: &Span) {
    if span.rows == 0 {
        return;
    }
    let input = (span.rows - 1) * span.stride + span.steps * BLOCK;
    let panel = span.steps * D::LANES * (NIBBLES + 2);
    assert!(span.input.len() >= input && span.panel.len() >= panel, "packed: an operand does not fit its slice");
    assert!(span.starts.len() >= span.rows * span.steps && span.vectors == 1, "packed: a block has no start");
    span.finish.check(span.rows, D::LANES);
    let mut sums = [const { [f32::ZERO; MAX_WIDTH] }; MAX_HEIGHT];
    let blocks = span.rows.div_ceil(D::HEIGHT);
    for block in 0..blocks {
        let (begin, end) = (block * span.rows / blocks, (block + 1) * span.rows / blocks);
        macro_rules! heights {
            ($($height:literal)*) => {
                match end - begin {
                    // SAFETY: rows begin..end are among those that the assertions found in their slices.
                    $($height if D::HEIGHT >= $height => unsafe { tile::<D, $height>(span, begin, &mut sums) },)*
                    _ => unreachable!("a block is higher than its kernel"),
                }
            };
        }
        heights!(1 2 3 4 5 6 7 8 9 10 11 12);
        // SAFETY: the caller's, and the result was checked.
        unsafe {
            match D::FUSED {
                true => span.finish.write::<_, true>(begin, end, &sums),
                false => span.finish.write::<_, false>(begin, end, &sums),
            }
        }
    }
}

/// # Safety
/// As [`run`], and rows `begin..begin + H` are among the span's.
#[inline(always)]
unsafe fn tile<D: Nibbles, const H: usize>(span: &Span, begin: usize, out: &mut [[f32; MAX_WIDTH]; MAX_HEIGHT]) {
    // SAFETY: the caller's.
    unsafe {
        let stride = span.stride;
        let mut input = span.input.as_ptr().add(begin * stride);
        let mut panel = span.panel.as_ptr();
        let mut scales = panel.add(span.steps * D::LANES * NIBBLES);
        let mut starts = span.starts.as_ptr().add(begin * span.steps);
        let mut sums = [D::zero(); H];
        for _ in 0..span.steps {
            let mut ints = [D::start(0); H];
            for (r, ints) in ints.iter_mut().enumerate() {
                *ints = D::start(*starts.add(r * span.steps));
            }
            for step in 0..STEPS {
                let (low, high) = D::weights(panel.add(step * D::LANES * 4));
                for (r, ints) in ints.iter_mut().enumerate() {
                    *ints = D::dot(*ints, low, D::input(input.add(r * stride + step * 4)));
                }
                for (r, ints) in ints.iter_mut().enumerate() {
                    *ints = D::dot(*ints, high, D::input(input.add(r * stride + step * 4 + BLOCK / 2)));
                }
            }
            let scale = D::scales(scales);
            for (r, (sums, ints)) in sums.iter_mut().zip(&ints).enumerate() {
                *sums = D::add(*sums, *ints, *starts.add(r * span.steps), scale);
            }
            input = input.add(BLOCK);
            panel = panel.add(D::LANES * NIBBLES);
            scales = scales.add(D::LANES * 2);
            starts = starts.add(1);
        }
        for (sums, out) in sums.iter().zip(out) {
            D::store(*sums, out.as_mut_ptr());
        }
    }
}
