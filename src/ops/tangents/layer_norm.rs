//! Tangents of layer normalisation.

use rayon::prelude::*;

use super::super::kernel::{Float, Gradients, Kernel, View};
use super::super::layer_norm::{Normalise, ROWS, ScaleShift, sum};
use super::{Both, Point, Result, Tangent, Wanted, share};

/// One row of the input, normalised, and how it moves.
struct Row<T> {
    /// `x̂ = (v - mean) / σ`.
    hat: Vec<T>,
    /// `x̂' = (v' - mean(v') - x̂ mean(x̂ v')) / σ`.
    hat_tangent: Vec<T>,
    /// `mean(x̂ v')`, which is `σ'`.
    deviation_tangent: T,
}

impl<T: Float> Row<T> {
    fn new(n: usize) -> Row<T> {
        Row { hat: vec![T::zero(); n], hat_tangent: vec![T::zero(); n], deviation_tangent: T::zero() }
    }

    /// Takes row `at` of the sum of `args` and of the sum of `tangents`.
    fn set(&mut self, args: &[View<T>], tangents: &[Option<&[T]>], at: usize, inverse: T) {
        let Row { hat, hat_tangent, deviation_tangent } = self;
        let part = at * hat.len()..(at + 1) * hat.len();
        let count = T::from_f64(hat.len() as f64);
        add_up(hat, args.iter().map(|a| &a.data[part.clone()]));
        add_up(hat_tangent, tangents.iter().flatten().map(|t| &t[part.clone()]));
        let mean = sum(hat.iter().copied()) / count;
        hat.iter_mut().for_each(|v| *v = (*v - mean) * inverse);
        let mean = sum(hat_tangent.iter().copied()) / count;
        *deviation_tangent = sum(hat.iter().zip(hat_tangent.iter()).map(|(x, t)| *x * *t)) / count;
        let c = *deviation_tangent;
        hat_tangent.iter_mut().zip(hat.iter()).for_each(|(t, x)| *t = (*t - mean - *x * c) * inverse);
    }
}

fn add_up<'a, T: Float>(target: &mut [T], mut terms: impl Iterator<Item = &'a [T]>) {
    match terms.next() {
        Some(first) => target.copy_from_slice(first),
        None => target.fill(T::zero()),
    }
    terms.for_each(|term| target.iter_mut().zip(term).for_each(|(s, t)| *s += *t));
}

impl<T: Float> Tangent<T> for Normalise<T> {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let n = args[0].columns();
        let mut y = vec![T::zero(); self.inverse.len() * n];
        y.par_chunks_mut(n * ROWS).enumerate().for_each(|(chunk, rows)| {
            let mut row = Row::new(n);
            for (i, y) in rows.chunks_exact_mut(n).enumerate() {
                let at = chunk * ROWS + i;
                row.set(args, tangents, at, self.inverse[at]);
                y.iter_mut().zip(&row.hat_tangent).zip(&self.scale).for_each(|((y, t), s)| *y = *t * *s);
            }
        });
        Ok(y)
    }

    /// With `h = g γ`, `dv = (h - mean(h) - x̂ mean(h x̂)) / σ` moves by
    /// `(h' - mean(h') - x̂' mean(h x̂) - x̂ mean(h' x̂ + h x̂') - σ' dv) / σ`.
    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let n = point.args[0].columns();
        let count = T::from_f64(n as f64);
        let (mut g, mut t) = (vec![T::zero(); grad.len()], vec![T::zero(); grad.len()]);
        let parts = g.par_chunks_mut(n * ROWS).zip(t.par_chunks_mut(n * ROWS));
        parts.enumerate().for_each(|(chunk, (g, t))| {
            let mut row = Row::new(n);
            let mut moved = vec![T::zero(); n];
            for (i, (g, t)) in g.chunks_exact_mut(n).zip(t.chunks_exact_mut(n)).enumerate() {
                let at = chunk * ROWS + i;
                let (inverse, part) = (self.inverse[at], at * n..(at + 1) * n);
                row.set(point.args, point.tangents, at, inverse);
                // g and moved hold h and h' to begin with.
                g.iter_mut().zip(&grad[part.clone()]).zip(&self.scale).for_each(|((h, g), s)| *h = *g * *s);
                if let Some(grad) = grad_tangent {
                    moved.iter_mut().zip(&grad[part]).zip(&self.scale).for_each(|((h, g), s)| *h = *g * *s);
                }
                let dot = |a: &[T], b: &[T]| sum(a.iter().zip(b).map(|(a, b)| *a * *b));
                let mean = sum(g.iter().copied()) / count;
                let mean_hat = dot(g, &row.hat) / count;
                let mean_tangent = sum(moved.iter().copied()) / count;
                let mean_hat_tangent = (dot(&moved, &row.hat) + dot(g, &row.hat_tangent)) / count;
                let hats = row.hat.iter().zip(&row.hat_tangent);
                for (((g, t), h), (x, xt)) in g.iter_mut().zip(t).zip(&moved).zip(hats) {
                    *g = (*g - mean - *x * mean_hat) * inverse;
                    let direct = *h - mean_tangent - *xt * mean_hat - *x * mean_hat_tangent;
                    *t = (direct - row.deviation_tangent * *g) * inverse;
                }
            }
        });
        Ok(Both { gradients: share(Some(g), wanted.gradients), tangents: share(Some(t), wanted.tangents) })
    }
}

impl<T: Float> Tangent<T> for ScaleShift {
    /// `x' γ + x γ' + β'`.
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let (x, gamma, n) = (args[0], args[1].data, args[0].columns());
        let mut y = vec![T::zero(); x.shape.elem_count()];
        y.par_chunks_mut(n * ROWS).enumerate().for_each(|(chunk, rows)| {
            for (i, y) in rows.chunks_exact_mut(n).enumerate() {
                let part = (chunk * ROWS + i) * n..(chunk * ROWS + i + 1) * n;
                for (x, gamma) in [(tangents[0], Some(gamma)), (Some(x.data), tangents[1])] {
                    let (Some(x), Some(gamma)) = (x, gamma) else { continue };
                    y.iter_mut().zip(&x[part.clone()]).zip(gamma).for_each(|((y, x), s)| *y += *x * *s);
                }
                if let Some(beta) = tangents[2] {
                    y.iter_mut().zip(beta).for_each(|(y, b)| *y += *b);
                }
            }
        });
        Ok(y)
    }

    /// With `g` the gradient of the result: `g' γ + g γ'`, `Σ (g' x + g x')`, `Σ g'`.
    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let n = point.args[0].columns();
        let back = |grad: &[T], wanted| self.backward(point.args, wanted, point.out, grad);
        let mut tangents: Gradients<T> = match grad_tangent {
            Some(grad) => back(grad, wanted.tangents)?,
            None => vec![None; 3],
        };
        if let (true, Some(gamma)) = (wanted.tangents[0], point.tangents[1]) {
            let t = tangents[0].get_or_insert_with(|| vec![T::zero(); grad.len()]);
            for (t, g) in t.chunks_exact_mut(n).zip(grad.chunks_exact(n)) {
                t.iter_mut().zip(g).zip(gamma).for_each(|((t, g), s)| *t += *g * *s);
            }
        }
        if let (true, Some(x)) = (wanted.tangents[1], point.tangents[0]) {
            let t = tangents[1].get_or_insert_with(|| vec![T::zero(); n]);
            for (x, g) in x.chunks_exact(n).zip(grad.chunks_exact(n)) {
                t.iter_mut().zip(x).zip(g).for_each(|((t, x), g)| *t += *x * *g);
            }
        }
        let gradients = match wanted.gradients.contains(&true) {
            true => back(grad, wanted.gradients)?,
            false => vec![None; 3],
        };
        Ok(Both { gradients, tangents })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::layer_norm;

    #[test]
    fn tangents_agree_with_finite_differences() {
        let args = [random(&[3, 10], 1), random(&[3, 10], 2), random(&[10], 3), random(&[10], 4)];
        check_tangents(&args, |a| layer_norm(&a[0], Some(&a[1]), &a[2], &a[3], 1e-12));
        let (gamma, beta) = (&args[2], &args[3]);
        check_tangents(&args[..2], |a| layer_norm(&a[0], Some(&a[1]), gamma, beta, 1e-5));
        check_tangents(&args[..1], |a| layer_norm(&a[0], None, gamma, beta, 1e-5));
    }
}
