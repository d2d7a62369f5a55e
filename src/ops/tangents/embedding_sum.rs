//! Tangents of the embedding sum, which is linear.

use super::super::embedding_sum::EmbeddingSum;
use super::super::kernel::{Float, View};
use super::{Result, Tangent};

impl<T: Float> Tangent<T> for EmbeddingSum {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        Ok(self.sum([0, 1, 2].map(|i| tangents[i]), args[0].columns()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::embedding_sum;
    use super::super::super::finite_difference::{check_tangents, random};

    #[test]
    fn tangents_agree_with_finite_differences() {
        let args = [random(&[5, 3], 1), random(&[4, 3], 2), random(&[2, 3], 3)];
        check_tangents(&args, |a| embedding_sum(&a[0], &a[1], &[0, 1, 2, 0, 1], &a[2]));
    }
}
