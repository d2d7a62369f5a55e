//! The plan: what is compared with what, as a TOML file declares it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use primer::Device;
use primer::output::{Paths, Written};
use serde::Deserialize;
use toml::Spanned;

use super::reading::Reading;
use super::settings::{MethodName, Settings};
use super::values::{self, Shots};
use crate::args::TrainingNumbers;
use crate::console::{Failure, Outcome};

/// Tables by name, in the order of the file once [`Plan::read`] is done.
pub type Named<T> = Vec<(String, T)>;

/// A plan whose names and numbers make sense together. Paths are as the file has them, joined to its folder.
#[derive(Debug)]
pub struct Plan {
    /// The folder of the results.
    pub out: PathBuf,
    pub title: String,
    pub report: Option<Report>,
    pub device: Option<Device>,
    pub precision: Option<TrainingNumbers>,
    pub shots: Vec<Shots>,
    pub seeds: Vec<u64>,
    pub arms: Named<Arm>,
    pub languages: Named<Language>,
    pub methods: Named<Settings>,
    /// How data is read.
    data: Reading,
}

/// Which state of a run the tables report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    /// The one after the last update.
    Last,
    /// The one with the best dev F1.
    Best,
}

/// A backbone and what a run starts from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    pub model: PathBuf,
    pub adapter: Option<PathBuf>,
    /// Settings that replace those of the method of that name.
    #[serde(default)]
    methods: BTreeMap<Spanned<String>, Settings>,
}

impl Arm {
    /// A method's settings in this arm.
    pub fn settings(&self, name: &str, method: &Settings) -> Settings {
        self.methods.get(name).map_or_else(|| method.clone(), |own| own.over(method))
    }
}

/// The data of one language or domain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    pub train: PathBuf,
    pub dev: PathBuf,
    pub test: Option<PathBuf>,
    /// How these files are read, where not as the plan's `data` says.
    data: Option<Reading>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "results")]
    out: PathBuf,
    #[serde(default)]
    title: String,
    report: Option<Report>,
    #[serde(default, deserialize_with = "values::device")]
    device: Option<Device>,
    precision: Option<TrainingNumbers>,
    shots: Spanned<Vec<Shots>>,
    seeds: Spanned<Vec<u64>>,
    #[serde(default)]
    data: Reading,
    arms: Spanned<BTreeMap<Spanned<String>, Arm>>,
    languages: Spanned<BTreeMap<Spanned<String>, Language>>,
    methods: Spanned<BTreeMap<Spanned<String>, Settings>>,
}

fn results() -> PathBuf {
    PathBuf::from("results")
}

impl Plan {
    /// Reads a plan file; errors name the file, the line and the key.
    pub fn load(path: &Path) -> Outcome<Plan> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::Other(format!("{}: cannot read the plan: {e}", path.display())))?;
        let mut plan = Plan::read(&text).map_err(|e| Failure::Other(format!("{}{e}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let join = |file: &mut PathBuf| *file = folder.join(&file);
        join(&mut plan.out);
        for (_, arm) in &mut plan.arms {
            join(&mut arm.model);
            arm.adapter.iter_mut().for_each(join);
        }
        for (_, language) in &mut plan.languages {
            join(&mut language.train);
            join(&mut language.dev);
            language.test.iter_mut().for_each(join);
        }
        Ok(plan)
    }

    /// A plan out of a file's text; an error starts with `:LINE: `.
    pub fn read(text: &str) -> Result<Plan, String> {
        let place = |at: usize| {
            let line = text.get(..at).unwrap_or(text).matches('\n').count();
            format!(":{}: `{}`: ", line + 1, text.lines().nth(line).unwrap_or_default().trim())
        };
        let mut file: File = toml::from_str(text).map_err(|e| {
            let message = e.message().replace('\n', " ");
            e.span().map_or_else(|| format!(": {message}"), |span| place(span.start) + &message)
        })?;
        let fail = |at: usize, message: String| Err(place(at) + &message);
        for (name, at, empty) in [
            ("shots", file.shots.span().start, file.shots.get_ref().is_empty()),
            ("seeds", file.seeds.span().start, file.seeds.get_ref().is_empty()),
            ("arms", file.arms.span().start, file.arms.get_ref().is_empty()),
            ("languages", file.languages.span().start, file.languages.get_ref().is_empty()),
            ("methods", file.methods.span().start, file.methods.get_ref().is_empty()),
        ] {
            if empty {
                return fail(at, format!("{name} is empty"));
            }
        }
        if let Some(twice) = twice(file.shots.get_ref()) {
            return fail(file.shots.span().start, format!("shots has {twice} twice"));
        }
        if let Some(twice) = twice(file.seeds.get_ref()) {
            return fail(file.seeds.span().start, format!("seeds has {twice} twice"));
        }
        for (key, settings) in file.methods.get_mut() {
            settings.method = settings.method.or_else(|| MethodName::named(key.get_ref()));
            if settings.method.is_none() {
                let message =
                    format!("the method {} says nowhere what it trains: `method = ..` is missing", key.get_ref());
                return fail(key.span().start, message);
            }
        }
        let methods = file.methods.get_ref();
        for (key, settings) in methods {
            if let Some(wrong) = settings.contradiction() {
                return fail(key.span().start, format!("methods.{}: {wrong}", key.get_ref()));
            }
        }
        for (name, arm) in file.arms.get_ref() {
            for (key, own) in &arm.methods {
                let wrong = match methods.get(key.get_ref().as_str()) {
                    None => Some("there is no method of that name in the plan".to_owned()),
                    Some(_) if own.method.is_some() => Some("an arm may change settings, not `method`".to_owned()),
                    Some(method) => own.over(method).contradiction(),
                };
                if let Some(wrong) = wrong {
                    return fail(
                        key.span().start,
                        format!("arms.{}.methods.{}: {wrong}", name.get_ref(), key.get_ref()),
                    );
                }
            }
        }
        let tested = file.languages.get_ref().values().filter(|l| l.test.is_some()).count();
        if tested > 0
            && let Some((key, _)) = file.languages.get_ref().iter().find(|(_, l)| l.test.is_none())
        {
            let message = format!("languages.{} has no `test`, others have; give it to all or to none", key.get_ref());
            return fail(key.span().start, message);
        }
        Ok(Plan {
            out: file.out,
            title: file.title,
            report: file.report,
            device: file.device,
            precision: file.precision,
            shots: file.shots.into_inner(),
            seeds: file.seeds.into_inner(),
            arms: in_order(file.arms.into_inner()),
            languages: in_order(file.languages.into_inner()),
            methods: in_order(file.methods.into_inner()),
            data: file.data,
        })
    }

    /// How a language's data is read.
    pub fn reading<'a>(&'a self, language: &'a Language) -> &'a Reading {
        language.data.as_ref().unwrap_or(&self.data)
    }

    /// What the plan at `path` reads and writes.
    pub fn paths(&self, path: &Path) -> Paths {
        let mut paths = Paths::new();
        paths.reads("the plan", path);
        for (name, arm) in &self.arms {
            paths.reads(format!("arms.{name}.model"), &arm.model);
            arm.adapter.iter().for_each(|file| paths.reads(format!("arms.{name}.adapter"), file));
        }
        for (name, language) in &self.languages {
            let parts =
                [("train", Some(&language.train)), ("dev", Some(&language.dev)), ("test", language.test.as_ref())];
            for (part, file) in parts {
                file.into_iter().for_each(|file| paths.reads(format!("languages.{name}.{part}"), file));
            }
        }
        paths.writes("out", &self.out, Written::Folder);
        paths
    }

    /// Whether the tables report test data.
    pub fn tests(&self) -> bool {
        self.languages.iter().any(|(_, l)| l.test.is_some())
    }

    /// The state that the tables report: with test data the best on dev, else the last, since the best on dev is chosen on
    /// the very data that it would be reported on.
    pub fn reported(&self) -> Report {
        self.report.unwrap_or(if self.tests() { Report::Best } else { Report::Last })
    }
}

fn twice<T: PartialEq>(list: &[T]) -> Option<&T> {
    list.iter().enumerate().find(|(i, x)| list[..*i].contains(x)).map(|(_, x)| x)
}

fn in_order<T>(tables: BTreeMap<Spanned<String>, T>) -> Named<T> {
    let mut list: Vec<_> = tables.into_iter().collect();
    list.sort_by_key(|(name, _)| name.span().start);
    list.into_iter().map(|(name, table)| (name.into_inner(), table)).collect()
}

#[cfg(test)]
mod tests {
    use primer::start::StartChoice;

    use super::super::values::Rates;
    use super::*;

    const EXAMPLE: &str = include_str!("../args/example.toml");

    #[test]
    fn the_example_of_help_and_documentation_is_a_plan() {
        let documentation = include_str!("../../../../docs/experiments.md");
        let block = documentation.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        assert_eq!(block, Some(EXAMPLE));
        let plan = Plan::read(EXAMPLE).unwrap();
        let names = |list: &[(String, Settings)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&plan.methods), ["none", "head", "adapter", "small-lora"], "in the order of the file");
        assert_eq!(plan.shots, [Shots::Some(10), Shots::Some(100), Shots::All]);
        assert_eq!((plan.tests(), plan.reported()), (true, Report::Best));
        let (_, primed) = &plan.arms[1];
        let settings = primed.settings("adapter", &plan.methods[2].1);
        assert_eq!((settings.learning_rate, settings.training.epochs), (Some(Rates(vec![3e-4, 1e-3])), Some(30)));
        assert_eq!(plan.methods[3].1.method, Some(MethodName::Of("lora")));
    }

    #[test]
    fn an_error_points_at_its_line() {
        let at = |from: &str, to: &str| Plan::read(&EXAMPLE.replacen(from, to, 1)).unwrap_err();
        let line = |part: &str| EXAMPLE.lines().position(|l| l.starts_with(part)).unwrap() + 1;
        let error = at("rank = 4", "ranks = 4");
        assert!(error.starts_with(&format!(":{}: `ranks = 4`: unknown field", line("rank"))), "{error}");
        let error = at("epochs = 30  ", "epochs = -3  ");
        assert!(
            error.starts_with(&format!(":{}: `epochs = -3", line("epochs")))
                && error.contains("epochs is -3; it must lie between 1 and 16777216"),
            "{error}"
        );
        let error = at("method = \"lora\"", "method = \"adapter\"");
        assert!(
            error.starts_with(&format!(":{}: ", line("[methods.small-lora]"))) && error.contains("rank"),
            "{error}"
        );
        // The words of the library, with the key that the plan has.
        for (to, words) in [
            ("lora_alpha = nan", "lora_alpha is NaN, not a finite number"),
            ("rank = -4", "rank is -4; it must be a whole number from 0"),
            ("warmup = 2", "warmup is 2; it must lie between 0 and 1"),
            ("cache_mib = -1", "cache_mib is -1; it must"),
            ("lora_sites = [\"query\", \"head\"]", "unknown variant `head`, expected one of"),
            ("rank = 4\nlora_rank = 5", "two names of one setting"),
            (
                "rank = 4\nadapter_activation = \"gelu\"",
                "adapter_activation is a setting of the methods adapter, parallel",
            ),
        ] {
            let error = at("rank = 4", to);
            assert!(error.contains(words), "{to}: {error}");
        }
        let plan = Plan::read(&EXAMPLE.replacen("rank = 4", "rank = 4\npatience = 0\nmicro_batch_pieces = 99", 1));
        let (_, settings) = plan.unwrap().methods.pop().unwrap();
        let options = settings.options(settings.choice().unwrap(), (None, None)).unwrap();
        assert_eq!((options.patience, options.micro_batch_pieces), (None, 99), "any option can be read");
        let start = |key: &str| {
            let plan = Plan::read(&EXAMPLE.replacen("rank = 4", &format!("rank = 4\n{key}"), 1));
            let (_, settings) = plan.unwrap().methods.pop().unwrap();
            settings.options(settings.choice().unwrap(), (None, None)).unwrap().start
        };
        let fresh = "what a model carries is nothing either";
        assert_eq!((start(""), start("start = \"fresh\"")), (StartChoice::Auto, StartChoice::Fresh), "{fresh}");
        let with = |line: &str| Plan::read(&format!("{line}\n{EXAMPLE}"));
        let plan = with("device = \"cuda:1\"\nprecision = \"bf16\"").unwrap();
        assert_eq!((plan.device, plan.precision), (Some(Device::Cuda(1)), Some(TrainingNumbers::Bf16)));
        let error = with("device = \"gpu\"").unwrap_err();
        assert!(error.starts_with(":1: `device") && error.contains("cuda:N"), "{error}");
        let error = with("precision = \"int8\"").unwrap_err();
        assert!(error.starts_with(":1: `precision") && error.contains("bf16"), "{error}");
        let plan = with("data = { word_column = 1, tag_names = [\"O\", \"B-A\"] }").unwrap();
        let options = plan.reading(&plan.languages[0].1).options();
        assert_eq!((options.word_column, options.tag_names.len(), options.strict), (Some(1), 2, false));
        let own = EXAMPLE.replacen("[languages.az]", "[languages.az]\ndata = { strict = true, unit = \"utf16\" }", 1);
        let plan = Plan::read(&own).unwrap();
        let read = |i: usize| plan.reading(&plan.languages[i].1).options();
        assert_eq!((read(0).strict, read(1).strict, read(1).unit), (false, true, primer::data::Unit::Utf16));
        let error = with("data = { columns = 1 }").unwrap_err();
        assert!(error.starts_with(":1: `data") && error.contains("columns"), "{error}");
        assert!(Plan::read("shots = [1]").unwrap_err().contains("missing field"));
    }
}
