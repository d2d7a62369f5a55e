//! Matrix multiplication on strided views, by the `gemm` crate, inside the caller's rayon pool.

use ::gemm::Parallelism;

use super::kernel::Float;

/// A matrix inside a slice: element `(i, j)` stands at `i * row + j * column`.
#[derive(Clone, Copy)]
pub(crate) struct Mat {
    pub row: usize,
    pub column: usize,
}

impl Mat {
    /// Row-major with `columns` columns.
    pub fn rows(columns: usize) -> Mat {
        Mat { row: columns, column: 1 }
    }

    /// The transpose of a row-major matrix with `columns` columns.
    pub fn transposed(columns: usize) -> Mat {
        Mat { row: 1, column: columns }
    }

    fn end(self, rows: usize, columns: usize) -> usize {
        (rows - 1) * self.row + (columns - 1) * self.column + 1
    }
}

/// Below this many multiply-adds, waking other threads costs more than it saves.
const PARALLEL_FROM: usize = 1 << 18;

/// `c[m, n] = a[m, k] b[k, n]`, plus what `c` held where `accumulate` is set.
///
/// With `parallel`, large products are shared among the threads of the current rayon pool. Every element is summed by
/// one thread in one order, so the result depends on the number of threads in no bit that this function controls.
#[allow(clippy::too_many_arguments)]
pub(crate) fn matmul<T: Float>(
    (m, n, k): (usize, usize, usize),
    (a, ma): (&[T], Mat),
    (b, mb): (&[T], Mat),
    (c, mc): (&mut [T], Mat),
    accumulate: bool,
    parallel: bool,
) {
    if m == 0 || n == 0 {
        return;
    }
    assert!(mc.end(m, n) <= c.len(), "matmul: the result does not fit its slice");
    if k == 0 {
        if !accumulate {
            (0..m).for_each(|i| (0..n).for_each(|j| c[i * mc.row + j * mc.column] = T::zero()));
        }
        return;
    }
    assert!(ma.end(m, k) <= a.len() && mb.end(k, n) <= b.len(), "matmul: an operand does not fit its slice");
    let threads = rayon::current_num_threads();
    let parallelism = match parallel && threads > 1 && m * n * k >= PARALLEL_FROM {
        true => Parallelism::Rayon(threads),
        false => Parallelism::None,
    };
    // SAFETY: the three assertions above keep every element that strides can reach inside its slice, and the
    // borrow checker keeps `c` apart from `a` and `b`.
    unsafe {
        ::gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            mc.column as isize,
            mc.row as isize,
            accumulate,
            a.as_ptr(),
            ma.column as isize,
            ma.row as isize,
            b.as_ptr(),
            mb.column as isize,
            mb.row as isize,
            T::one(),
            T::one(),
            false,
            false,
            false,
            parallelism,
        )
    }
}
