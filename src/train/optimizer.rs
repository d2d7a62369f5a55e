//! AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use crate::error::{Error, ErrorKind, Result};
use crate::peft::Tensors;

/// One gradient a variable, flat, in the order of the variables; `None` where it has none.
pub(crate) type Gradients = Vec<Option<Vec<f32>>>;

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
        self.step += 1;
        let AdamConfig { beta1, beta2, eps, weight_decay } = self.config;
        let correction1 = 1.0 - beta1.powf(self.step as f64);
        let correction2 = (1.0 - beta2.powf(self.step as f64)).sqrt();
        for (slot, gradient) in self.slots.iter_mut().zip(gradients) {
            let Some(gradient) = gradient else { continue };
            let rate = rate(&slot.name);
            let (b2, eps) = (beta2 as f32, eps as f32);
            // In double precision first: 1 - 0.999 loses four digits in single.
            let (rest1, rest2) = ((1.0 - beta1) as f32, (1.0 - beta2) as f32);
            let decay = (1.0 - rate * weight_decay) as f32;
            let (step, root) = ((rate / correction1) as f32, correction2 as f32);
            let mut values = slot.var.flatten_all()?.to_vec1::<f32>()?;
            let moments = slot.first.iter_mut().zip(&mut slot.second);
            for ((x, g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
                *m += (*g - *m) * rest1;
                *v = *v * b2 + rest2 * *g * *g;
                *x = *x * decay - step * *m / (v.sqrt() / root + eps);
            }
            slot.var.set(&Tensor::from_vec(values, slot.var.shape(), &Device::Cpu)?)?;
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

/// The norm of all gradients taken together.
pub(crate) fn global_norm(gradients: &Gradients) -> f64 {
    gradients.iter().flatten().flatten().map(|g| *g as f64 * *g as f64).sum::<f64>().sqrt()
}

/// Scales gradients down to the norm `limit`, as PyTorch's `clip_grad_norm_` does; gives the norm before.
pub(crate) fn clip(gradients: &mut Gradients, limit: f64) -> f64 {
    let norm = global_norm(gradients);
    let factor = limit / (norm + 1e-6);
    if factor < 1.0 {
        gradients.iter_mut().flatten().flatten().for_each(|g| *g *= factor as f32);
    }
    norm
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

    #[test]
    fn clipping_keeps_the_direction() {
        let mut g = vec![Some(vec![3.0, 0.0]), None, Some(vec![4.0])];
        assert_eq!(clip(&mut g, 1.0), 5.0);
        assert!((global_norm(&g) - 1.0).abs() < 1e-5);
        let kept = g.clone();
        clip(&mut g, 10.0);
        assert_eq!(g, kept);
    }
}
