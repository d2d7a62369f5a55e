//! Elementary functions that compilers can vectorise: no branches, no calls.

/// `exp` and the Gaussian functions that GELU needs.
pub(crate) trait Math: Copy {
    fn exp_fast(self) -> Self;

    /// `(GELU(x), dGELU/dx)`: `x Φ(x)` and `Φ(x) + x φ(x)` with the exact Gaussian distribution `Φ` (no tanh).
    fn gelu(self) -> (Self, Self);

    /// `self * a + b`, rounded once where `FUSED` is set.
    fn multiply_add<const FUSED: bool>(self, a: Self, b: Self) -> Self;

    /// `d²GELU/dx²`: `φ(x) (2 - x²)`.
    fn gelu_curvature(self) -> Self;
}

const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

impl Math for f32 {
    /// Relative error at most 3e-7 for finite results; 0 below -87.3, saturates at 3.4e38 above 88.3.
    #[inline(always)]
    fn exp_fast(self) -> f32 {
        // x = n ln 2 + r, |r| <= ln 2 / 2 (Cody and Waite: ln 2 in two parts, so that r keeps its bits).
        let x = self.clamp(-87.3, 88.3);
        // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the lowest bits.
        let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
        let n = shifted - 12_582_912.0;
        let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
        // Taylor's polynomial of degree 7 on that interval is exact to 1e-8.
        let p = 1.0 / 5040.0;
        let p = p * r + 1.0 / 720.0;
        let p = p * r + 1.0 / 120.0;
        let p = p * r + 1.0 / 24.0;
        let p = p * r + 1.0 / 6.0;
        let p = p * r + 0.5;
        let p = p * r + 1.0;
        let p = p * r + 1.0;
        // Not a conversion to an integer, which Rust makes saturate, one number at a time.
        let y = p * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
        if self < -87.3 { 0.0 } else { y }
    }

    /// The error function by Abramowitz and Stegun 7.1.26, whose error of 1.5e-7 is that of `f32` itself.
    #[inline(always)]
    fn gelu(self) -> (f32, f32) {
        let x = self;
        let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let e = (-z * z).exp_fast();
        let t = 1.0 / (1.0 + 0.327_591_1 * z);
        let poly = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
        let tail = 0.5 * poly * e;
        let cdf = if x < 0.0 { tail } else { 1.0 - tail };
        (x * cdf, cdf + x * (FRAC_1_SQRT_2PI as f32) * e)
    }

    #[inline(always)]
    fn multiply_add<const FUSED: bool>(self, a: f32, b: f32) -> f32 {
        if FUSED { self.mul_add(a, b) } else { self * a + b }
    }

    #[inline(always)]
    fn gelu_curvature(self) -> f32 {
        (FRAC_1_SQRT_2PI as f32) * (-0.5 * self * self).exp_fast() * (2.0 - self * self)
    }
}

impl Math for f64 {
    fn exp_fast(self) -> f64 {
        self.exp()
    }

    fn gelu(self) -> (f64, f64) {
        let cdf = 0.5 * (1.0 + candle_core::cpu::erf::erf_f64(self * std::f64::consts::FRAC_1_SQRT_2));
        (self * cdf, cdf + self * FRAC_1_SQRT_2PI * (-0.5 * self * self).exp())
    }

    #[inline(always)]
    fn multiply_add<const FUSED: bool>(self, a: f64, b: f64) -> f64 {
        if FUSED { self.mul_add(a, b) } else { self * a + b }
    }

    fn gelu_curvature(self) -> f64 {
        FRAC_1_SQRT_2PI * (-0.5 * self * self).exp() * (2.0 - self * self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_a_few_units_in_the_last_place() {
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let want = (x as f64).exp();
            assert!(((x.exp_fast() as f64 - want) / want).abs() < 4e-7, "exp({x})");
        }
        assert_eq!((-200f32).exp_fast(), 0.0);
        assert_eq!(f32::NEG_INFINITY.exp_fast(), 0.0);
        assert!(f32::NAN.exp_fast().is_nan());
    }

    #[test]
    fn gelu_curvature_is_the_difference_of_slopes() {
        for i in -1000..1000 {
            let x = i as f64 * 0.01;
            let want = ((x + 1e-5).gelu().1 - (x - 1e-5).gelu().1) / 2e-5;
            assert!((x.gelu_curvature() - want).abs() < 1e-9, "{x}: {}, {want}", x.gelu_curvature());
            assert!(((x as f32).gelu_curvature() as f64 - want).abs() < 1e-6, "{x} in f32");
        }
    }

    #[test]
    fn gelu_agrees_with_the_double_precision_one() {
        for i in -1000..1000 {
            let x = i as f32 * 0.01;
            let ((y, d), (want, want_d)) = (x.gelu(), (x as f64).gelu());
            assert!((y as f64 - want).abs() < 1e-6 && (d as f64 - want_d).abs() < 2e-6, "gelu({x}) = {y}, {d}");
        }
        // PyTorch: torch.nn.functional.gelu(torch.tensor([-1., 0.5, 2.]))
        for (x, want) in [(-1.0, -0.158_655_25f32), (0.5, 0.345_731_23), (2.0, 1.954_499_7)] {
            assert!((x.gelu().0 - want).abs() < 3e-7);
        }
    }
}
