//! The tensors that a method asks for while it is built: fresh and trainable, or from a file and checked.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, Result};
use crate::model::{Weight, Words};

/// Tensors by name, in a fixed order.
pub(crate) type Tensors = BTreeMap<String, Tensor>;

/// How a fresh parameter starts.
#[derive(Clone, Copy)]
pub(crate) enum Init<'a> {
    Zeros,
    Ones,
    /// Normal with this standard deviation.
    Normal(f64),
    /// Uniform between minus this bound and this bound.
    Uniform(f64),
    /// The backbone's own value.
    Base(&'a Tensor),
    /// The backbone's own matrix.
    Matrix(&'a Weight),
    /// The backbone's own word vectors of these pieces.
    Rows(&'a Words, &'a [u32]),
}

enum Mode {
    /// Parameters become variables, started from `initial` where it has them.
    Train { seed: u64, initial: Tensors, vars: BTreeMap<String, Var>, constants: Tensors },
    /// Every parameter must be there, with its shape; none may be left over.
    Load { rest: Tensors },
}

/// Hands out the parameters of a method.
pub(crate) struct Parameters {
    mode: Mode,
    dtype: DType,
    /// Where they are wanted; starting values are of the host.
    device: Device,
}

impl Parameters {
    /// New variables drawn from `seed`, except those that `initial` holds.
    pub fn train(seed: u64, initial: Tensors) -> Parameters {
        Parameters {
            mode: Mode::Train { seed, initial, vars: BTreeMap::new(), constants: Tensors::new() },
            dtype: DType::F32,
            device: Device::Cpu,
        }
    }

    /// Constant tensors out of `tensors`.
    pub fn load(tensors: Tensors) -> Parameters {
        Parameters { mode: Mode::Load { rest: tensors }, dtype: DType::F32, device: Device::Cpu }
    }

    /// Hands them out on `device`.
    pub fn on(mut self, device: &Device) -> Parameters {
        self.device = device.clone();
        self
    }

    /// The parameter `name` of the given shape.
    pub fn get(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Tensor> {
        let (dtype, device) = (self.dtype, &self.device);
        let check = |t: &Tensor| match t.dims() == shape && t.dtype() == dtype {
            true => Ok(()),
            false => {
                Err(Error::mismatch(format!("shape {:?} {:?}, expected {shape:?} {dtype:?}", t.dims(), t.dtype()))
                    .about_tensor(name))
            }
        };
        match &mut self.mode {
            Mode::Load { rest } => {
                let missing = || Error::format("the adapter lacks a tensor that its method needs").about_tensor(name);
                let tensor = rest.remove(name).ok_or_else(missing)?;
                check(&tensor)?;
                Ok(tensor.to_device(device)?)
            }
            Mode::Train { seed, initial, vars, .. } => {
                let start = match initial.remove(name) {
                    Some(tensor) => {
                        check(&tensor)?;
                        tensor.copy()?
                    }
                    None => fresh(name, *seed, shape, init)?,
                };
                let var = Var::from_tensor(&start.to_device(device)?)?;
                let tensor = var.as_tensor().clone();
                vars.insert(name.to_owned(), var);
                Ok(tensor)
            }
        }
    }

    /// A constant list of numbers, such as the rows that a sparse table holds: `fresh` in training.
    pub fn indices(&mut self, name: &str, fresh: &[u32]) -> Result<Vec<u32>> {
        match &mut self.mode {
            Mode::Train { constants, .. } => {
                constants.insert(name.to_owned(), Tensor::new(fresh, &Device::Cpu)?);
                Ok(fresh.to_vec())
            }
            Mode::Load { rest } => {
                let missing = || Error::format("the adapter lacks a tensor that its method needs").about_tensor(name);
                let tensor = rest.remove(name).ok_or_else(missing)?;
                tensor.to_vec1::<u32>().map_err(|e| Error::from(e).about_tensor(name))
            }
        }
    }

    /// The constants of a run in training, for the adapter's file.
    pub fn take_constants(&mut self) -> Tensors {
        match &mut self.mode {
            Mode::Train { constants, .. } => std::mem::take(constants),
            Mode::Load { .. } => Tensors::new(),
        }
    }

    /// The trainable variables, by name.
    pub fn into_vars(self) -> BTreeMap<String, Var> {
        match self.mode {
            Mode::Train { vars, .. } => vars,
            Mode::Load { .. } => BTreeMap::new(),
        }
    }

    /// An error when tensors were given that no part of the method asked for.
    pub fn finish(self) -> Result<()> {
        match self.mode {
            Mode::Load { rest } => match rest.keys().next() {
                Some(name) => Err(Error::format("the adapter holds a tensor that its method has no place for")
                    .about_tensor(name.clone())),
                None => Ok(()),
            },
            Mode::Train { .. } => Ok(()),
        }
    }
}

/// A parameter's starting value. It depends on the seed and the name alone, so that adding a module changes no other.
fn fresh(name: &str, seed: u64, shape: &[usize], init: Init) -> Result<Tensor> {
    // FNV-1a: names are few and short, and the generator does the mixing.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ b as u64).wrapping_mul(0x0100_0000_01b3));
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ hash);
    let count: usize = shape.iter().product();
    let values: Vec<f32> = match init {
        Init::Base(tensor) => return Ok(tensor.copy()?.reshape(shape)?),
        Init::Matrix(weight) => return Ok(weight.to_tensor()?.copy()?),
        Init::Rows(words, ids) => return words.base(ids),
        Init::Zeros => vec![0.0; count],
        Init::Ones => vec![1.0; count],
        Init::Uniform(bound) => (0..count).map(|_| rng.random_range(-bound..=bound) as f32).collect(),
        Init::Normal(deviation) => (0..count).map(|_| (deviation * standard_normal(&mut rng)) as f32).collect(),
    };
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Box and Muller 1958; one of the pair is enough here.
fn standard_normal(rng: &mut impl Rng) -> f64 {
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_values_depend_on_seed_and_name_alone() -> Result<()> {
        let value = |seed, name: &str, extra: bool| -> Result<Vec<f32>> {
            let mut p = Parameters::train(seed, Tensors::new());
            if extra {
                p.get("other", &[3], Init::Normal(1.0))?;
            }
            Ok(p.get(name, &[4], Init::Normal(1.0))?.to_vec1()?)
        };
        assert_eq!(value(1, "a", false)?, value(1, "a", true)?);
        assert_ne!(value(1, "a", false)?, value(2, "a", false)?);
        assert_ne!(value(1, "a", false)?, value(1, "b", false)?);
        Ok(())
    }

    #[test]
    fn normal_values_have_the_deviation_asked_for() -> Result<()> {
        let mut p = Parameters::train(3, Tensors::new());
        let v: Vec<f32> = p.get("w", &[20_000], Init::Normal(0.02))?.to_vec1()?;
        let mean = v.iter().sum::<f32>() / v.len() as f32;
        let deviation = (v.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / v.len() as f32).sqrt();
        assert!(mean.abs() < 1e-3 && (deviation - 0.02).abs() < 1e-3, "{mean} {deviation}");
        Ok(())
    }

    #[test]
    fn loading_refuses_missing_misshapen_and_surplus_tensors() -> Result<()> {
        let tensor = Tensor::zeros(3, DType::F32, &Device::Cpu)?;
        let one = || Tensors::from([("a".to_owned(), tensor.clone())]);
        let e = Parameters::load(one()).get("b", &[3], Init::Zeros).unwrap_err();
        assert_eq!(e.tensor(), Some("b"));
        let e = Parameters::load(one()).get("a", &[2], Init::Zeros).unwrap_err();
        assert!(e.message().contains("[3]") && e.message().contains("[2]"), "{e}");
        assert!(Parameters::load(one()).finish().is_err());
        Ok(())
    }
}
