//! The rows of a head, made of a prior, of names and of labelled words.

use candle_core::{DType, Device, Tensor};

use super::prior::Prior;
use crate::data::{Prefix, TagSet};
use crate::error::Result;

/// What a labelled word tells of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It stands outside of all entities.
    Outside,
    /// An entity of the type of this number begins with it.
    Begin(usize),
    /// It stands inside of one.
    Inside(usize),
}

/// The roles of these tags.
pub(crate) fn roles(tags: &TagSet, targets: impl IntoIterator<Item = u32>) -> Vec<Role> {
    let role = |tag: u32| match (tags.type_of(tag as usize), tags.prefix(tag as usize)) {
        (Some(kind), Prefix::B | Prefix::S) => Role::Begin(kind),
        (Some(kind), _) => Role::Inside(kind),
        (None, _) => Role::Outside,
    };
    targets.into_iter().map(role).collect()
}

/// The words of given sentences.
pub(crate) struct Words<'a> {
    /// The encoder's output, `[words, hidden]`.
    pub hidden: &'a Tensor,
    /// A role a word.
    pub roles: &'a [Role],
}

impl Prior {
    /// Weight `[tags, hidden]` and bias `[tags]` of a head for `tags`, by differentiable operations. `names` are the mean
    /// outputs of the types' names, `[types, hidden]`.
    ///
    /// With n words of type t, x their centred outputs, p the offset that the name gives and k its strength, the offset of
    /// the type is `v = (Σ (x - B or I) + k p) / (n + k)`, its points are B + v and I + v. Minus half the squared distance
    /// to a point, less what is the same for all tags, is a linear function of the output.
    pub fn head(&self, tags: &TagSet, names: Option<&Tensor>, words: Option<Words>) -> Result<(Tensor, Tensor)> {
        let (types, width, device) = (tags.types().len(), self.centre.dim(0)?, self.centre.device());
        let prior = match names {
            Some(names) => self.of_names(names)?,
            None => Tensor::zeros((types, width), DType::F32, device)?,
        };
        let strength = if names.is_some() { &self.strength } else { &self.nameless_strength };
        let strength = strength.exp()?;
        let weighted = prior.broadcast_mul(&strength)?;
        let (offset, share, outside) = match words.filter(|words| !words.roles.is_empty()) {
            None => (prior, Tensor::ones((types, 1), DType::F32, device)?, self.outside.clone()),
            Some(words) => {
                let x = words.hidden.broadcast_sub(&self.centre)?;
                let found = Counted::of(words.roles, types, device)?;
                // The sum over a type's words of what is left when B or I is taken away.
                let shared = (found.begin.matmul(&self.begin.unsqueeze(0)?)?
                    + found.inside.matmul(&self.inside.unsqueeze(0)?)?)?;
                let evidence = (found.words.matmul(&x)? - shared)?;
                let count = (&found.begin + &found.inside)?.broadcast_add(&strength)?;
                let offset = (evidence + weighted)?.broadcast_div(&count)?;
                let share = count.recip()?.broadcast_mul(&strength)?;
                let most = self.outside_strength.exp()?;
                let sum = (found.outside.matmul(&x)?.squeeze(0)? + self.outside.broadcast_mul(&most)?)?;
                (offset, share, sum.broadcast_div(&(most + found.outsides)?)?)
            }
        };
        let (begin, inside) = (offset.broadcast_add(&self.begin)?, offset.broadcast_add(&self.inside)?);
        // Row by row in the order of the tags.
        let table = Tensor::cat(&[outside.unsqueeze(0)?, begin, inside], 0)?;
        let row = |tag: usize| match (tags.type_of(tag), tags.prefix(tag)) {
            (Some(kind), Prefix::B | Prefix::S) => (1 + kind) as u32,
            (Some(kind), _) => (1 + types + kind) as u32,
            (None, _) => 0,
        };
        let order = Tensor::new((0..tags.len()).map(row).collect::<Vec<_>>(), device)?;
        let points = table.index_select(&order, 0)?;
        let factor = self.metric.broadcast_add(&self.scale)?.exp()?;
        let weight = points.broadcast_mul(&factor)?;
        let squares = ((&weight * &points)?.sum(1)? * 0.5)?;
        let centre = weight.matmul(&self.centre.unsqueeze(1)?)?.squeeze(1)?;
        let unseen = (share.squeeze(1)?.broadcast_mul(&self.unseen_bias))?;
        let biases = Tensor::cat(&[&self.outside_bias, &unseen, &unseen], 0)?.index_select(&order, 0)?;
        Ok((weight, ((biases - squares)? - centre)?))
    }
}

/// Words by type, as matrices of ones and zeros.
struct Counted {
    /// Which words are of a type, `[types, words]`.
    words: Tensor,
    /// How many begin an entity of it and how many stand inside, `[types, 1]`.
    begin: Tensor,
    inside: Tensor,
    /// Which stand outside, `[1, words]`, and how many.
    outside: Tensor,
    outsides: f64,
}

impl Counted {
    fn of(roles: &[Role], types: usize, device: &Device) -> Result<Counted> {
        let n = roles.len();
        let (mut words, mut outside) = (vec![0f32; types * n], vec![0f32; n]);
        let (mut begin, mut inside) = (vec![0f32; types], vec![0f32; types]);
        for (i, role) in roles.iter().enumerate() {
            match *role {
                Role::Outside => outside[i] = 1.0,
                Role::Begin(kind) => (words[kind * n + i], begin[kind]) = (1.0, begin[kind] + 1.0),
                Role::Inside(kind) => (words[kind * n + i], inside[kind]) = (1.0, inside[kind] + 1.0),
            }
        }
        let outsides = f64::from(outside.iter().sum::<f32>());
        Ok(Counted {
            words: Tensor::from_vec(words, (types, n), device)?,
            begin: Tensor::from_vec(begin, (types, 1), device)?,
            inside: Tensor::from_vec(inside, (types, 1), device)?,
            outside: Tensor::from_vec(outside, (1, n), device)?,
            outsides,
        })
    }
}
