//! Tangents of the mean token cross-entropy where tags are only partly known.

use super::super::kernel::{Float, Kernel, View};
use super::super::partial_cross_entropy::{PartialCrossEntropy, mass};
use super::{Both, Point, Result, Tangent, Wanted};

impl<T: Float> Tangent<T> for PartialCrossEntropy<T> {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let moved = tangents[0].unwrap_or_default();
        let tags = args[0].columns();
        let mut sum = 0.0;
        for (i, row) in moved.chunks_exact(tags).enumerate() {
            let at = i * tags..(i + 1) * tags;
            let weights = &self.targets.weights()[at.clone()];
            let known: f64 =
                weights.iter().enumerate().zip(row).map(|((tag, w), t)| self.alone(tag, *w) * t.to_f64()).sum();
            sum += mass(weights) * dot(&self.probabilities[at.clone()], row) - dot(&self.within[at], row) - known;
        }
        Ok(vec![T::from_f64(sum / self.targets.rows() as f64)])
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
        // With p the probabilities: p' = p (x' - Σ p x'); with r those among the open tags: (w r)' = w r (x' - Σ r x').
        let scale = grad[0] / T::from_f64(self.targets.rows() as f64);
        let mut tangent: Vec<T> = self.probabilities.clone();
        let rows = self.within.chunks_exact(tags).zip(self.targets.weights().chunks_exact(tags));
        for ((p, row), (within, weights)) in tangent.chunks_exact_mut(tags).zip(moved.chunks_exact(tags)).zip(rows) {
            let (mean, mass) = (T::from_f64(dot(p, row)), T::from_f64(mass(weights)));
            let share = f64::from(weights[0]);
            let mean_within = T::from_f64(if share > 0.0 { dot(within, row) / share } else { 0.0 });
            for ((p, t), w) in p.iter_mut().zip(row).zip(within) {
                *p = (*p * mass * (*t - mean) - *w * (*t - mean_within)) * scale;
            }
        }
        if let Some(plain) = grad_tangent.map(back).transpose()?.and_then(|mut g| g.remove(0)) {
            tangent.iter_mut().zip(plain).for_each(|(t, g)| *t += g);
        }
        let gradients = if wanted.gradients[0] { back(grad)? } else { vec![None] };
        Ok(Both { gradients, tangents: vec![Some(tangent)] })
    }
}

/// The sum of one row's tangents, weighed.
fn dot<T: Float>(weights: &[T], tangents: &[T]) -> f64 {
    weights.iter().zip(tangents).map(|(p, t)| p.to_f64() * t.to_f64()).sum()
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::partial_cross_entropy::{partial_cross_entropy, tests::targets};

    #[test]
    fn tangents_agree_with_finite_differences() {
        check_tangents(&[random(&[8, 5], 1)], |a| partial_cross_entropy(&a[0], &targets(8, 5)));
    }
}
