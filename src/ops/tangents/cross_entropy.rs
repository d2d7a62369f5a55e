//! Tangents of the mean token cross-entropy.

use super::super::cross_entropy::CrossEntropy;
use super::super::kernel::{Float, Kernel, View};
use super::{Both, Point, Result, Tangent, Wanted};

impl<T: Float> Tangent<T> for CrossEntropy<T> {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let moved = tangents[0].unwrap_or_default();
        let tags = args[0].columns();
        let mut sum = 0.0;
        for ((p, row), target) in self.probabilities.chunks_exact(tags).zip(moved.chunks_exact(tags)).zip(&self.targets)
        {
            sum += mean_tangent(p, row) - row[*target as usize].to_f64();
        }
        Ok(vec![T::from_f64(sum / self.targets.len() as f64)])
    }

    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let tags = point.args[0].columns();
        let moved = point.tangents[0].unwrap_or_default();
        let back = |grad: &[T]| self.backward(point.args, wanted.tangents, point.out, grad);
        // With p the probabilities: p' = p (x' - Σ p x').
        let scale = grad[0] / T::from_f64(self.targets.len() as f64);
        let mut tangent: Vec<T> = self.probabilities.clone();
        for (p, row) in tangent.chunks_exact_mut(tags).zip(moved.chunks_exact(tags)) {
            let mean = T::from_f64(mean_tangent(p, row));
            p.iter_mut().zip(row).for_each(|(p, t)| *p *= (*t - mean) * scale);
        }
        if let Some(plain) = grad_tangent.map(back).transpose()?.and_then(|mut g| g.remove(0)) {
            tangent.iter_mut().zip(plain).for_each(|(t, g)| *t += g);
        }
        let gradients = if wanted.gradients[0] { back(grad)? } else { vec![None] };
        Ok(Both { gradients, tangents: vec![Some(tangent)] })
    }
}

/// The mean of one row's tangents under its probabilities.
fn mean_tangent<T: Float>(probabilities: &[T], tangents: &[T]) -> f64 {
    probabilities.iter().zip(tangents).map(|(p, t)| p.to_f64() * t.to_f64()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::super::cross_entropy;
    use super::super::super::finite_difference::{check_tangents, random};

    #[test]
    fn tangents_agree_with_finite_differences() {
        check_tangents(&[random(&[4, 5], 1)], |a| cross_entropy(&a[0], &[0, 4, 2, 2]));
    }
}
