//! What the runs say together: rates chosen on dev, means and deviations. This is `results.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::grid::{Inputs, Run};
use super::job::{Figures, Results, Training};
use super::journal::Done;
use super::plan::{Plan, Report};
use super::settings::Start;
use super::statistics::{Curve, Point, Stat, mean_curve};
use super::values::Shots;

/// All tables. F1 values lie in 0 to 1; times are seconds, memory is bytes.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub title: String,
    /// `dev` or `test`: the data that the figures are of.
    pub data: &'static str,
    /// The state of each run that they are of.
    pub state: Report,
    pub planned: usize,
    pub done: usize,
    pub seeds: Vec<u64>,
    pub languages: Vec<LanguageSize>,
    pub methods: Vec<MethodSummary>,
}

#[derive(Debug, Serialize)]
pub struct LanguageSize {
    pub name: String,
    pub sentences: usize,
}

#[derive(Debug, Serialize)]
pub struct MethodSummary {
    pub name: String,
    pub kind: &'static str,
    pub arms: Vec<ArmSummary>,
}

#[derive(Debug, Serialize)]
pub struct ArmSummary {
    pub name: String,
    pub cells: Vec<Cell>,
}

/// An arm with a method and a number of shots, at the rate that dev data chose.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// `None` where nothing was trained.
    pub shots: Option<Shots>,
    pub start: Option<Start>,
    pub chosen: Option<Rate>,
    /// Every rate there is, in the plan's order.
    pub tried: Vec<Tried>,
    pub planned: usize,
    pub done: usize,
    /// Of the runs at the chosen rate; their F1 counts as 0.
    pub diverged: usize,
    pub mean: Option<Means>,
    /// In the plan's order; `None` where no run is done.
    pub languages: Vec<Option<Means>>,
    pub updates: Option<Stat>,
    pub seconds: Option<Stat>,
    pub update_seconds: Option<Stat>,
    /// The largest of any run.
    pub peak_memory: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    pub learning_rate: f64,
    pub head_learning_rate: f64,
}

#[derive(Debug, Serialize)]
pub struct Tried {
    #[serde(flatten)]
    pub rate: Rate,
    /// Mean over languages and seeds.
    pub dev_f1: Option<f64>,
    pub runs: usize,
}

/// Figures over seeds, of a language or of the mean over languages.
#[derive(Debug, Serialize)]
pub struct Means {
    pub f1: Stat,
    pub strict: Stat,
    /// Dev F1 before training.
    pub before: Option<Stat>,
    /// F1 of each entity type.
    pub types: BTreeMap<String, Stat>,
    /// Dev F1 over updates.
    pub curve: Vec<Point>,
    /// Each seed's F1.
    pub seeds: Vec<(u64, f64)>,
}

/// A run that is done.
type Finished<'a> = (&'a Run, &'a Results);

impl Summary {
    /// Summarises the runs of `runs` that are in `done`.
    pub fn new(plan: &Plan, inputs: &Inputs, runs: &[Run], done: &Done) -> Summary {
        let reader = Reader { plan, state: plan.reported(), tests: plan.tests() };
        let methods = plan.methods.iter().enumerate().map(|(method, (name, settings))| {
            let arms = plan.arms.iter().enumerate().map(|(arm, (name, _))| {
                let here = runs.iter().filter(|run| run.place.method == method && run.place.arm == arm);
                let here: Vec<&Run> = here.collect();
                let mut columns: Vec<Option<Shots>> = here.iter().map(|run| run.place.shots).collect();
                columns.sort();
                columns.dedup();
                let cell = |shots| reader.cell(shots, here.iter().copied().filter(|r| r.place.shots == shots), done);
                ArmSummary { name: name.clone(), cells: columns.into_iter().map(cell).collect() }
            });
            let kind = settings.method.map_or("none", |m| m.name());
            MethodSummary { name: name.clone(), kind, arms: arms.collect() }
        });
        let size =
            |(i, (name, _)): (usize, &(String, _))| LanguageSize { name: name.clone(), sentences: inputs.sentences(i) };
        Summary {
            title: if plan.title.is_empty() { "Results".to_owned() } else { plan.title.clone() },
            data: if reader.tests { "test" } else { "dev" },
            state: reader.state,
            planned: runs.len(),
            done: runs.iter().filter(|run| done.contains_key(&run.key)).count(),
            seeds: plan.seeds.clone(),
            languages: plan.languages.iter().enumerate().map(size).collect(),
            methods: methods.collect(),
        }
    }
}

/// Knows which of a run's figures count.
struct Reader<'a> {
    plan: &'a Plan,
    state: Report,
    tests: bool,
}

impl Reader<'_> {
    /// The figures that the tables report.
    fn reported<'r>(&self, results: &'r Results) -> &'r Figures {
        let scored = match self.state {
            Report::Last => &results.last,
            Report::Best => &results.best,
        };
        scored.test.as_ref().filter(|_| self.tests).unwrap_or(&scored.dev)
    }

    /// The F1 that chooses rates: never of test data.
    fn dev(&self, results: &Results) -> f64 {
        match self.state {
            Report::Last => results.last.dev.f1,
            Report::Best => results.best.dev.f1,
        }
    }

    fn cell<'r>(&self, shots: Option<Shots>, runs: impl Iterator<Item = &'r Run>, done: &'r Done) -> Cell {
        let runs: Vec<&Run> = runs.collect();
        let finished: Vec<Finished> = runs.iter().filter_map(|run| Some((*run, done.get(&run.key)?))).collect();
        let training = |run: &'r Run| run.job.identity.training.as_ref();
        let mut rates: Vec<Rate> = Vec::new();
        for rate in runs.iter().filter_map(|run| training(run)).map(Rate::of) {
            if !rates.contains(&rate) {
                rates.push(rate);
            }
        }
        let at = |rate: Rate| finished.iter().filter(move |(run, _)| training(run).map(Rate::of) == Some(rate));
        let tried: Vec<Tried> = rates
            .into_iter()
            .map(|rate| Tried {
                rate,
                dev_f1: Stat::of(at(rate).map(|(_, results)| self.dev(results))).map(|s| s.mean),
                runs: at(rate).count(),
            })
            .collect();
        let chosen = choose(&tried);
        let counted: Vec<Finished> = match chosen {
            Some(rate) => at(rate).copied().collect(),
            None => finished.clone(),
        };
        let stat = |value: &dyn Fn(&Results) -> f64| Stat::of(counted.iter().map(|(_, r)| value(r)));
        let languages: Vec<usize> = (0..self.plan.languages.len()).collect();
        Cell {
            shots,
            start: runs.first().and_then(|run| training(run)).map(|t| t.start),
            chosen,
            planned: runs.len(),
            done: finished.len(),
            diverged: counted.iter().filter(|(_, r)| r.diverged.is_some()).count(),
            mean: self.means(&counted, &languages),
            languages: languages.iter().map(|language| self.means(&counted, &[*language])).collect(),
            updates: stat(&|r| r.steps as f64),
            seconds: stat(&|r| r.seconds),
            update_seconds: stat(&|r| r.update_seconds),
            peak_memory: counted.iter().filter_map(|(_, r)| r.peak_memory).max(),
            tried,
        }
    }

    /// Figures over the seeds for which every one of `languages` is done.
    fn means(&self, runs: &[Finished], languages: &[usize]) -> Option<Means> {
        let mut groups: Vec<(u64, Vec<&Results>)> = Vec::new();
        for (run, results) in runs.iter().filter(|(run, _)| languages.contains(&run.place.language)) {
            match groups.iter_mut().find(|(seed, _)| *seed == run.place.seed) {
                Some((_, group)) => group.push(results),
                None => groups.push((run.place.seed, vec![results])),
            }
        }
        groups.retain(|(_, group)| group.len() == languages.len());
        groups.sort_by_key(|(seed, _)| *seed);
        let over = |value: &dyn Fn(&Results) -> Option<f64>| {
            let mean = |(_, group): &(u64, Vec<&Results>)| {
                let values: Option<Vec<f64>> = group.iter().map(|results| value(results)).collect();
                Stat::of(values?).map(|stat| stat.mean)
            };
            Stat::of(groups.iter().filter_map(mean))
        };
        let types = groups.iter().flat_map(|(_, group)| group).flat_map(|r| self.reported(r).types.keys().cloned());
        let types = types.filter_map(|name| {
            let stat = over(&|r| Some(self.reported(r).types.get(&name).copied().unwrap_or(0.0)))?;
            Some((name, stat))
        });
        let curves: Vec<Vec<&Curve>> =
            groups.iter().map(|(_, group)| group.iter().map(|r| r.curve.as_slice()).collect()).collect();
        Some(Means {
            f1: over(&|r| Some(self.reported(r).f1))?,
            strict: over(&|r| Some(self.reported(r).strict))?,
            before: over(&|r| r.before),
            types: types.collect(),
            curve: mean_curve(&curves),
            seeds: groups
                .iter()
                .filter_map(|(seed, group)| Some((*seed, Stat::of(group.iter().map(|r| self.reported(r).f1))?.mean)))
                .collect(),
        })
    }
}

impl Rate {
    fn of(training: &Training) -> Rate {
        Rate { learning_rate: training.learning_rate, head_learning_rate: training.head_learning_rate }
    }
}

/// The rate with the best dev F1 among those of which most runs are done; of equals the first.
fn choose(tried: &[Tried]) -> Option<Rate> {
    let most = tried.iter().map(|t| t.runs).max()?;
    let mut best: Option<(f64, Rate)> = None;
    for t in tried.iter().filter(|t| t.runs == most) {
        match t.dev_f1 {
            Some(f1) if best.is_none_or(|(best, _)| f1 > best) => best = Some((f1, t.rate)),
            _ => {}
        }
    }
    best.map(|(_, rate)| rate)
}
