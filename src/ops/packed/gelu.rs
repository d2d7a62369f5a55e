//! GELU for the write-out: the formula of [`Math::gelu`](super::super::math::Math::gelu) without the slope, with fused
//! multiply-adds where the processor has them.

use super::super::math::Math;

/// `x Φ(x)` with the exact Gaussian distribution `Φ`; the error is at most 3e-7 of the larger of 1 and `|x|`.
#[inline(always)]
pub(super) fn gelu<const FUSED: bool>(x: f32) -> f32 {
    let tail = tail_over_exp::<FUSED>(x.abs()) * exp2::<FUSED>((x * x * (-0.5 * std::f32::consts::LOG2_E)).max(-125.0));
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// `2^x` from -125 to 0.
#[inline(always)]
fn exp2<const FUSED: bool>(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x + ROUND;
    let f = x - (shifted - ROUND);
    // The polynomial of degree 5 whose largest relative error from -1/2 to 1/2 is least: 1.6e-7 with these digits.
    let p = f.multiply_add::<FUSED>(0.001_327_647_2, 0.009_675_541);
    let p = p.multiply_add::<FUSED>(f, 0.055_507_13);
    let p = p.multiply_add::<FUSED>(f, 0.240_221_2);
    let p = p.multiply_add::<FUSED>(f, 0.693_146_94);
    let p = p.multiply_add::<FUSED>(f, 1.000_000_1);
    // The whole number goes to the exponent; other bits of `shifted` are shifted out.
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `(1 - Φ(x)) exp(x²/2)` for `x >= 0`: half of Abramowitz and Stegun 7.1.26 at `x/√2`.
#[inline(always)]
fn tail_over_exp<const FUSED: bool>(x: f32) -> f32 {
    let t = 1.0 / x.multiply_add::<FUSED>(0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2, 1.0);
    let p = t.multiply_add::<FUSED>(0.5 * 1.061_405_4, 0.5 * -1.453_152);
    let p = p.multiply_add::<FUSED>(t, 0.5 * 1.421_413_7);
    let p = p.multiply_add::<FUSED>(t, 0.5 * -0.284_496_74);
    p.multiply_add::<FUSED>(t, 0.5 * 0.254_829_6) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_double_precision_one() {
        for i in -20_000..=20_000 {
            let x = i as f32 * 0.001;
            let want = f64::from(x).gelu().0;
            for got in [gelu::<true>(x), gelu::<false>(x)] {
                assert!((f64::from(got) - want).abs() < 3e-7 * want.abs().max(1.0), "gelu({x}) = {got}, not {want}");
            }
        }
    }

    #[test]
    fn far_out_it_is_zero_or_the_number_itself() {
        for x in [20.0, 1e6, f32::MAX, f32::INFINITY] {
            assert_eq!((gelu::<true>(x), gelu::<false>(x)), (x, x));
        }
        for x in [-20.0, -1e6, -f32::MAX] {
            assert!(gelu::<true>(x).abs() < 1e-30 && gelu::<false>(x).abs() < 1e-30, "{x}");
        }
        assert!(gelu::<true>(f32::NAN).is_nan() && gelu::<false>(f32::NAN).is_nan());
    }
}
