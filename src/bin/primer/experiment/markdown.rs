//! `results.md`: the tables for people.

use std::fmt::Write;

use super::plan::{Plan, Report};
use super::settings::Start;
use super::statistics::{Stat, column};
use super::summary::{ArmSummary, Cell, Means, MethodSummary, Rate, Summary};

/// All tables, and links to the figures.
pub fn tables<'a>(plan: &Plan, s: &Summary, figures: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("# {}\n\n", s.title);
    head(&mut text, s);
    text += "\n| arm | model | adapter |\n|---|---|---|\n";
    for (name, arm) in &plan.arms {
        let file =
            |path: &std::path::Path| path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let adapter = arm.adapter.as_deref().map_or_else(|| "–".to_owned(), file);
        text += &row([name.as_str(), &file(&arm.model), &adapter]);
    }
    for figure in figures {
        let words = figure.trim_end_matches(".svg").replace('-', " ");
        text += &format!("\n![{words}]({figure})\n");
    }
    for method in &s.methods {
        text += &format!("\n## {}", method.name);
        if method.name != method.kind {
            text += &format!(" ({})", method.kind);
        }
        text += "\n\n";
        text += &scores(s, method, "F1", |means| means.f1);
        text += "\n";
        if method.arms.iter().flat_map(|a| &a.cells).all(strict_is_default) {
            text += "Strict F1 is the same in every cell.\n";
        } else {
            text += &scores(s, method, "strict F1", |means| means.strict);
        }
        text += &types(method);
        text += &rates(method);
    }
    text += "\n## Time and memory\n\n";
    text += "Means a run, at the chosen rates, while other runs may have shared the machine; memory is the largest of any run.\n\n";
    text += &costs(s);
    text
}

fn head(text: &mut String, s: &Summary) {
    let state = match (s.state, s.data) {
        (Report::Last, _) => "of the state after the last update",
        (Report::Best, "test") => "of the state that was best on dev data",
        (Report::Best, _) => {
            "of the best state, **chosen on the very dev data that it is reported on** (an upper figure)"
        }
    };
    let seeds = s.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let deviation = if s.seeds.len() > 1 { " ± standard deviation over the seeds" } else { "" };
    *text += &format!(
        "Entity micro-F1 in percent, as seqeval counts it, on {} data, {state}; mean{deviation} (seeds {seeds}). Learning rates \
         were chosen by mean dev F1 over languages and seeds, for each arm and number of shots.\n\n",
        s.data
    );
    let all = s.languages.iter().map(|l| format!("{} in {}", l.sentences, l.name)).collect::<Vec<_>>().join(", ");
    *text += &format!("Columns are sentences learnt from; \"all\" are {all}. {} runs.\n", s.done);
    if s.done < s.planned {
        *text += &format!(
            "\n**Not finished: {} of {} runs are done.** \"–\" stands for what is not there yet.\n",
            s.done, s.planned
        );
    }
    let diverged: usize = s.methods.iter().flat_map(|m| &m.arms).flat_map(|a| &a.cells).map(|c| c.diverged).sum();
    if diverged > 0 {
        *text += &format!("\n**{diverged} runs diverged and count as F1 0.**\n");
    }
}

/// Languages and arms over numbers of shots.
fn scores(s: &Summary, method: &MethodSummary, name: &str, value: fn(&Means) -> Stat) -> String {
    let cells = |arm: &ArmSummary| arm.cells.iter().map(|c| column(c.shots)).collect::<Vec<_>>();
    let Some(columns) = method.arms.iter().map(cells).max_by_key(Vec::len).filter(|c| !c.is_empty()) else {
        return "No arm has an adapter to evaluate.\n".to_owned();
    };
    let mut text =
        row(["language", "arm"].into_iter().map(str::to_owned).chain(columns.iter().map(|c| format!("{name}, {c}"))));
    text += &rule(2, columns.len());
    let several = s.languages.len() > 1;
    let mut line = |language: &str, arm: &ArmSummary, means: &dyn Fn(&Cell) -> Option<Stat>| {
        let values = columns.iter().map(|c| {
            arm.cells
                .iter()
                .find(|cell| column(cell.shots) == *c)
                .and_then(means)
                .map_or_else(|| "–".to_owned(), percent)
        });
        text += &row([language.to_owned(), arm.name.clone()].into_iter().chain(values));
    };
    for arm in method.arms.iter().filter(|_| several) {
        line("**mean**", arm, &|cell| cell.mean.as_ref().map(value));
    }
    for (i, language) in s.languages.iter().enumerate() {
        for arm in &method.arms {
            line(&language.name, arm, &|cell| cell.languages[i].as_ref().map(value));
        }
    }
    text
}

fn strict_is_default(cell: &Cell) -> bool {
    let all = cell.languages.iter().flatten().chain(&cell.mean);
    all.into_iter().all(|m| percent(m.f1) == percent(m.strict))
}

/// F1 of each entity type, as the mean over languages.
fn types(method: &MethodSummary) -> String {
    let cells = || method.arms.iter().flat_map(|arm| arm.cells.iter().map(move |cell| (arm, cell)));
    let mut names: Vec<&String> = cells().flat_map(|(_, c)| c.mean.iter().flat_map(|m| m.types.keys())).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let mut text = "\n".to_owned();
    text += &row(["arm".to_owned(), "shots".to_owned()].into_iter().chain(names.iter().map(|n| format!("F1 of {n}"))));
    text += &rule(2, names.len());
    for (arm, cell) in cells() {
        let Some(mean) = &cell.mean else { continue };
        let values = names.iter().map(|n| mean.types.get(*n).copied().map_or_else(|| "–".to_owned(), percent));
        text += &row([arm.name.clone(), column(cell.shots)].into_iter().chain(values));
    }
    text
}

/// What dev data chose, and among what.
fn rates(method: &MethodSummary) -> String {
    if method.kind == "none" {
        return String::new();
    }
    let mut text = "\n".to_owned();
    text += &row([
        "arm",
        "shots",
        "starts from",
        "learning rate",
        "head's rate",
        "dev F1 before",
        "rates tried: dev F1",
        "runs",
    ]);
    text += &rule(3, 5);
    for (arm, cell) in method.arms.iter().flat_map(|arm| arm.cells.iter().map(move |cell| (arm, cell))) {
        let start = match cell.start {
            Some(Start::Adapter) => "its adapter",
            Some(Start::Head) => "its head",
            Some(Start::Fresh) | None => "no adapter",
        };
        let rate = |f: fn(&Rate) -> f64| cell.chosen.as_ref().map_or_else(|| "–".to_owned(), |r| number(f(r)));
        let before = cell.mean.as_ref().and_then(|m| m.before).map_or_else(|| "–".to_owned(), percent);
        let heads = cell.tried.windows(2).any(|w| w[0].rate.learning_rate == w[1].rate.learning_rate);
        let tried = cell.tried.iter().map(|t| {
            let head = if heads { format!("/{}", number(t.rate.head_learning_rate)) } else { String::new() };
            let f1 = t.dev_f1.map_or_else(|| "–".to_owned(), |f1| format!("{:.1}", 100.0 * f1));
            format!("{}{head}: {f1}", number(t.rate.learning_rate))
        });
        let tried = tried.collect::<Vec<_>>().join(", ");
        let runs = if cell.done == cell.planned {
            cell.done.to_string()
        } else {
            format!("{} of {}", cell.done, cell.planned)
        };
        let (learning, head) = (rate(|r| r.learning_rate), rate(|r| r.head_learning_rate));
        text += &row([arm.name.clone(), column(cell.shots), start.to_owned(), learning, head, before, tried, runs]);
    }
    text
}

fn costs(s: &Summary) -> String {
    let mut text = row(["method", "arm", "shots", "updates", "seconds", "of these in updates", "peak MiB"]);
    text += &rule(3, 4);
    for method in &s.methods {
        for arm in &method.arms {
            for cell in &arm.cells {
                let mean = |stat: Option<Stat>, digits| {
                    stat.map_or_else(|| "–".to_owned(), |s| format!("{:.digits$}", s.mean))
                };
                let memory = cell.peak_memory.map_or_else(|| "–".to_owned(), |bytes| (bytes >> 20).to_string());
                let names = [method.name.clone(), arm.name.clone(), column(cell.shots)];
                let values = [mean(cell.updates, 0), mean(cell.seconds, 1), mean(cell.update_seconds, 1), memory];
                text += &row(names.into_iter().chain(values));
            }
        }
    }
    text
}

fn percent(stat: Stat) -> String {
    let mut text = format!("{:.1}", 100.0 * stat.mean);
    if let Some(deviation) = stat.deviation {
        let _ = write!(text, " ± {:.1}", 100.0 * deviation);
    }
    text
}

/// A rate as people write it.
fn number(x: f64) -> String {
    if (1e-2..1e3).contains(&x) { x.to_string() } else { format!("{x:e}") }
}

fn row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|c| c.as_ref().replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The line below a table's head: `left` columns of words, `right` of numbers.
fn rule(left: usize, right: usize) -> String {
    format!("|{}{}\n", "---|".repeat(left), "---:|".repeat(right))
}
