//! AdamW where variables are on a device: all that share their rates in one go.
//!
//! A GPU takes about as long to start an operation as to run it on a bias or a small matrix. The moments of a group lie
//! end to end, gradients and values are laid end to end for an update, and a dozen operations serve them all.

use std::ops::Range;

use candle_core::{DType, Tensor, Var};

use super::Factors;
use crate::error::Result;

/// Variables of one learning rate and weight decay, with their moments.
pub(super) struct Group {
    vars: Vec<Var>,
    /// The first number of every variable among those of all, and at the end the number of numbers.
    starts: Vec<usize>,
    /// `[numbers]`.
    first: Tensor,
    /// `[numbers]`.
    second: Tensor,
}

impl Group {
    /// `vars`, at least one, are on one device.
    pub fn new(vars: Vec<Var>) -> Result<Group> {
        let mut starts = vec![0];
        starts.extend(vars.iter().scan(0, |end, var| {
            *end += var.elem_count();
            Some(*end)
        }));
        let zeros = Tensor::zeros(starts[vars.len()], DType::F32, vars[0].device())?;
        Ok(Group { vars, starts, first: zeros.clone(), second: zeros })
    }

    /// One update of the variables that have a gradient.
    pub fn update(&mut self, gradients: &[Option<Tensor>], factors: Factors) -> Result<()> {
        let has = |i: usize| gradients[i].is_some();
        let mut begin = 0;
        while begin < gradients.len() {
            // Neighbours go together.
            let end = (begin..gradients.len()).find(|i| has(*i) != has(begin)).unwrap_or(gradients.len());
            if has(begin) {
                self.update_run(begin..end, gradients, factors)?;
            }
            begin = end;
        }
        Ok(())
    }

    fn update_run(&mut self, run: Range<usize>, gradients: &[Option<Tensor>], factors: Factors) -> Result<()> {
        let gradient = flat(gradients[run.clone()].iter().flatten())?;
        let values = flat(self.vars[run.clone()].iter().map(|v| v.as_tensor()))?;
        let (start, length) = (self.starts[run.start], self.starts[run.end] - self.starts[run.start]);
        let (first, second) = (self.first.narrow(0, start, length)?, self.second.narrow(0, start, length)?);
        let Factors { rest1, beta2, rest2, decay, step, root, eps } = factors;
        let first = (first.affine(1.0 - rest1, 0.0)? + gradient.affine(rest1, 0.0)?)?;
        let second = (second.affine(beta2, 0.0)? + gradient.sqr()?.affine(rest2, 0.0)?)?;
        let direction = (&first / second.sqrt()?.affine(1.0 / root, eps)?)?;
        let values = (values.affine(decay, 0.0)? - direction.affine(step, 0.0)?)?;
        for i in run {
            let (at, var) = (self.starts[i] - start, &self.vars[i]);
            var.set(&values.narrow(0, at, var.elem_count())?.reshape(var.shape())?)?;
        }
        self.first = self.with(&self.first, start, first)?;
        self.second = self.with(&self.second, start, second)?;
        Ok(())
    }

    /// `all` with other numbers from `start` on.
    fn with(&self, all: &Tensor, start: usize, part: Tensor) -> Result<Tensor> {
        let (end, length) = (start + part.elem_count(), all.elem_count());
        if part.elem_count() == length {
            return Ok(part);
        }
        Ok(Tensor::cat(&[all.narrow(0, 0, start)?, part, all.narrow(0, end, length - end)?], 0)?)
    }

    /// The moments of a variable, in its shape, on the host.
    pub fn moments(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let part = |all: &Tensor| -> Result<Tensor> {
            let part = all.narrow(0, self.starts[index], self.vars[index].elem_count())?;
            Ok(part.reshape(self.vars[index].shape())?.to_device(&candle_core::Device::Cpu)?.copy()?)
        };
        Ok((part(&self.first)?, part(&self.second)?))
    }

    /// Takes up the moments of all variables, in their shapes and order.
    pub fn restore(&mut self, first: &[Tensor], second: &[Tensor]) -> Result<()> {
        let device = self.first.device().clone();
        (self.first, self.second) = (flat(first.iter())?.to_device(&device)?, flat(second.iter())?.to_device(&device)?);
        Ok(())
    }
}

/// All numbers end to end.
fn flat<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Result<Tensor> {
    let parts = tensors.map(|t| t.detach().flatten_all()).collect::<candle_core::Result<Vec<_>>>()?;
    Ok(if parts.len() == 1 { parts[0].clone() } else { Tensor::cat(&parts, 0)? })
}
