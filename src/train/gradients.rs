//! What is done with the gradients of all variables together: norms, clipping, sums.
//!
//! A backbone has tens of millions of them, so everything here runs on all threads of the current pool, or where the
//! gradients are. On the host the order of every sum is fixed: the number of threads changes no bit.

use candle_core::{D, Tensor};
use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Buffer, is_composed};

/// One gradient a variable, in the order of the variables; `None` where it has none.
pub(crate) type Gradients = Vec<Option<Gradient>>;

/// A variable's gradient.
#[derive(Debug, Clone)]
pub(crate) enum Gradient {
    /// Flat, on the host.
    Host(Vec<f32>),
    /// In the variable's shape, where it is.
    Device(Tensor),
}

impl Gradient {
    /// What a backward pass gave.
    pub fn new(buffer: Buffer) -> Result<Gradient> {
        match buffer {
            Buffer::F32(values) => Ok(Gradient::Host(values)),
            Buffer::Device(tensor) => Ok(Gradient::Device(tensor)),
            Buffer::F64(_) => Err(Error::new(ErrorKind::Compute, "internal: a variable in double precision")),
        }
    }

    /// The numbers of `x` where a gradient of `x` would stand.
    pub fn of_tensor(x: &Tensor) -> Result<Gradient> {
        Ok(match is_composed(x.device()) {
            true => Gradient::Device(x.detach()),
            false => Gradient::Host(x.flatten_all()?.to_vec1()?),
        })
    }

    /// A gradient of `x` that was computed elsewhere, from its numbers, flat.
    pub fn for_tensor(x: &Tensor, values: Vec<f32>) -> Result<Gradient> {
        Ok(match is_composed(x.device()) {
            true => Gradient::Device(Tensor::from_vec(values, x.shape(), x.device())?),
            false => Gradient::Host(values),
        })
    }

    /// The numbers, flat.
    pub fn to_host(&self) -> Result<Vec<f32>> {
        Ok(match self {
            Gradient::Host(values) => values.clone(),
            Gradient::Device(tensor) => tensor.flatten_all()?.to_vec1()?,
        })
    }

    /// The numbers, flat, without a copy where they are on the host.
    pub fn into_host(self) -> Result<Vec<f32>> {
        match self {
            Gradient::Host(values) => Ok(values),
            device => device.to_host(),
        }
    }

    /// The sum of the squares.
    #[cfg(test)]
    pub fn square(&self) -> Result<f64> {
        Ok(match self {
            Gradient::Host(values) => square(values),
            Gradient::Device(tensor) => f64::from(tensor.sqr()?.sum_all()?.to_scalar::<f32>()?),
        })
    }

    pub fn is_finite(&self) -> Result<bool> {
        Ok(match self {
            Gradient::Host(values) => values.iter().all(|v| v.is_finite()),
            // What is not finite has no product with zero.
            Gradient::Device(tensor) => (tensor * 0.0)?.sum_all()?.to_scalar::<f32>()? == 0.0,
        })
    }

    /// The sum of the products with those of `other`, of the same variable.
    pub fn dot(&self, other: &Gradient) -> Result<f64> {
        match (self, other) {
            (Gradient::Host(a), Gradient::Host(b)) => {
                Ok(a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum())
            }
            (Gradient::Device(a), Gradient::Device(b)) => Ok(f64::from((a * b)?.sum_all()?.to_scalar::<f32>()?)),
            _ => Err(apart()),
        }
    }

    /// Multiplies all numbers by `factor`.
    pub fn scale(&mut self, factor: f32) -> Result<()> {
        match self {
            Gradient::Host(values) => scale(values, factor),
            Gradient::Device(tensor) => *tensor = (&*tensor * f64::from(factor))?,
        }
        Ok(())
    }

    /// Adds `factor · other`, of the same variable.
    pub fn add_scaled(&mut self, factor: f32, other: &Gradient) -> Result<()> {
        match (self, other) {
            (Gradient::Host(sum), Gradient::Host(values)) => add_scaled(sum, factor, values),
            (Gradient::Device(sum), Gradient::Device(tensor)) if factor == 1.0 => *sum = (&*sum + tensor)?,
            (Gradient::Device(sum), Gradient::Device(tensor)) => *sum = (&*sum + (tensor * f64::from(factor))?)?,
            _ => return Err(apart()),
        }
        Ok(())
    }
}

fn apart() -> Error {
    Error::new(ErrorKind::Compute, "internal: gradients of a variable in two places")
}

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

/// The sum of the squares of all of `gradients` together; not finite where one is not. One wait for a device.
pub(crate) fn squares<'a>(gradients: impl Iterator<Item = &'a Gradient>) -> Result<f64> {
    let (mut host, mut device) = (0.0, Vec::new());
    for gradient in gradients {
        match gradient {
            Gradient::Host(values) => host += square(values),
            Gradient::Device(tensor) => device.push(tensor.sqr()?.sum_all()?),
        }
    }
    let device = match device.is_empty() {
        true => 0.0,
        false => f64::from(Tensor::stack(&device, 0)?.sum(D::Minus1)?.to_scalar::<f32>()?),
    };
    Ok(host + device)
}

/// The norm of all gradients taken together; not finite where a gradient is not.
pub(crate) fn global_norm(gradients: &Gradients) -> Result<f64> {
    Ok(squares(gradients.iter().flatten())?.sqrt())
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
pub(crate) fn accumulate(sums: &mut Gradients, factor: f32, gradients: Gradients) -> Result<()> {
    for (sum, gradient) in sums.iter_mut().zip(gradients) {
        match (sum, gradient) {
            (Some(sum), Some(gradient)) => sum.add_scaled(factor, &gradient)?,
            (sum @ None, Some(mut gradient)) => {
                if factor != 1.0 {
                    gradient.scale(factor)?;
                }
                *sum = Some(gradient);
            }
            (_, None) => {}
        }
    }
    Ok(())
}

/// The factor that brings a gradient of this norm down to `limit`, as PyTorch's `clip_grad_norm_` has it; 1 where it is
/// within, or `limit` is 0.
pub(crate) fn clip_factor(norm: f64, limit: f64) -> f64 {
    if limit > 0.0 { (limit / (norm + 1e-6)).min(1.0) } else { 1.0 }
}

/// Scales gradients down to the norm `limit`; gives the norm before.
pub(crate) fn clip(gradients: &mut Gradients, limit: f64) -> Result<f64> {
    let norm = global_norm(gradients)?;
    let factor = clip_factor(norm, limit);
    if factor < 1.0 {
        gradients.iter_mut().flatten().try_for_each(|g| g.scale(factor as f32))?;
    }
    Ok(norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    type Place = fn(&[f32]) -> Gradient;

    fn host(values: &[f32]) -> Gradient {
        Gradient::Host(values.to_vec())
    }

    fn device(values: &[f32]) -> Gradient {
        Gradient::Device(Tensor::new(values, &Device::Cpu).unwrap())
    }

    const PLACES: [Place; 2] = [host, device];

    fn numbers(gradients: &Gradients) -> Vec<Option<Vec<f32>>> {
        gradients.iter().map(|g| g.as_ref().map(|g| g.to_host().unwrap())).collect()
    }

    #[test]
    fn clipping_keeps_the_direction() -> Result<()> {
        for place in PLACES {
            let mut g = vec![Some(place(&[3.0, 0.0])), None, Some(place(&[4.0]))];
            assert_eq!(clip(&mut g, 1.0)?, 5.0);
            assert!((global_norm(&g)? - 1.0).abs() < 1e-5);
            let kept = numbers(&g);
            clip(&mut g, 10.0)?;
            assert_eq!(numbers(&g), kept);
            clip(&mut g, 0.0)?;
            assert_eq!(numbers(&g), kept, "no limit");
        }
        Ok(())
    }

    #[test]
    fn long_and_short_lists_are_summed_whole() -> Result<()> {
        for n in [0, 1, 15, 16, 17, TASK, 3 * TASK + 5] {
            assert_eq!(square(&vec![2.0; n]), 4.0 * n as f64);
        }
        for place in PLACES {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut values = vec![1.0; 2 * TASK];
                assert!(place(&values).is_finite()?);
                values[TASK + 3] = bad;
                let gradient = place(&values);
                assert!(!gradient.is_finite()? && !global_norm(&vec![Some(gradient)])?.is_finite());
            }
        }
        Ok(())
    }

    #[test]
    fn sums_take_what_is_there() -> Result<()> {
        for place in PLACES {
            let mut sums = vec![None, Some(place(&[1.0, 2.0])), Some(place(&[5.0]))];
            accumulate(&mut sums, 0.5, vec![Some(place(&[4.0])), Some(place(&[2.0, 2.0])), None])?;
            assert_eq!(numbers(&sums), [Some(vec![2.0]), Some(vec![2.0, 3.0]), Some(vec![5.0])]);
        }
        Ok(())
    }

    #[test]
    fn gradients_of_two_places_are_not_mixed() -> Result<()> {
        assert_eq!(host(&[1.0, 2.0]).dot(&host(&[3.0, 4.0]))?, 11.0);
        assert_eq!(device(&[1.0, 2.0]).dot(&device(&[3.0, 4.0]))?, 11.0);
        assert!(host(&[1.0]).dot(&device(&[1.0])).is_err());
        assert!(accumulate(&mut vec![Some(device(&[1.0]))], 1.0, vec![Some(host(&[1.0]))]).is_err());
        Ok(())
    }
}
