//! From rows of weights to the order of a panel, four by four in registers.

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Numbers of a row that are written one after the other: lines of the rows are read whole, and those of the panel stay
/// in the cache.
const PART: usize = 16;

/// Writes the transpose of `rows`, `[width, inputs]`, to `panel`, `[inputs, width]`.
pub(super) fn transpose(rows: &[f32], inputs: usize, width: usize, panel: &mut [f32]) {
    assert!(rows.len() == inputs * width && panel.len() == rows.len(), "packed: rows do not fit their panel");
    for begin in (0..inputs).step_by(PART) {
        let end = (begin + PART).min(inputs);
        let (mut j, fours) = (0, begin + (end - begin) / 4 * 4);
        while j + 4 <= width {
            for l in (begin..fours).step_by(4) {
                // SAFETY: rows j..j + 4 of inputs l..l + 4 exist, and so do they in the panel, as asserted.
                unsafe { four(rows.as_ptr().add(j * inputs + l), inputs, panel.as_mut_ptr().add(l * width + j), width) }
            }
            for l in fours..end {
                (j..j + 4).for_each(|j| panel[l * width + j] = rows[j * inputs + l]);
            }
            j += 4;
        }
        for j in j..width {
            (begin..end).for_each(|l| panel[l * width + j] = rows[j * inputs + l]);
        }
    }
}

/// Transposes four by four numbers, whose rows are `stride` and `step` apart.
///
/// # Safety
/// They may be read and written.
#[inline(always)]
#[cfg(target_arch = "x86_64")]
unsafe fn four(from: *const f32, stride: usize, to: *mut f32, step: usize) {
    // SAFETY: the caller's; every such processor has the instructions.
    unsafe {
        let [a, b, c, d] = [0, 1, 2, 3].map(|r| _mm_loadu_ps(from.add(r * stride)));
        let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
        _mm_storeu_ps(to, _mm_movelh_ps(ab, cd));
        _mm_storeu_ps(to.add(step), _mm_movehl_ps(cd, ab));
        let (ab, cd) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
        _mm_storeu_ps(to.add(2 * step), _mm_movelh_ps(ab, cd));
        _mm_storeu_ps(to.add(3 * step), _mm_movehl_ps(cd, ab));
    }
}

/// As on the other processors.
///
/// # Safety
/// They may be read and written.
#[inline(always)]
#[cfg(target_arch = "aarch64")]
unsafe fn four(from: *const f32, stride: usize, to: *mut f32, step: usize) {
    // SAFETY: the caller's; every such processor has the instructions.
    unsafe {
        let [a, b, c, d] = [0, 1, 2, 3].map(|r| vld1q_f32(from.add(r * stride)));
        let (ac, bd) = (vzip1q_f32(a, c), vzip1q_f32(b, d));
        vst1q_f32(to, vzip1q_f32(ac, bd));
        vst1q_f32(to.add(step), vzip2q_f32(ac, bd));
        let (ac, bd) = (vzip2q_f32(a, c), vzip2q_f32(b, d));
        vst1q_f32(to.add(2 * step), vzip1q_f32(ac, bd));
        vst1q_f32(to.add(3 * step), vzip2q_f32(ac, bd));
    }
}

/// As on the other processors.
///
/// # Safety
/// They may be read and written.
#[inline(always)]
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe fn four(from: *const f32, stride: usize, to: *mut f32, step: usize) {
    for r in 0..4 {
        for c in 0..4 {
            // SAFETY: the caller's.
            unsafe { *to.add(c * step + r) = *from.add(r * stride + c) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_finds_its_place() {
        for inputs in [0, 1, 3, 4, 15, 16, 17, 38] {
            for width in [1, 4, 8, 10, 32] {
                let rows: Vec<f32> = (0..inputs * width).map(|i| i as f32).collect();
                let mut panel = vec![-1.0; rows.len()];
                transpose(&rows, inputs, width, &mut panel);
                for (i, x) in panel.iter().enumerate() {
                    assert_eq!(*x, rows[i % width * inputs + i / width], "{inputs} {width}, place {i}");
                }
            }
        }
    }
}
