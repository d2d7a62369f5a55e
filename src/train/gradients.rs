//! What is done with the gradients of all variables together: norms, clipping, sums.
//!
//! A backbone has tens of millions of them, so everything here runs on all threads of the current pool. The order of
//! every sum is fixed: the number of threads changes no bit.

use rayon::prelude::*;

/// One gradient a variable, flat, in the order of the variables; `None` where it has none.
pub(crate) type Gradients = Vec<Option<Vec<f32>>>;

/// Numbers that one task handles.
pub(crate) const TASK: usize = 1 << 15;

/// Runs a loop over numbers with the widest vector instructions that the processor has.
pub(crate) fn vectorised<R>(run: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(run)
}

/// The sum of the squares.
pub(crate) fn square(values: &[f32]) -> f64 {
    // Several sums side by side: one alone would wait for itself.
    const LANES: usize = 16;
    let task = |values: &[f32]| {
        vectorised(
            #[inline(always)]
            || {
                let mut sums = [0f64; LANES];
                let (whole, rest) = values.as_chunks::<LANES>();
                for part in whole {
                    sums.iter_mut().zip(part).for_each(|(s, v)| *s += f64::from(*v) * f64::from(*v));
                }
                sums.iter().sum::<f64>() + rest.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
            },
        )
    };
    match values.len() <= TASK {
        true => task(values),
        false => values.par_chunks(TASK).map(task).collect::<Vec<f64>>().iter().sum(),
    }
}

/// The norm of all gradients taken together; not finite where a gradient is not.
pub(crate) fn global_norm(gradients: &Gradients) -> f64 {
    gradients.iter().flatten().map(|g| square(g)).sum::<f64>().sqrt()
}

/// `values *= factor`.
pub(crate) fn scale(values: &mut [f32], factor: f32) {
    values.par_chunks_mut(TASK).for_each(|v| v.iter_mut().for_each(|v| *v *= factor));
}

/// `sum += factor * values`.
pub(crate) fn add_scaled(sum: &mut [f32], factor: f32, values: &[f32]) {
    let tasks = sum.par_chunks_mut(TASK).zip(values.par_chunks(TASK));
    tasks.for_each(|(sum, values)| sum.iter_mut().zip(values).for_each(|(s, v)| *s += factor * *v));
}

/// Adds `factor` times every gradient to its sum; the first one starts it.
pub(crate) fn accumulate(sums: &mut Gradients, factor: f32, gradients: Gradients) {
    for (sum, gradient) in sums.iter_mut().zip(gradients) {
        match (sum, gradient) {
            (Some(sum), Some(gradient)) => add_scaled(sum, factor, &gradient),
            (sum @ None, Some(mut gradient)) => {
                if factor != 1.0 {
                    scale(&mut gradient, factor);
                }
                *sum = Some(gradient);
            }
            (_, None) => {}
        }
    }
}

/// The factor that brings a gradient of this norm down to `limit`, as PyTorch's `clip_grad_norm_` has it; 1 where it is
/// within, or `limit` is 0.
pub(crate) fn clip_factor(norm: f64, limit: f64) -> f64 {
    if limit > 0.0 { (limit / (norm + 1e-6)).min(1.0) } else { 1.0 }
}

/// Scales gradients down to the norm `limit`; gives the norm before.
pub(crate) fn clip(gradients: &mut Gradients, limit: f64) -> f64 {
    let norm = global_norm(gradients);
    let factor = clip_factor(norm, limit);
    if factor < 1.0 {
        gradients.iter_mut().flatten().for_each(|g| scale(g, factor as f32));
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_the_direction() {
        let mut g = vec![Some(vec![3.0, 0.0]), None, Some(vec![4.0])];
        assert_eq!(clip(&mut g, 1.0), 5.0);
        assert!((global_norm(&g) - 1.0).abs() < 1e-5);
        let kept = g.clone();
        clip(&mut g, 10.0);
        assert_eq!(g, kept);
        clip(&mut g, 0.0);
        assert_eq!(g, kept, "no limit");
    }

    #[test]
    fn long_and_short_lists_are_summed_whole() {
        for n in [0, 1, 15, 16, 17, TASK, 3 * TASK + 5] {
            assert_eq!(square(&vec![2.0; n]), 4.0 * n as f64);
        }
        let mut bad = vec![1.0; 2 * TASK];
        bad[TASK + 3] = f32::NAN;
        assert!(!global_norm(&vec![Some(bad)]).is_finite());
    }

    #[test]
    fn sums_take_what_is_there() {
        let mut sums = vec![None, Some(vec![1.0, 2.0]), Some(vec![5.0])];
        accumulate(&mut sums, 0.5, vec![Some(vec![4.0]), Some(vec![2.0, 2.0]), None]);
        assert_eq!(sums, [Some(vec![2.0]), Some(vec![2.0, 3.0]), Some(vec![5.0])]);
    }
}
