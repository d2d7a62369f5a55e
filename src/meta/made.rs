//! The query loss of an episode whose head is made of names and support words, and its gradient through the making.

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Tensor, Var};

use super::episode::random_of;
use super::objective::Objective;
use super::resolve::ResolvedPrime;
use super::space::Group;
use super::task::Encoded;
use super::type_episode::{Chosen, Types};
use crate::cancel::Cancel;
use crate::data::{Batch, Sequence, TagSet, draw, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::ops::{self, Tape};
use crate::peft::{Parameters, Tensors, build};
use crate::start::{Prior, Role, Words, mean_pieces, roles};
use crate::text::Window;
use crate::train::gradients::{Gradient, Gradients, accumulate};

/// What an episode is made of.
pub(super) struct Made<'a> {
    pub task: &'a Encoded,
    pub types: &'a Types,
    pub chosen: &'a Chosen,
    pub support: Vec<&'a Sequence>,
    pub query: Vec<&'a Sequence>,
}

impl Made<'_> {
    /// The tags that the head tells apart.
    pub fn tags(&self) -> Result<TagSet> {
        let names = self.chosen.rows.iter().map(|kind| self.task.tags.types()[*kind].clone()).collect();
        TagSet::new(self.task.tags.scheme(), names)
    }

    /// The names of the rows, where the head knows them.
    fn names(&self) -> Vec<&Window> {
        match self.chosen.named {
            true => self.chosen.rows.iter().map(|kind| &self.types.names[*kind]).collect(),
            false => Vec::new(),
        }
    }

    /// What the words of `sequences` are in this episode: `None` for an entity of a type that has no row, though it was
    /// drawn; one that was not drawn is outside.
    fn roles(&self, sequences: &[&Sequence]) -> Vec<Option<Role>> {
        let targets = sequences.iter().flat_map(|s| &s.targets).copied();
        let row = |kind: usize| self.chosen.rows.iter().position(|row| *row == kind);
        let other = |kind: usize| (!self.chosen.types.contains(&kind)).then_some(Role::Outside);
        let role = |role| match role {
            Role::Outside => Some(Role::Outside),
            Role::Begin(kind) => row(kind).map(Role::Begin).or_else(|| other(kind)),
            Role::Inside(kind) => row(kind).map(Role::Inside).or_else(|| other(kind)),
        };
        roles(&self.task.tags, targets).into_iter().map(role).collect()
    }

    /// The episode's tags of the labelled pieces of `sequences`, `None` where they do not count.
    pub fn targets(&self, sequences: &[&Sequence], tags: &TagSet) -> Vec<Option<u32>> {
        let own = sequences.iter().flat_map(|s| &s.targets);
        let name = |tag: u32| self.task.tags.name(tag as usize);
        let target = |(tag, role): (&u32, Option<Role>)| match role? {
            Role::Outside => Some(0),
            _ => tags.parse(&name(*tag)).map(|tag| tag as u32),
        };
        own.zip(self.roles(sequences)).map(target).collect()
    }

    /// Weight and bias of the head, and the mean vectors' and words' part in it, from the outputs of the support words and
    /// of the names' pieces.
    pub fn head(
        &self,
        prior: &Prior,
        tags: &TagSet,
        support: Option<&Tensor>,
        names: Option<&Tensor>,
    ) -> Result<(Tensor, Tensor)> {
        let lengths: Vec<usize> = self.names().iter().map(|window| window.ids.len()).collect();
        let names = names.map(|pieces| mean_pieces(pieces, &lengths)).transpose()?;
        let roles = self.roles(&self.support);
        let counted: Vec<u32> = (0..).zip(&roles).filter(|(_, role)| role.is_some()).map(|(i, _)| i).collect();
        let roles: Vec<Role> = roles.into_iter().flatten().collect();
        let hidden = match support {
            Some(hidden) if !roles.is_empty() => Some(hidden.index_select(&Tensor::new(counted, hidden.device())?, 0)?),
            _ => None,
        };
        let words = hidden.as_ref().map(|hidden| Words { hidden, roles: &roles });
        prior.head(tags, names.as_ref(), words)
    }

    /// Everything that goes through the encoder, in its order: support, query, names.
    fn batches(&self, pieces: usize) -> Vec<Batch> {
        let windows: Vec<&Window> =
            self.support.iter().chain(&self.query).map(|s| &s.window).chain(self.names()).collect();
        let lengths = windows.iter().map(|w| w.ids.len());
        runs(lengths, pieces).into_iter().map(|run| Batch::of_windows(windows[run].iter().copied())).collect()
    }
}

/// The labelled pieces of `sequences`.
pub(super) fn labelled(sequences: &[&Sequence]) -> usize {
    sequences.iter().map(|s| s.targets.len()).sum()
}

/// Rows `start..start + length`; `None` where there are none.
pub(super) fn rows(of: &Tensor, start: usize, length: usize) -> Result<Option<Tensor>> {
    if length == 0 { Ok(None) } else { Ok(Some(of.narrow(0, start, length)?)) }
}

impl Objective<'_> {
    /// The mean query loss at `point` and its gradient for the parameters `wanted`, as [`Objective::gradient`]; `None`
    /// where no query word counts.
    pub fn made_gradient(
        &self,
        point: &[Tensor],
        wanted: &[usize],
        episode: &Made,
    ) -> Result<Option<(f64, Gradients)>> {
        self.cancel.check()?;
        let all: Vec<&Sequence> = episode.support.iter().chain(&episode.query).copied().collect();
        self.count(1, &all);
        let model = self.space.at(point, self.ids)?;
        let is_prior = |i: &usize| self.space.groups[*i] == Group::Prior;
        let (of_head, of_encoder): (Vec<usize>, Vec<usize>) = wanted.iter().copied().partition(is_prior);
        let leaves: Vec<&Tensor> = of_encoder.iter().map(|i| &point[*i]).collect();
        // Forward through the encoder first, all of it: what the head is made of reaches into every word's loss.
        let mut passes = Vec::new();
        for batch in episode.batches(self.micro_batch_pieces) {
            self.cancel.check()?;
            let batch = batch.stopped_by(self.cancel);
            let (hidden, tape) = Tape::record_from(&leaves, || model.hidden(&batch))?;
            passes.push((Var::from_tensor(&hidden)?, hidden, tape));
        }
        let outputs: Vec<&Tensor> = passes.iter().map(|(var, ..)| var.as_tensor()).collect();
        let outputs = Tensor::cat(&outputs, 0)?;
        let (prior, vars) = self.prior(point)?;
        let (supports, queries) = (labelled(&episode.support), labelled(&episode.query));
        let names = outputs.dim(0)? - supports - queries;
        let tags = episode.tags()?;
        let support = rows(&outputs, 0, supports)?;
        let (weight, bias) =
            episode.head(&prior, &tags, support.as_ref(), rows(&outputs, supports + queries, names)?.as_ref())?;
        let targets = episode.targets(&episode.query, &tags);
        let counted: Vec<u32> =
            (supports as u32..).zip(&targets).filter(|(_, t)| t.is_some()).map(|(i, _)| i).collect();
        if counted.is_empty() {
            return Ok(None);
        }
        let device = outputs.device();
        let gold = Tensor::new(targets.into_iter().flatten().collect::<Vec<u32>>(), device)?.unsqueeze(1)?;
        let query = outputs.index_select(&Tensor::new(counted, device)?, 0)?;
        let logits = query.matmul(&weight.t()?)?.broadcast_add(&bias)?;
        let most = logits.detach().max_keepdim(D::Minus1)?;
        let shifted = logits.broadcast_sub(&most)?;
        let losses = (shifted.exp()?.sum_keepdim(1)?.log()? - shifted.gather(&gold, 1)?)?;
        let mean = losses.mean_all()?;
        let loss = f64::from(mean.to_scalar::<f32>()?);
        if !loss.is_finite() {
            let message = "the loss is not a finite number; try a lower learning rate";
            return Err(Error::new(ErrorKind::NonFinite, message));
        }
        let found = mean.backward()?;
        let mut gradients: Gradients = vec![None; point.len()];
        for &i in &of_head {
            let var = vars.get(&self.space.names[i]).and_then(|var| found.get(var));
            gradients[i] = var.map(Gradient::of_tensor).transpose()?;
        }
        let mut sums: Gradients = vec![None; leaves.len()];
        for (var, hidden, tape) in passes {
            let Some(seed) = found.get(&var) else { continue };
            if leaves.is_empty() {
                continue;
            }
            let mut back = tape.backward_until(&hidden, &seed.contiguous()?, || self.cancel.check())?;
            let mine = leaves.iter().map(|leaf| back.take_buffer(leaf).map(Gradient::new).transpose());
            accumulate(&mut sums, 1.0, mine.collect::<Result<_>>()?)?;
        }
        of_encoder.iter().zip(sums).for_each(|(i, g)| gradients[*i] = g);
        Ok(Some((loss, gradients)))
    }

    /// The prior at `point`, made of variables, by name.
    fn prior(&self, point: &[Tensor]) -> Result<(Prior, BTreeMap<String, Var>)> {
        let vars = self.space.of_group(Group::Prior, point).into_iter();
        let vars = vars.map(|(name, t)| Ok((name, Var::from_tensor(&t.detach())?)));
        let vars = vars.collect::<Result<BTreeMap<_, _>>>()?;
        let tensors: Tensors = vars.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        Ok((Prior::from_tensors(&tensors, self.space.hidden())?, vars))
    }
}

/// Sentences of a task that a first prior is made of.
const FIRST_SENTENCES: usize = 8;

/// Sentences of all tasks together.
const FIRST_LIMIT: usize = 256;

/// The tensors of a prior that knows B, I and O as the model with `initial` sees them in some sentences of every task.
pub(super) fn first_prior(
    model: &Model,
    options: &ResolvedPrime,
    tasks: &[Encoded],
    initial: &Tensors,
    cancel: &Cancel,
) -> Result<Tensors> {
    let encoder = model.placed(options.precision)?;
    let mut parameters = Parameters::train(options.seed, initial.clone()).on(&encoder.place().device);
    let built = build(&options.method, encoder, 1, &[], &mut parameters)?;
    let each = (FIRST_LIMIT / tasks.len().max(1)).clamp(1, FIRST_SENTENCES);
    let mut random = random_of(options, usize::MAX >> 24, 0);
    let (mut outputs, mut known) = (Vec::new(), Vec::new());
    for task in tasks {
        cancel.check()?;
        let sentences = draw(task.len(), each.min(task.len()), &mut random);
        let sequences = task.sequences(&sentences);
        let batch = Batch::of_sequences(sequences.iter().copied()).stopped_by(cancel);
        let hidden = model.pool().install(|| -> Result<Tensor> {
            let hidden = encoder.forward(&batch, &built.adaptation)?;
            Ok(ops::cast(&ops::select_rows(&hidden, &batch.labelled)?, DType::F32)?.detach())
        })?;
        outputs.push(hidden.to_device(&Device::Cpu)?);
        known.extend(roles(&task.tags, batch.targets.iter().copied()));
    }
    Prior::of_words(&Tensor::cat(&outputs, 0)?, &known)?.to_tensors()
}
