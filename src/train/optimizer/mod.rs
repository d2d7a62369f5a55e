//! AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it.

mod device;
mod host;

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use super::gradients::{Gradient, Gradients};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::is_composed;
use crate::peft::Tensors;
use device::Group;
use host::Moments;

/// The constants of AdamW, with PyTorch's values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamConfig {
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
}

impl Default for AdamConfig {
    fn default() -> AdamConfig {
        AdamConfig { beta1: 0.9, beta2: 0.999, eps: 1e-8 }
    }
}

/// How fast a variable is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rates {
    /// Learning rate at the peak of the schedule.
    pub learning: f64,
    /// Weight decay, in shares of the learning rate.
    pub decay: f64,
}

/// Variables by name with their first and second moments.
pub(crate) struct AdamW {
    config: AdamConfig,
    slots: Vec<Slot>,
    /// Variables that are not on the host, by their rates.
    groups: Vec<(Rates, Group)>,
    step: u64,
}

struct Slot {
    name: String,
    var: Var,
    rates: Rates,
    place: Place,
}

/// Where a variable's moments are.
enum Place {
    Host(Moments),
    /// In this group, under this number.
    Group(usize, usize),
}

/// What an update does to every number of a variable, in double precision: 1 - 0.999 loses four digits in single.
#[derive(Clone, Copy)]
struct Factors {
    rest1: f64,
    beta2: f64,
    rest2: f64,
    decay: f64,
    step: f64,
    root: f64,
    eps: f64,
}

impl AdamW {
    /// `rates` gives those of a variable by its name.
    pub fn new(vars: BTreeMap<String, Var>, config: AdamConfig, rates: impl Fn(&str) -> Rates) -> Result<AdamW> {
        let (mut slots, mut members): (Vec<Slot>, Vec<(Rates, Vec<Var>)>) = (Vec::new(), Vec::new());
        for (name, var) in vars {
            let rates = rates(&name);
            let place = match is_composed(var.device()) {
                false => Place::Host(Moments::new(&var)),
                true => {
                    let known = members.iter().position(|(r, _)| *r == rates);
                    let group = known.unwrap_or_else(|| {
                        members.push((rates, Vec::new()));
                        members.len() - 1
                    });
                    members[group].1.push(var.clone());
                    Place::Group(group, members[group].1.len() - 1)
                }
            };
            slots.push(Slot { name, var, rates, place });
        }
        let groups = members.into_iter().map(|(rates, vars)| Ok((rates, Group::new(vars)?))).collect::<Result<_>>()?;
        Ok(AdamW { config, slots, groups, step: 0 })
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
        self.slots.iter().map(|s| s.var.elem_count()).sum()
    }

    fn factors(&self, rates: Rates, factor: f64) -> Factors {
        let AdamConfig { beta1, beta2, eps } = self.config;
        let rate = rates.learning * factor;
        Factors {
            rest1: 1.0 - beta1,
            beta2,
            rest2: 1.0 - beta2,
            decay: 1.0 - rate * rates.decay,
            step: rate / (1.0 - beta1.powf(self.step as f64)),
            root: (1.0 - beta2.powf(self.step as f64)).sqrt(),
            eps,
        }
    }

    /// [`AdamW::update_until`] the end.
    #[cfg(test)]
    pub fn update(&mut self, gradients: Gradients, factor: f64) -> Result<()> {
        self.update_until(gradients, factor, &Cancel::new())
    }

    /// One update of the variables that have a gradient, at `factor` times their learning rates. A request to `cancel` ends it
    /// in the middle: the variables are then good for nothing.
    pub fn update_until(&mut self, gradients: Gradients, factor: f64, cancel: &Cancel) -> Result<()> {
        self.step += 1;
        let mut grouped: Vec<Vec<Option<Tensor>>> = self.groups.iter().map(|_| Vec::new()).collect();
        for (at, gradient) in gradients.into_iter().enumerate() {
            cancel.check()?;
            let factors = self.factors(self.slots[at].rates, factor);
            let Slot { var, place, .. } = &mut self.slots[at];
            match (place, gradient) {
                (Place::Host(moments), Some(gradient)) => moments.update(var, &gradient.into_host()?, factors)?,
                (Place::Host(_), None) => {}
                (Place::Group(group, _), None) => grouped[*group].push(None),
                (Place::Group(group, _), Some(Gradient::Device(tensor))) => grouped[*group].push(Some(tensor)),
                (Place::Group(group, _), Some(Gradient::Host(values))) => {
                    grouped[*group].push(Some(Tensor::from_vec(values, var.shape(), var.device())?));
                }
            }
        }
        for (at, gradients) in grouped.iter().enumerate() {
            let factors = self.factors(self.groups[at].0, factor);
            self.groups[at].1.update(gradients, factors)?;
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

    /// Copies of the variables' values, on the host.
    pub fn snapshot(&self) -> Result<Tensors> {
        self.slots.iter().map(|s| Ok((s.name.clone(), on_host(&s.var)?))).collect()
    }

    /// Updates made, and every variable with its moments, for a checkpoint.
    pub fn state(&self) -> Result<(u64, Tensors)> {
        let mut tensors = Tensors::new();
        for s in &self.slots {
            let (first, second) = match &s.place {
                Place::Host(moments) => {
                    let moment = |m: &Vec<f32>| Tensor::from_slice(m, s.var.shape(), &Device::Cpu);
                    (moment(&moments.first)?, moment(&moments.second)?)
                }
                Place::Group(group, index) => self.groups[*group].1.moments(*index)?,
            };
            tensors.insert(format!("value.{}", s.name), on_host(&s.var)?);
            tensors.insert(format!("first.{}", s.name), first);
            tensors.insert(format!("second.{}", s.name), second);
        }
        Ok((self.step, tensors))
    }

    /// Takes up a state of [`AdamW::state`]; `get` hands out its tensors, checked against the shape.
    pub fn restore(&mut self, step: u64, mut get: impl FnMut(&str, &[usize]) -> Result<Tensor>) -> Result<()> {
        let mut grouped: Vec<(Vec<Tensor>, Vec<Tensor>)> = self.groups.iter().map(|_| Default::default()).collect();
        for s in &mut self.slots {
            let mut part = |kind: &str| get(&format!("{kind}.{}", s.name), s.var.dims());
            s.var.set(&part("value")?.to_device(s.var.device())?)?;
            let (first, second) = (part("first")?, part("second")?);
            match &mut s.place {
                Place::Host(moments) => {
                    moments.first = first.flatten_all()?.to_vec1()?;
                    moments.second = second.flatten_all()?.to_vec1()?;
                }
                Place::Group(group, _) => {
                    grouped[*group].0.push(first);
                    grouped[*group].1.push(second);
                }
            }
        }
        for ((_, group), (first, second)) in self.groups.iter_mut().zip(&grouped) {
            group.restore(first, second)?;
        }
        self.step = step;
        Ok(())
    }
}

/// A copy of a variable's value.
fn on_host(var: &Var) -> Result<Tensor> {
    let value = var.as_detached_tensor();
    Ok(if value.device().is_cpu() { value.copy()? } else { value.to_device(&Device::Cpu)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::places::{self, Place};

    fn optimizer() -> Result<(AdamW, Vec<Var>)> {
        let vars = [&[1f32, -2.0][..], &[0.5], &[3.0, 4.0, 5.0]].map(|v| Var::new(v, &Device::Cpu).unwrap());
        let named = ["a", "b", "c"].map(str::to_owned).into_iter().zip(vars.clone()).collect();
        let rates = |name: &str| Rates { learning: if name == "b" { 0.05 } else { 0.1 }, decay: 0.01 };
        Ok((AdamW::new(named, AdamConfig::default(), rates)?, vars.to_vec()))
    }

    /// Gradients of the update `i`; those of `c` are missing in the third.
    fn gradients(i: usize) -> Gradients {
        let of = |values: &[f32]| {
            let values: Vec<f32> = values.iter().map(|v| v * i as f32).collect();
            Some(match places::here() == Place::Composed {
                true => Gradient::Device(Tensor::new(values, &Device::Cpu).unwrap()),
                false => Gradient::Host(values),
            })
        };
        vec![of(&[0.5, -0.25]), of(&[1.0]), if i == 3 { None } else { of(&[0.1, 0.2, -0.3]) }]
    }

    fn values(vars: &[Var]) -> Vec<f32> {
        vars.iter().flat_map(|v| v.to_vec1::<f32>().unwrap()).collect()
    }

    /// p = [torch.tensor([1., -2.]), torch.tensor([0.5]), torch.tensor([3., 4., 5.])], rates 0.1, 0.05, 0.1, decay 0.01;
    /// three updates with the gradients above, times 1, 2 and 3.
    #[test]
    fn three_updates_agree_with_pytorch_on_host_and_device() -> Result<()> {
        let run = || -> Result<Vec<f32>> {
            let (mut adam, vars) = optimizer()?;
            (1..=3).try_for_each(|i| adam.update(gradients(i), 1.0))?;
            Ok(values(&vars))
        };
        for got in [run()?, places::at(Place::Composed, run)?] {
            assert!(got.iter().zip(PYTORCH).all(|(g, w)| (g - w).abs() < 2e-6), "{got:?}");
        }
        Ok(())
    }

    const PYTORCH: [f32; 6] = [0.704981, -1.701984, 0.353165, 2.797585, 3.795586, 5.186423];

    /// What a run leaves behind is taken up to the bit, on the host or on a device.
    #[test]
    fn a_state_comes_back() -> Result<()> {
        let run = || -> Result<()> {
            let (mut adam, vars) = optimizer()?;
            (1..=2).try_for_each(|i| adam.update(gradients(i), 1.0))?;
            let (step, state) = adam.state()?;
            assert_eq!(adam.snapshot()?["c"].to_vec1::<f32>()?, vars[2].to_vec1::<f32>()?);
            let (mut other, others) = optimizer()?;
            other.restore(step, |name, shape| {
                assert_eq!(state[name].dims(), shape);
                Ok(state[name].clone())
            })?;
            adam.update(gradients(3), 0.5)?;
            other.update(gradients(3), 0.5)?;
            assert_eq!(values(&vars), values(&others));
            Ok(())
        };
        run()?;
        places::at(Place::Composed, run)
    }
}
