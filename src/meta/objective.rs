//! The loss of a batch as a function of the parameters: its gradient, and products with its Hessian.

use std::cell::Cell;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::options::Hessian;
use super::space::Space;
use crate::cancel::Cancel;
use crate::data::Sequence;
use crate::error::Result;
use crate::train::gradients::{Gradient, Gradients, accumulate, squares};
use crate::train::step::{gradients_of, hessian_product_of};

/// What a run has computed. A pass that carries tangents, or goes back over them, counts as two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compute {
    /// Forward passes over a batch.
    pub forward: u64,
    /// Backward passes over a batch.
    pub backward: u64,
    /// Sequences in all forward passes together; a sentence is one, or several where it is longer than the window.
    pub forward_sequences: u64,
    /// Sequences in all backward passes together.
    pub backward_sequences: u64,
}

impl std::ops::AddAssign for Compute {
    fn add_assign(&mut self, other: Compute) {
        self.forward += other.forward;
        self.backward += other.backward;
        self.forward_sequences += other.forward_sequences;
        self.backward_sequences += other.backward_sequences;
    }
}

impl Compute {
    fn add(&mut self, passes: u64, sequences: usize) {
        self.forward += passes;
        self.backward += passes;
        self.forward_sequences += passes * sequences as u64;
        self.backward_sequences += passes * sequences as u64;
    }
}

/// The mean token loss over a batch, for the sentences of one update.
pub(super) struct Objective<'a> {
    pub space: &'a Space,
    /// Ascending ids of the pieces whose rows the points hold.
    pub ids: &'a [u32],
    pub micro_batch_pieces: usize,
    pub cancel: &'a Cancel,
    pub compute: &'a Cell<Compute>,
}

impl Objective<'_> {
    pub(super) fn count(&self, passes: u64, sequences: &[&Sequence]) {
        let mut compute = self.compute.get();
        compute.add(passes, sequences.len());
        self.compute.set(compute);
    }

    /// The loss at `point` and its gradient for the parameters `wanted`; as long as the space, `None` for all others.
    pub fn gradient(&self, point: &[Tensor], wanted: &[usize], sequences: &[&Sequence]) -> Result<(f64, Gradients)> {
        self.cancel.check()?;
        self.count(1, sequences);
        let model = self.space.at(point, self.ids)?;
        let leaves: Vec<&Tensor> = wanted.iter().map(|i| &point[*i]).collect();
        let logits = |_: &[&Sequence], batch: &_| model.logits(batch);
        let (loss, found) = gradients_of(&leaves, logits, sequences, self.micro_batch_pieces, self.cancel)?;
        let mut gradients: Gradients = vec![None; point.len()];
        wanted.iter().zip(found).for_each(|(i, g)| gradients[*i] = g);
        Ok((loss, gradients))
    }

    /// The gradient of `<grad L, u>` with `u` held constant: the Hessian of the loss at `point` times `u`, in the rows
    /// `wanted`. `u` is as long as the space and `None` where it is zero.
    pub fn hessian_product(
        &self,
        how: Hessian,
        point: &[Tensor],
        u: &Gradients,
        wanted: &[usize],
        sequences: &[&Sequence],
    ) -> Result<Gradients> {
        let square = squares(u.iter().flatten())?;
        if square == 0.0 {
            return Ok(vec![None; point.len()]);
        }
        match how {
            Hessian::Tangents => self.tangents(point, u, wanted, sequences),
            Hessian::Differences => self.differences(point, (u, square.sqrt()), wanted, sequences),
        }
    }

    /// One pass that carries `u` along and goes back over it.
    fn tangents(
        &self,
        point: &[Tensor],
        u: &Gradients,
        wanted: &[usize],
        sequences: &[&Sequence],
    ) -> Result<Gradients> {
        self.count(2, sequences);
        let model = self.space.at(point, self.ids)?;
        let leaves: Vec<&Tensor> = wanted.iter().map(|i| &point[*i]).collect();
        let direction: Vec<(&Tensor, Vec<f32>)> = point
            .iter()
            .zip(u)
            .filter_map(|(leaf, u)| u.as_ref().map(|u| Ok((leaf, u.to_host()?))))
            .collect::<Result<_>>()?;
        let logits = |_: &[&Sequence], batch: &_| model.logits(batch);
        let found = hessian_product_of(&leaves, &direction, logits, sequences, self.micro_batch_pieces, self.cancel)?;
        let mut products: Gradients = vec![None; point.len()];
        wanted.iter().zip(found).for_each(|(i, g)| products[*i] = g);
        Ok(products)
    }

    /// Central differences of the gradient at two points along `u`, of this norm, as far apart as rounding asks for.
    fn differences(
        &self,
        point: &[Tensor],
        (u, norm): (&Gradients, f64),
        wanted: &[usize],
        sequences: &[&Sequence],
    ) -> Result<Gradients> {
        let step = DISTANCE / norm;
        let moved = |step: f64| -> Result<Vec<Tensor>> { moved(point, u, |_| step as f32) };
        let (_, mut above) = self.gradient(&moved(step)?, wanted, sequences)?;
        let (_, below) = self.gradient(&moved(-step)?, wanted, sequences)?;
        accumulate(&mut above, -1.0, below)?;
        above.iter_mut().flatten().try_for_each(|g| g.scale((0.5 / step) as f32))?;
        Ok(above)
    }
}

/// How far a point is moved for a difference: nearer, rounding takes over; farther, the third derivative.
const DISTANCE: f64 = 1e-2;

/// `point + factor · direction`, where `factor` is asked for every parameter that the direction has.
pub(super) fn moved(point: &[Tensor], direction: &Gradients, factor: impl Fn(usize) -> f32) -> Result<Vec<Tensor>> {
    let value = |(i, (value, direction)): (usize, (&Tensor, &Option<Gradient>))| -> Result<Tensor> {
        match direction {
            None => Ok(value.clone()),
            Some(Gradient::Device(direction)) => Ok((value.detach() + (direction * f64::from(factor(i)))?)?),
            Some(Gradient::Host(direction)) => {
                let factor = factor(i);
                let mut values = value.flatten_all()?.to_vec1::<f32>()?;
                values.iter_mut().zip(direction).for_each(|(v, d)| *v += factor * *d);
                Ok(Tensor::from_vec(values, value.shape(), &Device::Cpu)?)
            }
        }
    };
    point.iter().zip(direction).enumerate().map(value).collect()
}
