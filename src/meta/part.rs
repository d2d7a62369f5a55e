//! What episodes give an update, and how those of all ranks are added up.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::objective::Compute;
use super::team::{self, Team};
use crate::error::Result;
use crate::train::gradients::{Gradient, Gradients, accumulate};

/// What one episode gives.
pub(super) struct Part {
    /// As long as the space.
    pub gradients: Gradients,
    /// Of the inner rates, where they are learnt.
    pub rates: Option<Vec<f32>>,
    pub tally: Tally,
}

impl Part {
    /// The part with its gradients on the host: a device need not hold those of several episodes.
    pub fn on_host(mut self) -> Result<Part> {
        for gradient in self.gradients.iter_mut() {
            *gradient = gradient.take().map(|g| g.into_host().map(Gradient::Host)).transpose()?;
        }
        Ok(self)
    }
}

/// The numbers of an episode that are no gradients.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub support_loss: f64,
    pub query_loss: Option<f64>,
    pub query_f1: Option<f64>,
    pub compute: Compute,
}

/// What several episodes give, each with its share in the update.
pub(super) struct Sum {
    share: f64,
    pub gradients: Gradients,
    pub rates: Option<Vec<f32>>,
    /// Passes are counted whole.
    pub tally: Tally,
}

impl Sum {
    /// Of no episode yet; each will count `share`, and may have gradients for `parameters` and for `rates`, where they are
    /// learnt.
    pub fn new(share: f64, parameters: usize, rates: Option<usize>) -> Sum {
        let rates = rates.map(|count| vec![0.0; count]);
        Sum { share, gradients: vec![None; parameters], rates, tally: Tally::default() }
    }

    /// Takes up an episode.
    pub fn add(&mut self, part: Part) -> Result<()> {
        let share = self.share as f32;
        accumulate(&mut self.gradients, share, part.gradients)?;
        if let (Some(sums), Some(rates)) = (&mut self.rates, part.rates) {
            sums.iter_mut().zip(rates).for_each(|(s, r)| *s += share * r);
        }
        self.count(&part.tally);
        Ok(())
    }

    fn count(&mut self, tally: &Tally) {
        let share = self.share;
        let add = |sum: &mut Option<f64>, value: Option<f64>| {
            if let Some(value) = value {
                *sum.get_or_insert(0.0) += share * value;
            }
        };
        self.tally.support_loss += share * tally.support_loss;
        add(&mut self.tally.query_loss, tally.query_loss);
        add(&mut self.tally.query_f1, tally.query_f1);
        self.tally.compute += tally.compute;
    }

    /// Takes up the episodes of all ranks, in their order: every rank has the bits that one process would have. `mine` is
    /// what stays here, the sum, and this rank's episodes, or why there are none; one process alone has added them already.
    /// `point` gives the parameters.
    ///
    /// # Errors
    /// Of any rank, on all of them.
    pub fn add_all<K>(
        team: &dyn Team,
        mine: Result<(K, Sum, Vec<Part>)>,
        point: impl Fn(&K) -> &[Tensor],
    ) -> Result<(K, Sum)> {
        let mine = mine.map(|(kept, sum, parts)| {
            let present = |part: &Part| part.gradients.iter().map(Option::is_some).collect::<Vec<bool>>();
            let told: Vec<_> = parts.iter().map(|part| (part.tally.clone(), present(part))).collect();
            ((kept, sum, parts), told)
        });
        let ((kept, mut sum, parts), all) = team::share(team, mine)?;
        if team.size() == 1 {
            return Ok((kept, sum));
        }
        // A rank may have no episode, and an episode no gradient where others have one.
        let there = |i: usize| all.iter().flatten().any(|(_, present)| present[i]);
        let point: Vec<Option<&Tensor>> =
            point(&kept).iter().enumerate().map(|(i, tensor)| there(i).then_some(tensor)).collect();
        let rates = sum.rates.as_ref().map_or(0, Vec::len);
        let length = point.iter().flatten().map(|tensor| tensor.elem_count()).sum::<usize>() + rates;
        let share = sum.share as f32;
        let numbers = parts.into_iter().map(|part| flatten(part, &point, length, share)).collect();
        let numbers = team::agree(team, numbers)?;
        let counts: Vec<usize> = all.iter().map(Vec::len).collect();
        let sums = team::sum(team, numbers, length, &counts)?;
        // A device may fail to take them, on one rank alone.
        team::agree(team, sum.unflatten(&point, &sums))?;
        let rounds = counts.iter().copied().max().unwrap_or(0);
        (0..rounds).flat_map(|round| all.iter().filter_map(move |told| told.get(round))).for_each(|t| sum.count(&t.0));
        Ok((kept, sum))
    }

    /// Takes the gradients and the rates' out of what [`flatten`] made, to where the parameters are.
    fn unflatten(&mut self, point: &[Option<&Tensor>], numbers: &[f32]) -> Result<()> {
        let mut rest = numbers;
        let mut next = |length: usize| {
            let (mine, others) = rest.split_at(length);
            rest = others;
            mine
        };
        for (gradient, tensor) in self.gradients.iter_mut().zip(point) {
            *gradient = match tensor {
                Some(tensor) => Some(Gradient::for_tensor(tensor, next(tensor.elem_count()).to_vec())?),
                None => None,
            };
        }
        if let Some(rates) = &mut self.rates {
            let mine = next(rates.len());
            rates.copy_from_slice(mine);
        }
        Ok(())
    }
}

/// An episode's share in the gradients of the parameters that are given, and in the inner rates': `total` numbers one after
/// another, zeros where it has none.
fn flatten(part: Part, point: &[Option<&Tensor>], total: usize, share: f32) -> Result<Vec<f32>> {
    let mut numbers = Vec::with_capacity(total);
    for (gradient, tensor) in part.gradients.into_iter().zip(point) {
        match (gradient, tensor) {
            (Some(gradient), _) => numbers.extend(gradient.into_host()?.into_iter().map(|g| share * g)),
            (None, Some(tensor)) => numbers.resize(numbers.len() + tensor.elem_count(), 0.0),
            (None, None) => {}
        }
    }
    numbers.extend(part.rates.unwrap_or_default().into_iter().map(|r| share * r));
    numbers.resize(total, 0.0);
    Ok(numbers)
}
