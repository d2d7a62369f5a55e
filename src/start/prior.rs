//! The parameters from which the rows of new types are made: learnt in priming, kept with the model.

use candle_core::{DType, Device, Tensor};

use super::head::{Evidence, Role, Words};
use crate::error::{Error, Result};
use crate::peft::Tensors;

/// What the names of the tensors begin with.
pub(crate) const PREFIX: &str = "start.";

/// Shared parts of the head's rows. A row is a point in the space of the encoder's output, centred: a word belongs to the
/// tag whose point is nearest, in a metric with one learnt factor a dimension.
#[derive(Debug, Clone)]
pub(crate) struct Prior {
    /// What is subtracted from the encoder's output, `[hidden]`.
    pub centre: Tensor,
    /// The point of O, of B and of I without a type, `[hidden]` each.
    pub outside: Tensor,
    pub begin: Tensor,
    pub inside: Tensor,
    /// From a name's mean output of length 1 to a type's offset, `[hidden, hidden]`.
    pub map: Tensor,
    /// Logarithm of the factor of every dimension, `[hidden]`, and of all of them, `[1]`.
    pub metric: Tensor,
    pub scale: Tensor,
    /// Logarithm of the number of words that a name counts for, `[1]`; the same of O, and of a type without its name.
    pub strength: Tensor,
    pub outside_strength: Tensor,
    pub nameless_strength: Tensor,
    /// Added to the logit of O, `[1]`.
    pub outside_bias: Tensor,
    /// Added to the logits of a type of which no word is known, and in part while there are few, `[1]`.
    pub unseen_bias: Tensor,
}

/// Offset that a name's vector of length 1 is multiplied by before it is mapped, per square root of the width.
const NAME_SCALE: f64 = 0.05;

impl Prior {
    /// The names of the tensors, without their prefix, in the order of [`Prior::list`].
    pub const NAMES: [&str; 12] = [
        "centre",
        "outside",
        "begin",
        "inside",
        "map",
        "metric",
        "scale",
        "strength",
        "outside_strength",
        "nameless_strength",
        "outside_bias",
        "unseen_bias",
    ];

    fn list(&self) -> [&Tensor; 12] {
        [
            &self.centre,
            &self.outside,
            &self.begin,
            &self.inside,
            &self.map,
            &self.metric,
            &self.scale,
            &self.strength,
            &self.outside_strength,
            &self.nameless_strength,
            &self.outside_bias,
            &self.unseen_bias,
        ]
    }

    /// True for a parameter that is one number.
    pub fn is_number(name: &str) -> bool {
        let shape = name.strip_prefix(PREFIX).map(|name| shape(name, 2));
        shape.is_some_and(|shape| shape == [1])
    }

    /// A prior that knows nothing of names, for words whose outputs are the rows of `hidden`, `[words, hidden]`: their
    /// mean is the centre, the means of O, B and I are the points.
    pub fn of_words(hidden: &Tensor, roles: &[Role]) -> Result<Prior> {
        let types = roles.iter().map(|role| match role {
            Role::Outside => 0,
            Role::Begin(kind) | Role::Inside(kind) => kind + 1,
        });
        Prior::of_evidence(&Evidence::of(Words { hidden, roles }, types.max().unwrap_or(0).max(1))?)
    }

    /// [`Prior::of_words`] of what words were found to tell.
    pub fn of_evidence(found: &Evidence) -> Result<Prior> {
        let (width, device) = (found.outside.dim(1)?, found.outside.device());
        let count = |counts: &Tensor| -> Result<f64> { Ok(f64::from(counts.sum_all()?.to_scalar::<f32>()?)) };
        let (begins, insides) = (count(&found.begins)?, count(&found.insides)?);
        if begins == 0.0 || found.outsides == 0.0 {
            return Err(Error::data("the start of a head takes words inside and outside of entities"));
        }
        let (begin, inside) = (found.begin.sum(0)?, found.inside.sum(0)?);
        let outside = found.outside.squeeze(0)?;
        let centre = ((((&begin + &inside)? + &outside)?) / (begins + insides + found.outsides))?;
        let outside = ((outside / found.outsides)? - &centre)?;
        let begin = ((begin / begins)? - &centre)?;
        let inside = if insides == 0.0 { begin.clone() } else { ((inside / insides)? - &centre)? };
        let apart = f64::from((&begin - &outside)?.sqr()?.sum_all()?.to_scalar::<f32>()?).max(1e-6);
        let number = |x: f64| Tensor::new(&[x as f32], device);
        Ok(Prior {
            centre,
            outside,
            begin,
            inside,
            map: Tensor::zeros((width, width), DType::F32, device)?,
            metric: Tensor::zeros(width, DType::F32, device)?,
            // The sum of squared distances between O and B becomes 20 logits.
            scale: number((20.0 / apart).ln())?,
            strength: number(2f64.ln())?,
            outside_strength: number(200f64.ln())?,
            nameless_strength: number(2f64.ln())?,
            outside_bias: number(0.0)?,
            unseen_bias: number(0.0)?,
        })
    }

    /// The prior whose tensors, named with the prefix, are among these.
    ///
    /// # Errors
    /// `Format`, naming the tensor, for one that is missing or of another shape.
    pub fn from_tensors(tensors: &Tensors, hidden: usize) -> Result<Prior> {
        let take = |name: &str| -> Result<Tensor> {
            let whole = format!("{PREFIX}{name}");
            let tensor =
                tensors.get(&whole).ok_or_else(|| Error::format("the start lacks a tensor").about_tensor(&whole))?;
            match tensor.dims() == shape(name, hidden) {
                true => Ok(tensor.clone()),
                false => {
                    let message = format!("shape {:?} instead of {:?}", tensor.dims(), shape(name, hidden));
                    Err(Error::format(message).about_tensor(&whole))
                }
            }
        };
        Ok(Prior {
            centre: take("centre")?,
            outside: take("outside")?,
            begin: take("begin")?,
            inside: take("inside")?,
            map: take("map")?,
            metric: take("metric")?,
            scale: take("scale")?,
            strength: take("strength")?,
            outside_strength: take("outside_strength")?,
            nameless_strength: take("nameless_strength")?,
            outside_bias: take("outside_bias")?,
            unseen_bias: take("unseen_bias")?,
        })
    }

    /// Refuses numbers of which no head can be made: what is meant as a logarithm must have a power.
    ///
    /// # Errors
    /// `Format`, naming the tensor.
    pub fn check(&self) -> Result<()> {
        const LARGEST: f32 = 30.0;
        for (name, tensor) in Prior::NAMES.into_iter().zip(self.list()) {
            let limit = match name {
                "metric" | "scale" | "strength" | "outside_strength" | "nameless_strength" => LARGEST,
                _ => 1e6,
            };
            let largest = tensor.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()?;
            // Not a number is refused too.
            if largest.is_nan() || largest > limit {
                let message = format!("a number of size {largest}, more than {limit}");
                return Err(Error::format(message).about_tensor(format!("{PREFIX}{name}")));
            }
        }
        Ok(())
    }

    /// The tensors with their names, on the host.
    pub fn to_tensors(&self) -> Result<Tensors> {
        let named = Prior::NAMES.into_iter().zip(self.list());
        named.map(|(name, t)| Ok((format!("{PREFIX}{name}"), t.to_device(&Device::Cpu)?.detach()))).collect()
    }

    /// A type's offset as its name has it, `[types, hidden]`, for the mean outputs of names, `[types, hidden]`.
    pub(super) fn of_names(&self, names: &Tensor) -> Result<Tensor> {
        let width = names.dim(1)? as f64;
        let length = (names.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?;
        let unit = names.broadcast_div(&length)?;
        Ok((unit.matmul(&self.map.t()?)? * (NAME_SCALE * width.sqrt()))?)
    }
}

fn shape(name: &str, hidden: usize) -> Vec<usize> {
    match name {
        "map" => vec![hidden, hidden],
        "centre" | "outside" | "begin" | "inside" | "metric" => vec![hidden],
        _ => vec![1],
    }
}
