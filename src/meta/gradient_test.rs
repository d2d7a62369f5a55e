//! Meta-gradients against differences of the query loss itself, in every scope and with every switch.

use std::cell::Cell;

use candle_core::Tensor;

use super::maml::{Batches, How, Inner, MetaGradient, meta_gradient};
use super::objective::{Compute, Objective, moved};
use super::options::{Hessian, InnerScope, Order, PrimeOptions};
use super::space::{Group, Heads, Space};
use super::task::{Encoded, Task, tags};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::ops::live;
use crate::peft::{Bottleneck, Method, Tensors};
use crate::small;
use crate::train::Counter;
use crate::train::gradients::{Gradient, Gradients, global_norm, square};

/// A small problem: where it stands, and how its episode is learnt from.
struct Problem {
    space: Space,
    start: Vec<Tensor>,
    ids: Vec<u32>,
    task: Encoded,
    scope: InnerScope,
    steps: usize,
    multi_step: bool,
    fresh: bool,
}

impl Problem {
    fn new(scope: InnerScope, steps: usize, multi_step: bool, fresh: bool) -> Result<Problem> {
        let (_folder, model) = small::model();
        let method = Method::Bottleneck(Bottleneck { norm_before: true, ..Bottleneck::houlsby(model.config(), 4) });
        let options = PrimeOptions { support: 4, query: 4, ..PrimeOptions::new(method) };
        let task = Task::new("t", small::dataset(16, 3));
        let options = options.resolve(model.config(), task.data.types())?;
        let tags = tags(std::slice::from_ref(&task), &options)?;
        let (cancel, mut tell) = (Cancel::new(), |_, _, _| std::ops::ControlFlow::Continue(()));
        let encoded = Encoded::new(&model, &task, &tags, &options, usize::MAX, &mut Counter::new(&cancel, &mut tell))?;
        let (space, mut start) = Space::new(&model, &options, Heads::Rows(tags.len()), Tensors::new())?;
        let all: Vec<usize> = (0..16).collect();
        let mut ids: Vec<u32> = encoded.sequences(&all).iter().flat_map(|s| s.window.ids.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        start[space.rows] = model.encoder().embeddings.word.base(&ids)?;
        Ok(Problem { space, start, ids, task: encoded, scope, steps, multi_step, fresh })
    }

    fn rates(&self) -> Vec<f32> {
        (0..self.space.inner(self.scope).len()).map(|i| 0.4 + 0.1 * (i % 3) as f32).collect()
    }

    fn gradient(&self, point: &[Tensor], rates: &[f32], order: Order) -> Result<MetaGradient> {
        let (cancel, compute) = (Cancel::new(), Cell::new(Compute::default()));
        let objective = Objective {
            space: &self.space,
            ids: &self.ids,
            micro_batch_pieces: 40,
            cancel: &cancel,
            compute: &compute,
        };
        let support = |from: usize| self.task.sequences(&(from..from + 4).collect::<Vec<_>>());
        let supports = if self.fresh { vec![support(0), support(4)] } else { vec![support(0)] };
        let batches = Batches { supports, query: support(8) };
        let (outer, inner) = (self.space.inner(InnerScope::Everything), self.space.inner(self.scope));
        let inner = Inner { parameters: &inner, rates, steps: self.steps };
        let how = How { order, multi_step: self.multi_step, rates: true };
        let found = meta_gradient(&objective, point, &outer, &inner, &batches, &how)?;
        let again = (self.steps * if order == Order::First { 1 } else { 3 }) as u64;
        let queries = if self.multi_step { self.steps as u64 } else { 1 };
        assert_eq!((compute.get().forward, compute.get().backward), (again + queries, again + queries));
        Ok(found)
    }

    /// By how much the gradient of each group, and of the rates, misses the slope along itself, in relation to it.
    fn misses(&self, order: Order) -> Result<Vec<f64>> {
        let rates = self.rates();
        let found = self.gradient(&self.start, &rates, order)?;
        let loss = |point: &[Tensor], rates: &[f32]| -> Result<f64> {
            Ok(self.gradient(point, rates, Order::First)?.query_loss)
        };
        let mut misses = Vec::new();
        for group in [Group::Encoder, Group::Embeddings, Group::Phi] {
            let part = |(g, of): (&Option<Gradient>, &Group)| g.clone().filter(|_| *of == group);
            let part: Gradients = found.gradients.iter().zip(&self.space.groups).map(part).collect();
            let norm = global_norm(&part)?;
            let step = 3e-3 / norm;
            let at = |step: f64| loss(&moved(&self.start, &part, |_| step as f32)?, &rates);
            let slope = (at(step)? - at(-step)?) / (2.0 * step);
            misses.push((slope / (norm * norm) - 1.0).abs());
        }
        let found = found.rates.unwrap();
        let norm = square(&found).sqrt();
        let step = 1e-2 / norm;
        let at = |step: f64| {
            let rates: Vec<f32> = rates.iter().zip(&found).map(|(r, g)| r + step as f32 * g).collect();
            loss(&self.start, &rates)
        };
        misses.push(((at(step)? - at(-step)?) / (2.0 * step) / (norm * norm) - 1.0).abs());
        Ok(misses)
    }
}

#[test]
fn exact_gradients_are_the_slopes_of_the_loss_and_first_order_ones_are_not() -> Result<()> {
    for (scope, steps, multi_step, fresh) in [
        (InnerScope::Phi, 1, false, false),
        (InnerScope::Phi, 2, false, true),
        (InnerScope::Phi, 2, true, true),
        (InnerScope::Head, 2, false, false),
        (InnerScope::Everything, 2, true, false),
    ] {
        let problem = Problem::new(scope, steps, multi_step, fresh)?;
        for hessian in [Hessian::Tangents, Hessian::Differences] {
            let exact = problem.misses(Order::Second(hessian))?;
            assert!(exact.iter().all(|m| *m < 0.02), "{hessian:?}, {scope:?}, {steps} steps, {multi_step}: {exact:?}");
        }
        let first = problem.misses(Order::First)?;
        assert!(first[..3].iter().any(|miss| *miss > 0.05), "{scope:?}, {steps} steps, {multi_step}: {first:?}");
    }
    Ok(())
}

/// Of the inner loop, the walk back keeps the adapted parameters alone: no graph of a step outlives it.
#[test]
fn memory_is_flat_in_the_number_of_inner_steps() -> Result<()> {
    for order in [Order::First, Order::Second(Hessian::Tangents), Order::Second(Hessian::Differences)] {
        let peak = |steps: usize| -> Result<usize> {
            let problem = Problem::new(InnerScope::Phi, steps, true, false)?;
            let (found, peak) = live::peak(|| problem.gradient(&problem.start, &problem.rates(), order));
            found.map(|_| peak)
        };
        let one = peak(1)?;
        assert!(one > 10_000, "the tapes are counted");
        for steps in [2, 5] {
            assert_eq!(peak(steps)?, one, "{order:?}, {steps} steps");
        }
    }
    Ok(())
}
