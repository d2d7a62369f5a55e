//! The gradient through the inner loop: MAML of first and of exact second order, without a second-order tape.
//!
//! With the notation of Gheini et al. (arXiv 2205.12453): phi_{k+1} = phi_k - A grad L_support(phi_k), and the query loss is
//! taken at phi_K. The exact gradient walks back over k with one product of the support loss's Hessian each. Nothing but
//! phi_0 .. phi_K is kept, so that memory does not grow with K.

use candle_core::Tensor;

use super::objective::{Objective, moved};
use super::options::Order;
use crate::data::Sequence;
use crate::error::Result;
use crate::train::gradients::{Gradient, Gradients, accumulate};

/// An episode's sentences.
pub(super) struct Batches<'a> {
    /// The support sentences of every inner step, or of all of them.
    pub supports: Vec<Vec<&'a Sequence>>,
    pub query: Vec<&'a Sequence>,
}

impl<'a> Batches<'a> {
    fn support(&self, k: usize) -> &[&'a Sequence] {
        &self.supports[k % self.supports.len()]
    }
}

/// The inner loop.
pub(super) struct Inner<'a> {
    /// What it changes: ascending places in the space.
    pub parameters: &'a [usize],
    /// The rate of each of them.
    pub rates: &'a [f32],
    pub steps: usize,
}

impl Inner<'_> {
    /// The rate of the parameter at place `i` of the space.
    fn rate(&self, i: usize) -> f32 {
        self.parameters.binary_search(&i).map_or(0.0, |at| self.rates[at])
    }
}

/// The points that an inner loop went through.
pub(super) struct Adapted {
    /// phi_0 to phi_K, each with all other parameters.
    pub points: Vec<Vec<Tensor>>,
    /// The support loss before every step.
    pub losses: Vec<f64>,
    /// The support gradients, where they were asked for.
    gradients: Vec<Gradients>,
}

/// K steps of gradient descent from `start`.
pub(super) fn adapt(
    objective: &Objective,
    start: &[Tensor],
    inner: &Inner,
    batches: &Batches,
    keep_gradients: bool,
) -> Result<Adapted> {
    let mut adapted = Adapted { points: vec![start.to_vec()], losses: Vec::new(), gradients: Vec::new() };
    for k in 0..inner.steps {
        let point = &adapted.points[k];
        let (loss, gradients) = objective.gradient(point, inner.parameters, batches.support(k))?;
        let next = moved(point, &gradients, |i| -inner.rate(i))?;
        adapted.points.push(next);
        adapted.losses.push(loss);
        if keep_gradients {
            adapted.gradients.push(gradients);
        }
    }
    Ok(adapted)
}

/// How the gradient is taken.
pub(super) struct How {
    pub order: Order,
    /// The mean of the query losses after every inner step counts.
    pub multi_step: bool,
    /// The rates' gradients are asked for.
    pub rates: bool,
}

/// What an episode gives.
pub(super) struct MetaGradient {
    pub support_losses: Vec<f64>,
    /// After the last step, or the mean over all steps where that is what counts.
    pub query_loss: f64,
    /// As long as the space.
    pub gradients: Gradients,
    /// One for every inner rate, where asked for.
    pub rates: Option<Vec<f32>>,
    /// The parameters after the last inner step.
    pub adapted: Vec<Tensor>,
}

/// The gradient of the query loss after the inner loop with respect to the parameters `outer`, at `start`.
pub(super) fn meta_gradient(
    objective: &Objective,
    start: &[Tensor],
    outer: &[usize],
    inner: &Inner,
    batches: &Batches,
    how: &How,
) -> Result<MetaGradient> {
    let mut adapted = adapt(objective, start, inner, batches, how.rates)?;
    // The walk back needs the query's gradient for what the inner steps changed, whether it is updated or not.
    let walks = how.rates || matches!(how.order, Order::Second(_));
    let mut wanted = outer.to_vec();
    if walks {
        wanted.extend(inner.parameters);
        wanted.sort_unstable();
        wanted.dedup();
    }
    let share = if how.multi_step { 1.0 / inner.steps as f64 } else { 1.0 };
    let query = |k: usize| -> Result<(f64, Gradients)> {
        let (loss, mut gradients) = objective.gradient(&adapted.points[k], &wanted, &batches.query)?;
        if share != 1.0 {
            gradients.iter_mut().flatten().try_for_each(|g| g.scale(share as f32))?;
        }
        Ok((loss * share, gradients))
    };
    let (mut query_loss, mut sums) = query(inner.steps)?;
    let mut rates = how.rates.then(|| vec![0f32; inner.parameters.len()]);
    for k in (0..inner.steps).rev() {
        if let Some(rates) = &mut rates {
            // dJ/dA = - < grad L_support, v >, tensor by tensor.
            for (rate, &i) in rates.iter_mut().zip(inner.parameters) {
                if let (Some(g), Some(v)) = (&adapted.gradients[k][i], &sums[i]) {
                    *rate -= g.dot(v)? as f32;
                }
            }
        }
        if let Order::Second(hessian) = how.order {
            let mut u: Gradients = vec![None; start.len()];
            for &i in inner.parameters {
                let scaled = |v: &Gradient| -> Result<Gradient> {
                    let mut v = v.clone();
                    v.scale(inner.rate(i))?;
                    Ok(v)
                };
                u[i] = sums[i].as_ref().map(scaled).transpose()?;
            }
            let product = objective.hessian_product(hessian, &adapted.points[k], &u, &wanted, batches.support(k))?;
            accumulate(&mut sums, -1.0, product)?;
        }
        if how.multi_step && k > 0 {
            let (loss, gradients) = query(k)?;
            query_loss += loss;
            accumulate(&mut sums, 1.0, gradients)?;
        }
    }
    // What served the walk alone is nobody's gradient.
    for (i, gradient) in sums.iter_mut().enumerate() {
        if outer.binary_search(&i).is_err() {
            *gradient = None;
        }
    }
    let end = adapted.points.pop().unwrap_or_default();
    Ok(MetaGradient { support_losses: adapted.losses, query_loss, gradients: sums, rates, adapted: end })
}
