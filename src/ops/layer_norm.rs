//! Layer normalisation of a sum: `LN(x + r) γ + β`, the step that closes every sublayer of BERT.

use candle_core::{Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};
use super::tape::tracked;

type Result<T> = candle_core::Result<T>;

/// `LN(x + residual) γ + β` over the last dimension, with `x` and `residual` of shape `[pieces, hidden]`.
///
/// The gradients of `gamma` and `beta` are computed when either is tracked.
///
/// # Errors
/// Where shapes or element types do not fit each other, or `hidden` is 0: no number has no mean.
pub fn layer_norm(x: &Tensor, residual: Option<&Tensor>, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    let (_, hidden) = x.dims2()?;
    let misfit = residual.is_some_and(|r| r.shape() != x.shape());
    if hidden == 0 || misfit || gamma.dims() != [hidden] || beta.dims() != [hidden] {
        let (residual, gamma, beta) = (residual.map(|r| r.shape()), gamma.shape(), beta.shape());
        bail!("layer_norm: input {:?}, residual {residual:?}, gamma {gamma:?}, beta {beta:?}", x.shape());
    }
    if is_composed(x.device()) {
        return composed::layer_norm(x, residual, gamma, beta, eps);
    }
    by_dtype!(x, "layer_norm", T => {
        let trained = tracked(&[gamma, beta]).is_some();
        let (scale, shift) = match trained {
            true => (vec![T::from_f64(1.0); hidden], vec![T::from_f64(0.0); hidden]),
            false => (gamma.to_vec1::<T>()?, beta.to_vec1::<T>()?),
        };
        let op = Normalise { eps: T::from_f64(eps), scale, shift, inverse: Vec::new() };
        let y = match residual {
            Some(r) => apply::<T, _>(op, &[x, r])?,
            None => apply::<T, _>(op, &[x])?,
        };
        if trained { apply::<T, _>(ScaleShift, &[&y, gamma, beta]) } else { Ok(y) }
    })
}

/// `LN(x [+ r]) scale + shift` with constant scale and shift. Keeps `1 / σ` of every row.
pub(super) struct Normalise<T> {
    eps: T,
    pub(super) scale: Vec<T>,
    shift: Vec<T>,
    pub(super) inverse: Vec<T>,
}

/// Rows that one task handles: enough work to be worth a task, small enough to share out short batches.
pub(super) const ROWS: usize = 16;

impl<T: Float> Kernel<T> for Normalise<T> {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn forward(&mut self, args: &[View<T>], keep: bool) -> Result<(Vec<T>, Shape)> {
        let (x, n) = (args[0], args[0].columns());
        let mut y = match args.get(1) {
            Some(r) => x.data.iter().zip(r.data).map(|(a, b)| *a + *b).collect(),
            None => x.data.to_vec(),
        };
        let mut inverse = vec![T::zero(); x.rows()];
        y.par_chunks_mut(n * ROWS).zip(inverse.par_chunks_mut(ROWS)).for_each(|(rows, inverse)| {
            for (row, inverse) in rows.chunks_exact_mut(n).zip(inverse) {
                *inverse = normalise(row, &self.scale, &self.shift, self.eps);
            }
        });
        if keep {
            self.inverse = inverse;
        }
        Ok((y, x.shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![true; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let (x, n) = (args[0], args[0].columns());
        let count = T::from_f64(n as f64);
        let mut g: Vec<T> = match args.get(1) {
            Some(r) => x.data.iter().zip(r.data).map(|(a, b)| *a + *b).collect(),
            None => x.data.to_vec(),
        };
        // With x̂ = (v - mean) / σ and h = grad γ: dv = (h - mean(h) - x̂ mean(h x̂)) / σ.
        g.par_chunks_mut(n * ROWS).enumerate().for_each(|(chunk, rows)| {
            for (i, row) in rows.chunks_exact_mut(n).enumerate() {
                let at = chunk * ROWS + i;
                let (inverse, grad) = (self.inverse[at], &grad[at * n..(at + 1) * n]);
                let mean = sum(row.iter().copied()) / count;
                row.iter_mut().for_each(|v| *v = (*v - mean) * inverse);
                let h = || grad.iter().zip(&self.scale).map(|(g, s)| *g * *s);
                let mean_h = sum(h()) / count;
                let mean_hx = sum(h().zip(row.iter()).map(|(h, x)| h * *x)) / count;
                row.iter_mut().zip(h()).for_each(|(v, h)| *v = (h - mean_h - *v * mean_hx) * inverse);
            }
        });
        // A sum hands its gradient to both sides.
        let both = needed == [true, true];
        let copy = both.then(|| g.clone());
        let mut gradients = [Some(g), copy].into_iter().flatten();
        Ok(needed.iter().map(|needed| if *needed { gradients.next() } else { None }).collect())
    }
}

/// `LN(row) scale + shift` in place; gives `1 / σ`.
#[inline(always)]
pub(super) fn normalise<T: Float>(row: &mut [T], scale: &[T], shift: &[T], eps: T) -> T {
    let count = T::from_f64(row.len() as f64);
    let mean = sum(row.iter().copied()) / count;
    row.iter_mut().for_each(|v| *v -= mean);
    let variance = sum(row.iter().map(|v| *v * *v)) / count;
    let inverse = T::from_f64(1.0 / (variance + eps).to_f64().sqrt());
    for ((v, g), b) in row.iter_mut().zip(scale).zip(shift) {
        *v = *v * inverse * *g + *b;
    }
    inverse
}

/// Sum in eight partial sums, an order that can be vectorised and loses fewer bits than one running sum.
pub(super) fn sum<T: Float>(values: impl Iterator<Item = T>) -> T {
    let mut parts = [T::zero(); 8];
    values.enumerate().for_each(|(i, v)| parts[i % 8] += v);
    let [a, b, c, d, e, f, g, h] = parts;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// `x γ + β` with trained `γ` and `β`.
pub(super) struct ScaleShift;

impl<T: Float> Kernel<T> for ScaleShift {
    fn name(&self) -> &'static str {
        "scale_shift"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let (x, gamma, beta) = (args[0], args[1].data, args[2].data);
        let y = x.data.chunks_exact(x.columns()).flat_map(|row| row.iter().zip(gamma).zip(beta));
        Ok((y.map(|((v, g), b)| *v * *g + *b).collect(), x.shape.clone()))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![needed[1], needed[0], false], out: false }
    }

    fn backward(&self, args: &[View<T>], needed: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let (x, gamma) = (args[0], args[1].data);
        let n = x.columns();
        let gx = match needed[0] {
            true => grad.chunks_exact(n).flat_map(|row| row.iter().zip(gamma).map(|(g, s)| *g * *s)).collect(),
            false => Vec::new(),
        };
        let (mut gg, mut gb) = (vec![T::zero(); n], vec![T::zero(); n]);
        for (row, grad) in x.data.chunks_exact(n).zip(grad.chunks_exact(n)) {
            gg.iter_mut().zip(row).zip(grad).for_each(|((s, v), g)| *s += *v * *g);
        }
        for grad in grad.chunks_exact(n) {
            gb.iter_mut().zip(grad).for_each(|(s, g)| *s += *g);
        }
        let gradients = [gx, gg, gb].into_iter().zip(needed);
        Ok(gradients.map(|(g, needed)| needed.then_some(g)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_difference::{check_gradients, random};
    use candle_core::Device;

    use super::*;

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let args = [random(&[3, 10], 1), random(&[3, 10], 2), random(&[10], 3), random(&[10], 4)];
        check_gradients(&args, |a| layer_norm(&a[0], Some(&a[1]), &a[2], &a[3], 1e-12));
        let (gamma, beta) = (&args[2], &args[3]);
        check_gradients(&args[..2], |a| layer_norm(&a[0], Some(&a[1]), gamma, beta, 1e-5));
        check_gradients(&args[..1], |a| layer_norm(&a[0], None, gamma, beta, 1e-5));
        Ok(())
    }

    #[test]
    fn agrees_with_pytorch() -> Result<()> {
        // torch.nn.functional.layer_norm(torch.tensor([[1., 2., 4.]]), (3,), torch.tensor([1., 2., 3.]),
        //                                torch.tensor([0., 1., 0.]), 1e-5)
        let t = |v: &[f32]| Tensor::new(v, &Device::Cpu);
        let x = t(&[1., 2., 4.])?.reshape((1, 3))?;
        let y = layer_norm(&x, None, &t(&[1., 2., 3.])?, &t(&[0., 1., 0.])?, 1e-5)?;
        let want = [-1.069_042_f32, 0.465_479, 4.008_906];
        for (a, b) in y.flatten_all()?.to_vec1::<f32>()?.iter().zip(want) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
        Ok(())
    }
}
