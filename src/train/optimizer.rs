//! AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Tensor, Var, bail};
use rayon::prelude::*;

use super::gradients::{Gradients, TASK, vectorised};
use crate::error::{Error, ErrorKind, Result};
use crate::peft::Tensors;

/// The constants of AdamW, with PyTorch's values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamConfig {
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
}

impl Default for AdamConfig {
    fn default() -> AdamConfig {
        AdamConfig { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 }
    }
}

/// Variables by name with their first and second moments.
pub(crate) struct AdamW {
    config: AdamConfig,
    slots: Vec<Slot>,
    step: u64,
}

struct Slot {
    name: String,
    var: Var,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// What an update does to every number of a variable.
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
    fn apply(self, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || {
                let moments = first.iter_mut().zip(second);
                for ((x, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
                    *m += (*g - *m) * self.rest1;
                    *v = *v * self.beta2 + self.rest2 * *g * *g;
                    *x = *x * self.decay - self.step * *m / (v.sqrt() / self.root + self.eps);
                }
            },
        )
    }
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
        tasks.for_each(|((x, g), (m, v))| factors.apply(x, g, m, v));
        Ok(())
    }
}

impl AdamW {
    pub fn new(vars: BTreeMap<String, Var>, config: AdamConfig) -> AdamW {
        let slot = |(name, var): (String, Var)| {
            let zeros = vec![0.0; var.elem_count()];
            Slot { name, var, first: zeros.clone(), second: zeros }
        };
        AdamW { config, slots: vars.into_iter().map(slot).collect(), step: 0 }
    }

    pub fn vars(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.slots.iter().map(|s| (s.name.as_str(), &s.var))
    }

    /// Updates made.
    pub fn steps(&self) -> usize {
        self.step as usize
    }

    /// Number of trained elements.
    pub fn parameters(&self) -> usize {
        self.slots.iter().map(|s| s.first.len()).sum()
    }

    /// One update; `rate` gives the learning rate of a variable by its name.
    pub fn update(&mut self, gradients: &Gradients, rate: impl Fn(&str) -> f64) -> Result<()> {
        let decay = self.config.weight_decay;
        self.update_with(gradients, |name| (rate(name), decay))
    }

    /// One update; `how` gives learning rate and weight decay of a variable by its name.
    pub fn update_with(&mut self, gradients: &Gradients, how: impl Fn(&str) -> (f64, f64)) -> Result<()> {
        self.step += 1;
        let AdamConfig { beta1, beta2, eps, .. } = self.config;
        let correction1 = 1.0 - beta1.powf(self.step as f64);
        let correction2 = (1.0 - beta2.powf(self.step as f64)).sqrt();
        for (slot, gradient) in self.slots.iter_mut().zip(gradients) {
            let Some(gradient) = gradient else { continue };
            let (rate, decay) = how(&slot.name);
            // In double precision first: 1 - 0.999 loses four digits in single.
            let factors = Factors {
                rest1: (1.0 - beta1) as f32,
                beta2: beta2 as f32,
                rest2: (1.0 - beta2) as f32,
                decay: (1.0 - rate * decay) as f32,
                step: (rate / correction1) as f32,
                root: correction2 as f32,
                eps: eps as f32,
            };
            let moments = RefCell::new((&mut slot.first[..], &mut slot.second[..]));
            slot.var.inplace_op1(&Update { factors, gradient, moments })?;
        }
        Ok(())
    }

    /// An error that names the first variable with a number that is not finite.
    pub fn check(&self) -> Result<()> {
        for slot in &self.slots {
            if !slot.var.flatten_all()?.to_vec1::<f32>()?.iter().all(|x| x.is_finite()) {
                let message =
                    format!("update {}: the numbers are no longer finite; try a lower learning rate", self.step);
                return Err(Error::new(ErrorKind::NonFinite, message).about_tensor(&slot.name));
            }
        }
        Ok(())
    }

    /// Copies of the variables' values.
    pub fn snapshot(&self) -> Result<Tensors> {
        self.slots.iter().map(|s| Ok((s.name.clone(), s.var.as_detached_tensor().copy()?))).collect()
    }

    /// Updates made, and every variable with its moments, for a checkpoint.
    pub fn state(&self) -> Result<(u64, Tensors)> {
        let mut tensors = Tensors::new();
        for s in &self.slots {
            let moment = |m: &Vec<f32>| Tensor::from_slice(m, s.var.shape(), &Device::Cpu);
            tensors.insert(format!("value.{}", s.name), s.var.as_detached_tensor().copy()?);
            tensors.insert(format!("first.{}", s.name), moment(&s.first)?);
            tensors.insert(format!("second.{}", s.name), moment(&s.second)?);
        }
        Ok((self.step, tensors))
    }

    /// Takes up a state of [`AdamW::state`]; `get` hands out its tensors, checked against the shape.
    pub fn restore(&mut self, step: u64, mut get: impl FnMut(&str, &[usize]) -> Result<Tensor>) -> Result<()> {
        for s in &mut self.slots {
            let mut part = |kind: &str| get(&format!("{kind}.{}", s.name), s.var.dims());
            s.var.set(&part("value")?)?;
            s.first = part("first")?.flatten_all()?.to_vec1()?;
            s.second = part("second")?.flatten_all()?.to_vec1()?;
        }
        self.step = step;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_steps_agree_with_pytorch() -> Result<()> {
        // p = torch.tensor([1., -2.], requires_grad=True); o = torch.optim.AdamW([p], lr=0.1, weight_decay=0.01)
        // three times: p.grad = torch.tensor([0.5, -0.25]) * (i + 1); o.step()
        let var = Var::new(&[1f32, -2.0], &Device::Cpu)?;
        let vars = BTreeMap::from([("p".to_owned(), var.clone())]);
        let mut adam = AdamW::new(vars, AdamConfig::default());
        for i in 1..=3 {
            adam.update(&vec![Some(vec![0.5 * i as f32, -0.25 * i as f32])], |_| 0.1)?;
        }
        let got = var.to_vec1::<f32>()?;
        assert!((got[0] - PYTORCH[0]).abs() < 1e-6 && (got[1] - PYTORCH[1]).abs() < 1e-6, "{got:?}");
        Ok(())
    }

    const PYTORCH: [f32; 2] = [0.704_981_1, -1.701_984_2];
}
