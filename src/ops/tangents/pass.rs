//! The two passes over a tape that make Hessian-vector products.

use std::collections::{HashMap, HashSet};

use candle_core::{Tensor, TensorId, bail};

use super::super::kernel::Float;
use super::super::tape::{Buffer, Buffers, Dual, Gradients, Tape, add};
use super::Result;

impl Tape {
    /// Tangents of gradients: for every leaf and variable `w`, `d/de ∇_w ⟨seed, out(x + e u)⟩` at `e = 0`, where
    /// `direction` pairs leaves or variables `x` with `u`, flat in row-major order; all else stays where it is.
    ///
    /// For `w` among `x` this is the Hessian times `u`. [`Gradients::take`] gives `None` where a tangent is zero because
    /// no path leads there. The tape comes from [`Tape::record_twice`].
    ///
    /// Costs about a forward pass, two backward passes by input, and two products a tracked weight.
    ///
    /// # Errors
    /// Where `out` was not recorded, the tape keeps too little, or a direction does not fit its tensor.
    #[cfg(test)]
    pub fn tangents<'a, T: Float>(
        self,
        out: &Tensor,
        seed: &Tensor,
        direction: impl IntoIterator<Item = (&'a Tensor, Vec<T>)>,
    ) -> Result<Gradients> {
        self.tangents_until(out, seed, direction, || Ok(()))
    }

    /// [`Tape::tangents`], which asks `stop` before every operation and ends with its error.
    ///
    /// # Errors
    /// As there, and those of `stop`.
    pub fn tangents_until<'a, T: Float, E: From<candle_core::Error>>(
        self,
        out: &Tensor,
        seed: &Tensor,
        direction: impl IntoIterator<Item = (&'a Tensor, Vec<T>)>,
        stop: impl Fn() -> std::result::Result<(), E>,
    ) -> std::result::Result<Gradients, E> {
        Ok(self.passes(out, seed, direction, false, stop)?.1)
    }

    /// The gradients, and their tangents as [`Tape::tangents`] gives them.
    ///
    /// # Errors
    /// As there.
    #[allow(dead_code, reason = "tests hold it; one inner step could share its forward pass by it")]
    pub fn gradients_and_tangents<'a, T: Float>(
        self,
        out: &Tensor,
        seed: &Tensor,
        direction: impl IntoIterator<Item = (&'a Tensor, Vec<T>)>,
    ) -> Result<(Gradients, Gradients)> {
        self.passes(out, seed, direction, true, || Ok(()))
    }

    fn passes<'a, T: Float, E: From<candle_core::Error>>(
        mut self,
        out: &Tensor,
        seed: &Tensor,
        direction: impl IntoIterator<Item = (&'a Tensor, Vec<T>)>,
        all: bool,
        stop: impl Fn() -> std::result::Result<(), E>,
    ) -> std::result::Result<(Gradients, Gradients), E> {
        let seed = Dual { gradient: Some(self.seed(out, seed)?), tangent: None };
        let mut moving = self.moving(direction)?;
        for node in &mut self.nodes {
            stop()?;
            if let Some(tangent) = node.forward_tangent(&moving)? {
                moving.insert(node.output(), tangent);
            }
        }
        let made: HashSet<TensorId> = self.nodes.iter().map(|n| n.output()).collect();
        let mut duals = HashMap::from([(out.id(), seed)]);
        while let Some(node) = self.nodes.pop() {
            stop()?;
            if let Some(dual) = duals.remove(&node.output()) {
                // A gradient is read only where the operations behind it move, and they do if their result does.
                let gradient = |id| all || (made.contains(&id) && moving.contains_key(&id));
                for (id, dual) in node.backward_tangent(&moving, &gradient, dual)? {
                    let sum: &mut Dual = duals.entry(id).or_default();
                    merge(&mut sum.gradient, dual.gradient)?;
                    merge(&mut sum.tangent, dual.tangent)?;
                }
            }
            moving.remove(&node.output());
        }
        let (mut gradients, mut tangents) = (Buffers::new(), Buffers::new());
        for (id, dual) in duals {
            gradients.extend(dual.gradient.map(|g| (id, g)));
            tangents.extend(dual.tangent.map(|t| (id, t)));
        }
        Ok((Gradients(gradients), Gradients(tangents)))
    }

    /// The tangents to start from, checked to be of leaves or variables.
    fn moving<'a, T: Float>(&self, direction: impl IntoIterator<Item = (&'a Tensor, Vec<T>)>) -> Result<Buffers> {
        if !self.twice {
            bail!("tangents: the tape was not recorded for second derivatives");
        }
        let mut moving = Buffers::new();
        for (x, u) in direction {
            // What rests on such a tensor was not recorded.
            if !x.is_variable() && !self.tracked.contains(&x.id()) {
                bail!("tangents: a direction for a tensor that is neither leaf nor variable");
            }
            if u.len() != x.elem_count() {
                bail!("tangents: a direction of {} numbers for a tensor of shape {:?}", u.len(), x.shape());
            }
            moving.insert(x.id(), T::into_buffer(u));
        }
        Ok(moving)
    }
}

fn merge(sum: &mut Option<Buffer>, term: Option<Buffer>) -> Result<()> {
    match (sum, term) {
        (_, None) => {}
        (Some(sum), Some(term)) => add(sum, term)?,
        (sum, term) => *sum = term,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::super::super::{add, linear, scale};
    use super::*;

    fn vector(values: &[f64]) -> Result<Tensor> {
        Tensor::new(values, &Device::Cpu)?.unsqueeze(0)
    }

    /// `y = x xᵀ`, whose gradient is `2 x` and whose Hessian is twice the identity.
    #[test]
    fn a_leaf_that_is_used_twice_in_one_operation() -> Result<()> {
        let x = vector(&[1.0, -2.0, 3.0])?;
        let (y, tape) = Tape::record_twice(&[&x], || linear(&x, &x, None))?;
        let direction = vec![0.5, 1.0, -1.0];
        let (mut gradients, mut tangents) = tape.gradients_and_tangents(&y, &y.ones_like()?, [(&x, direction)])?;
        assert_eq!(gradients.take::<f64>(&x)?, Some(vec![2.0, -4.0, 6.0]));
        assert_eq!(tangents.take::<f64>(&x)?, Some(vec![1.0, 2.0, -2.0]));
        Ok(())
    }

    #[test]
    fn what_is_linear_has_no_second_derivative() -> Result<()> {
        let x = Var::from_tensor(&vector(&[1.0])?)?;
        let (y, tape) = Tape::record_twice(&[], || add(&scale(&x, 2.0)?, &x))?;
        let mut tangents = tape.tangents(&y, &y.ones_like()?, [(x.as_tensor(), vec![1.0])])?;
        assert_eq!(tangents.take::<f64>(&x)?, None);
        Ok(())
    }

    #[test]
    fn directions_that_do_not_fit_are_errors() -> Result<()> {
        let (x, other) = (vector(&[1.0])?, vector(&[1.0])?);
        let record = || Tape::record_twice(&[&x], || linear(&x, &other, None));
        let (y, tape) = record()?;
        assert!(tape.tangents(&y, &y, [(&other, vec![1.0])]).is_err(), "not a leaf");
        let (y, tape) = record()?;
        assert!(tape.tangents(&y, &y, [(&x, vec![1.0, 2.0])]).is_err(), "of another size");
        let (y, tape) = record()?;
        assert!(tape.tangents(&y, &y, [(&x, vec![1f32])]).is_err(), "of another type");
        let (y, tape) = record()?;
        assert!(tape.tangents(&y, &vector(&[1.0, 2.0])?, [(&x, vec![1.0])]).is_err(), "seed of another shape");
        let (y, tape) = Tape::record_from(&[&x], || linear(&x, &other, None))?;
        assert!(tape.tangents(&y, &y, [(&x, vec![1.0])]).is_err(), "not recorded for this");
        Ok(())
    }
}
