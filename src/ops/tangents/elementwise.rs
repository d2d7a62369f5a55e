//! Tangents of sums and multiples, which are linear.

use super::super::elementwise::{Add, Scale};
use super::super::kernel::{Float, View};
use super::{Result, Tangent};

impl<T: Float> Tangent<T> for Add {
    fn forward_tangent(&mut self, _: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let mut tangents = tangents.iter().flatten();
        let mut sum = tangents.next().map(|t| t.to_vec()).unwrap_or_default();
        tangents.for_each(|t| sum.iter_mut().zip(*t).for_each(|(s, t)| *s += *t));
        Ok(sum)
    }
}

impl<T: Float> Tangent<T> for Scale<T> {
    fn forward_tangent(&mut self, _: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        Ok(tangents.iter().flatten().flat_map(|t| t.iter()).map(|t| *t * self.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::{add, scale};

    #[test]
    fn tangents_agree_with_finite_differences() {
        check_tangents(&[random(&[3, 2], 1), random(&[3, 2], 2)], |a| add(&a[0], &a[1]));
        check_tangents(&[random(&[3, 2], 1)], |a| scale(&a[0], -0.7));
    }
}
