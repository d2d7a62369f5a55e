//! Which curves are drawn: F1 over shots and over updates, of each language and of their mean.

use super::figure::{Axis, Dot, Figure, Panel, Series};
use super::settings::Start;
use super::statistics::{Stat, column};
use super::summary::{Cell, Means, MethodSummary, Summary};
use super::values::Shots;
use crate::console::Outcome;

/// File names and their SVG.
pub fn figures(s: &Summary) -> Outcome<Vec<(String, String)>> {
    let mut figures = Vec::new();
    let trained: Vec<&MethodSummary> = s.methods.iter().filter(|m| m.kind != "none").collect();
    let columns = columns(s, &trained);
    if columns.len() > 1 && !trained.is_empty() {
        let shots = |title, panels| Figure {
            title,
            x_label: "sentences learnt from",
            y_label: format!("F1 on {} data, %", s.data),
            axis: Axis::Names(columns.iter().map(|c| column(*c)).collect()),
            panels,
        };
        let means = trained.iter().map(|m| over_shots(s, m, &columns, m.name.clone(), &|c| c.mean.as_ref())).collect();
        let title = if s.languages.len() > 1 { "Mean over the languages" } else { s.languages[0].name.as_str() };
        figures.push(("f1-over-shots.svg".to_owned(), shots(format!("{}: {title}", s.title), means).draw()?));
        for method in &trained {
            let panels = panels(s, |name, means| over_shots(s, method, &columns, name, means));
            let figure = shots(format!("{}: {}", s.title, method.name), panels);
            figures.push((format!("f1-over-shots-{}.svg", file(&method.name)), figure.draw()?));
        }
    }
    for method in &trained {
        for shots in columns.iter().flatten() {
            let panels = panels(s, |name, means| over_updates(method, *shots, name, means));
            if panels.iter().all(|p| p.series.iter().all(|s| s.dots.len() < 2)) {
                continue;
            }
            let figure = Figure {
                title: format!("{}: {}, {shots} sentences", s.title, method.name),
                x_label: "updates",
                y_label: "F1 on dev data, %".to_owned(),
                axis: Axis::Numbers,
                panels,
            };
            figures.push((format!("f1-over-steps-{}-{shots}.svg", file(&method.name)), figure.draw()?));
        }
    }
    Ok(figures)
}

/// All numbers of shots, `None` first where a curve begins without training.
fn columns(s: &Summary, trained: &[&MethodSummary]) -> Vec<Option<Shots>> {
    let begin = trained.iter().flat_map(|m| (0..m.arms.len()).filter_map(|arm| untrained(s, m, arm)));
    let cells = trained.iter().flat_map(|m| &m.arms).flat_map(|a| &a.cells).chain(begin);
    let mut columns: Vec<Option<Shots>> = cells.map(|cell| cell.shots).collect();
    columns.sort();
    columns.dedup();
    columns
}

/// What an arm's adapter does before training: the beginning of a method's curve only where its runs start from all of it.
fn untrained<'s>(s: &'s Summary, method: &MethodSummary, arm: usize) -> Option<&'s Cell> {
    let starts = method.arms[arm].cells.iter().any(|cell| cell.start == Some(Start::Adapter));
    s.methods.iter().filter(|m| m.kind == "none" && starts).flat_map(|m| &m.arms[arm].cells).next()
}

type Choice<'a> = &'a dyn Fn(&Cell) -> Option<&Means>;

/// A panel for each language and, of several, their mean.
fn panels(s: &Summary, panel: impl Fn(String, Choice) -> Panel) -> Vec<Panel> {
    let mean = (s.languages.len() > 1).then(|| panel("mean".to_owned(), &|cell| cell.mean.as_ref()));
    let one = |(i, language): (usize, &super::summary::LanguageSize)| {
        panel(language.name.clone(), &move |cell| cell.languages[i].as_ref())
    };
    mean.into_iter().chain(s.languages.iter().enumerate().map(one)).collect()
}

fn over_shots(s: &Summary, method: &MethodSummary, columns: &[Option<Shots>], title: String, means: Choice) -> Panel {
    let series = method.arms.iter().enumerate().map(|(i, arm)| {
        let cells = untrained(s, method, i).into_iter().chain(&arm.cells);
        let dot = |cell: &Cell| {
            let x = columns.iter().position(|c| *c == cell.shots)?;
            Some(dot(x as f64, means(cell)?.f1))
        };
        Series { name: arm.name.clone(), dots: cells.filter_map(dot).collect() }
    });
    Panel { title, series: series.collect() }
}

fn over_updates(method: &MethodSummary, shots: Shots, title: String, means: Choice) -> Panel {
    let series = method.arms.iter().map(|arm| {
        let cell = arm.cells.iter().find(|cell| cell.shots == Some(shots));
        let points = cell.and_then(means).map_or(&[][..], |m| &m.curve);
        Series { name: arm.name.clone(), dots: points.iter().map(|p| dot(p.step as f64, p.f1)).collect() }
    });
    Panel { title, series: series.collect() }
}

fn dot(x: f64, f1: Stat) -> Dot {
    Dot { x, y: 100.0 * f1.mean, deviation: f1.deviation.map(|d| 100.0 * d) }
}

/// A name that is safe as a part of a file's name.
fn file(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
