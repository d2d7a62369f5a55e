//! The rows of a head, made of a prior, of names and of labelled words.

use candle_core::{DType, Tensor};

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

/// What is expected of the types before any of their words is seen.
pub(crate) struct Expected {
    /// The offset of every type, `[types, hidden]`.
    pub offset: Tensor,
    /// The number of words that it counts for, `[types, 1]`.
    pub strength: Tensor,
    /// Which types are new, `[types, 1]`: 1, and 0 for one that priming has seen.
    pub new: Tensor,
}

impl Prior {
    /// Weight `[tags, hidden]` and bias `[tags]` of a head for `tags`, by differentiable operations. `names` are the mean
    /// outputs of the types' names, `[types, hidden]`.
    ///
    /// With n words of type t, x their centred outputs, p the offset that the name gives and k its strength, the offset of
    /// the type is `v = (Σ (x - B or I) + k p) / (n + k)`, its points are B + v and I + v. Minus half the squared distance
    /// to a point, less what is the same for all tags, is a linear function of the output.
    pub fn head(&self, tags: &TagSet, names: Option<&Tensor>, words: Option<Words>) -> Result<(Tensor, Tensor)> {
        let types = tags.types().len();
        let evidence = words.filter(|words| !words.roles.is_empty());
        let evidence = evidence.map(|words| Evidence::of(words, types)).transpose()?;
        self.rows(tags, &self.expected(names, types)?, evidence.as_ref())
    }

    /// What `names`, the mean outputs of the types' names, let one expect; without them all types are the same.
    pub fn expected(&self, names: Option<&Tensor>, types: usize) -> Result<Expected> {
        let device = self.centre.device();
        let (offset, strength) = match names {
            Some(names) => (self.of_names(names)?, &self.strength),
            None => (Tensor::zeros((types, self.centre.dim(0)?), DType::F32, device)?, &self.nameless_strength),
        };
        let strength = strength.exp()?.broadcast_as((types, 1))?;
        Ok(Expected { offset, strength, new: Tensor::ones((types, 1), DType::F32, device)? })
    }

    /// [`Prior::head`] of what is expected of the types and of what their words tell.
    pub fn rows(&self, tags: &TagSet, expected: &Expected, evidence: Option<&Evidence>) -> Result<(Tensor, Tensor)> {
        let (types, device) = (tags.types().len(), self.centre.device());
        let Expected { offset, strength, new } = expected;
        let (offset, share, outside) = match evidence {
            None => (offset.clone(), new.clone(), self.outside.clone()),
            Some(found) => {
                let count = (found.counts()? + strength)?;
                let weighted = offset.broadcast_mul(strength)?;
                let offset = (self.away(found)? + weighted)?.broadcast_div(&count)?;
                let share = (strength / count)?.mul(new)?;
                let most = self.outside_strength.exp()?;
                let sum = (found.outside.squeeze(0)? - (&self.centre * found.outsides)?)?;
                let sum = (sum + self.outside.broadcast_mul(&most)?)?;
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

    /// The sum over each type's words of what is left of their centred outputs when B or I is taken away,
    /// `[types, hidden]`.
    pub(super) fn away(&self, found: &Evidence) -> Result<Tensor> {
        let shared =
            (found.begins.matmul(&self.begin.unsqueeze(0)?)? + found.insides.matmul(&self.inside.unsqueeze(0)?)?)?;
        let centres = found.counts()?.matmul(&self.centre.unsqueeze(0)?)?;
        Ok((((&found.begin + &found.inside)? - centres)? - shared)?)
    }
}

/// What words tell of the types: sums of their outputs, which can be added up over batches.
pub(crate) struct Evidence {
    /// Of the words that begin an entity of a type and of those that stand inside of one, `[types, hidden]` each.
    pub begin: Tensor,
    pub inside: Tensor,
    /// Of the words outside, `[1, hidden]`.
    pub outside: Tensor,
    /// How many they are, `[types, 1]` each, and of words outside.
    pub begins: Tensor,
    pub insides: Tensor,
    pub outsides: f64,
}

impl Evidence {
    /// The evidence of `words` for so many types, by differentiable operations.
    pub fn of(words: Words, types: usize) -> Result<Evidence> {
        let (roles, device) = (words.roles, words.hidden.device());
        let n = roles.len();
        let (mut begin, mut inside, mut outside) = (vec![0f32; types * n], vec![0f32; types * n], vec![0f32; n]);
        let (mut begins, mut insides) = (vec![0f32; types], vec![0f32; types]);
        for (i, role) in roles.iter().enumerate() {
            match *role {
                Role::Outside => outside[i] = 1.0,
                Role::Begin(kind) => (begin[kind * n + i], begins[kind]) = (1.0, begins[kind] + 1.0),
                Role::Inside(kind) => (inside[kind * n + i], insides[kind]) = (1.0, insides[kind] + 1.0),
            }
        }
        let outsides = f64::from(outside.iter().sum::<f32>());
        let sum = |chosen: Vec<f32>, rows: usize| -> Result<Tensor> {
            Ok(Tensor::from_vec(chosen, (rows, n), device)?.matmul(words.hidden)?)
        };
        Ok(Evidence {
            begin: sum(begin, types)?,
            inside: sum(inside, types)?,
            outside: sum(outside, 1)?,
            begins: Tensor::from_vec(begins, (types, 1), device)?,
            insides: Tensor::from_vec(insides, (types, 1), device)?,
            outsides,
        })
    }

    /// That of both.
    pub fn add(&self, other: &Evidence) -> Result<Evidence> {
        Ok(Evidence {
            begin: (&self.begin + &other.begin)?,
            inside: (&self.inside + &other.inside)?,
            outside: (&self.outside + &other.outside)?,
            begins: (&self.begins + &other.begins)?,
            insides: (&self.insides + &other.insides)?,
            outsides: self.outsides + other.outsides,
        })
    }

    /// That of all words but those of `other`, which are among them.
    pub fn less(&self, other: &Evidence) -> Result<Evidence> {
        Ok(Evidence {
            begin: (&self.begin - &other.begin)?,
            inside: (&self.inside - &other.inside)?,
            outside: (&self.outside - &other.outside)?,
            begins: (&self.begins - &other.begins)?,
            insides: (&self.insides - &other.insides)?,
            outsides: self.outsides - other.outsides,
        })
    }

    /// How many words are of each type, `[types, 1]`.
    pub fn counts(&self) -> Result<Tensor> {
        Ok((&self.begins + &self.insides)?)
    }
}
