//! AdamW where a variable is on the host: one pass over its numbers.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Var, bail};
use rayon::prelude::*;

use crate::error::Result;
use crate::train::gradients::{TASK, vectorised};

/// First and second moments of a variable.
pub(super) struct Moments {
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

impl Moments {
    pub fn new(var: &Var) -> Moments {
        Moments { first: vec![0.0; var.elem_count()], second: vec![0.0; var.elem_count()] }
    }

    /// One update of the variable that the moments belong to.
    pub fn update(&mut self, var: &Var, gradient: &[f32], factors: super::Factors) -> Result<()> {
        let moments = RefCell::new((&mut self.first[..], &mut self.second[..]));
        Ok(var.inplace_op1(&Update { factors: Factors::new(factors), gradient, moments })?)
    }
}

/// [`super::Factors`] in the numbers of the host.
#[derive(Clone, Copy)]
struct Factors {
    rest1: f32,
    beta2: f32,
    rest2: f32,
    decay: f32,
    step: f32,
    root: f32,
    eps: f32,
}

impl Factors {
    fn new(f: super::Factors) -> Factors {
        let [rest1, beta2, rest2, decay, step, root, eps] =
            [f.rest1, f.beta2, f.rest2, f.decay, f.step, f.root, f.eps].map(|x| x as f32);
        Factors { rest1, beta2, rest2, decay, step, root, eps }
    }
}

fn apply(factors: Factors, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            let moments = first.iter_mut().zip(second);
            for ((x, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
                *m += (*g - *m) * factors.rest1;
                *v = *v * factors.beta2 + factors.rest2 * *g * *g;
                *x = *x * factors.decay - factors.step * *m / (v.sqrt() / factors.root + factors.eps);
            }
        },
    )
}

/// The update of one variable where its numbers lie, by all threads of the current pool.
struct Update<'a> {
    factors: Factors,
    gradient: &'a [f32],
    moments: RefCell<(&'a mut [f32], &'a mut [f32])>,
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (CpuStorage::F32(values), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            bail!("internal: a variable that is not contiguous or not of 32-bit floats");
        };
        let (values, mut moments) = (&mut values[start..end], self.moments.borrow_mut());
        let (first, second) = &mut *moments;
        if [self.gradient.len(), first.len(), second.len()].iter().any(|n| *n != values.len()) {
            bail!("internal: a gradient of {} numbers for a variable of {}", self.gradient.len(), values.len());
        }
        let tasks = values.par_chunks_mut(TASK).zip(self.gradient.par_chunks(TASK));
        let tasks = tasks.zip(first.par_chunks_mut(TASK).zip(second.par_chunks_mut(TASK)));
        let factors = self.factors;
        tasks.for_each(|((x, g), (m, v))| apply(factors, x, g, m, v));
        Ok(())
    }
}
