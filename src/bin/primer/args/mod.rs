//! What can be said on the command line, and the help that explains it.

mod adapt;
mod completions;
mod compute;
mod engine;
mod eval;
mod experiment;
mod export;
mod generated;
mod import;
mod info;
mod prime;
mod tag;

use clap::{Args, Parser, Subcommand};
use primer::data::DataOptions;

pub use adapt::Adapt;
pub use completions::{Completions, run as complete};
pub use compute::{Compute, Place, TrainingNumbers};
pub use engine::{Engine, EngineName};
pub use eval::Eval;
pub use experiment::Experiment;
pub use export::{Export, Folder};
pub use generated::{
    AdaptFlags, AlgorithmFlags, DatasetFlags, FLAGS, LabelsDatasetFlags, MethodFlags, PrimeFlags, SpansDatasetFlags,
    TaggerFlags,
};
pub use import::{Import, Numbers};
pub use info::Info;
pub use prime::Prime;
pub use tag::{InputFormat, OutputFormat, Tag};

/// Find names of people, places, organisations, or whatever you teach it, in many languages.
///
/// Primer reads a model (the language knowledge, shared by everything) and an adapter (a small
/// file that knows your entity types). `tag` marks a text with them; `adapt` learns a new adapter
/// from sentences that you labelled; `eval` tells how good an adapter is. Everything runs on this
/// computer; nothing is sent anywhere.
#[derive(Debug, Parser)]
#[command(verbatim_doc_comment, name = "primer", version, propagate_version = true, after_help = OVERVIEW)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const OVERVIEW: &str = "\
First steps:
  primer tag --model models/primer-mini.gguf --adapter models/per-loc-org.safetensors --text 'Ada Lovelace lived in London.'
  primer adapt --model models/primer-mini.gguf --train train.conll --dev dev.conll --out my.safetensors
  primer eval --model models/primer-mini.gguf --adapter my.safetensors test.conll

Exit status: 0 done, 1 failed (the reason is on standard error), 2 wrong usage, 130 interrupted.
`primer help COMMAND` explains a command with examples.";

/// The commands.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
pub enum Command {
    /// Mark the entities in a text.
    Tag(Tag),
    /// Learn entity types from labelled sentences.
    Adapt(Adapt),
    /// Measure how well an adapter tags labelled sentences.
    Eval(Eval),
    /// Tell what is in a model, an adapter or a data file.
    Info(Info),
    /// Make one model file of a Hugging Face folder.
    Import(Import),
    /// Prepare a model for learning quickly from few sentences.
    Prime(Box<Prime>),
    /// Write an adapter for other libraries: PEFT, AdapterHub, or a whole ONNX model.
    Export(Export),
    /// Compare models and methods over languages, shots and seeds.
    Experiment(Experiment),
    /// Write what a shell needs to complete commands and flags.
    Completions(Completions),
    /// Does one run of an experiment, which describes it on standard input.
    #[command(hide = true)]
    ExperimentRun,
}

/// What all commands take.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Write the result as JSON to standard output.
    #[arg(long)]
    pub json: bool,

    /// Use N processor cores; 0 uses all.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,

    /// Keep the model's weights in few bits in memory, too: less memory, a little slower, the same result.
    #[arg(long)]
    pub quantised: bool,

    /// No progress bars.
    #[arg(short, long)]
    pub quiet: bool,
}

/// How labelled sentences are read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Data")]
pub struct Reading {
    /// Columns and numbered tags.
    #[command(flatten)]
    pub columns: DatasetFlags,

    /// Texts with entities.
    #[command(flatten)]
    pub spans: SpansDatasetFlags,

    /// What is labelled.
    #[command(flatten)]
    pub labels: LabelsDatasetFlags,
}

impl Reading {
    /// What the library needs to know.
    pub fn options(&self) -> primer::Result<DataOptions> {
        let mut options = DataOptions::default();
        self.columns.apply(&mut options)?;
        self.spans.apply(&mut options)?;
        self.labels.apply(&mut options)?;
        Ok(options)
    }
}

/// A whole number; whether it is in range, the library says.
fn whole(text: &str) -> Result<i128, String> {
    text.parse().map_err(|_| "a whole number is needed".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a whole number from 1 is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    /// A shell completes what `--help` shows, generated flags included.
    #[test]
    fn every_shell_is_told_of_every_flag() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let Ok(Command::Completions(asked)) = parse(&format!("primer completions {shell}")) else {
                panic!("{shell}")
            };
            let mut script = Vec::new();
            clap_complete::generate(asked.shell, &mut Cli::command(), "primer", &mut script);
            let script = String::from_utf8(script).unwrap();
            for flag in ["min-score", "word-column", "tag-column", "checkpoint-every"] {
                assert!(script.contains(flag), "{shell} does not know --{flag}");
            }
        }
    }

    #[test]
    fn promised_command_lines_stay_valid() {
        for method in ["head", "adapter", "lora", "bitfit", "full", "ia3", "parallel"] {
            let line = format!("primer adapt --model M --train F --dev F --method {method} --out A");
            assert!(parse(&line).is_ok(), "{line}");
            assert!(parse(&format!("{line} --shots 10 --epochs 3 --lr 1e-3 --seed 7 --threads 2")).is_ok());
        }
        let line =
            "primer prime --model M --task F G name=F --dev F --method adapter --steps 700 --order first --out B";
        let Ok(Command::Prime(prime)) = parse(&format!("{line} --adapter-out A --log L --checkpoint C")) else {
            panic!()
        };
        assert_eq!((prime.tasks.len(), prime.training.steps), (3, Some(700)));
        let Ok(Command::Eval(eval)) = parse("primer eval --model M --adapter A --json FILE") else { panic!() };
        assert!(eval.common.json && eval.data.to_str() == Some("FILE"), "--json is a flag: FILE is the data");
        let Ok(Command::Tag(tag)) = parse("primer tag --model M --adapter A --format jsonl FILE") else { panic!() };
        assert_eq!((tag.format, tag.files.len()), (OutputFormat::Jsonl, 1));
        for command in ["tag --model M FILE", "tag --model M --adapter A FILE", "eval --model M FILE"] {
            let line = format!(
                "primer {command} --engine auto --precision int8 --onnxruntime L --provider cuda --provider cpu"
            );
            assert!(parse(&line).is_ok(), "{line}");
        }
        for command in [
            "tag --model M --adapter A FILE",
            "eval --model M --adapter A FILE",
            "adapt --model M --train F --out A",
            "prime --model M --task F --out B",
            "experiment P",
        ] {
            for device in ["auto", "cpu", "cuda", "cuda:1", "metal"] {
                let line = format!("primer {command} --device {device} --precision bf16");
                assert!(parse(&line).is_ok(), "{line}");
            }
            let e = parse(&format!("primer {command} --device gpu")).unwrap_err().to_string();
            assert!(e.contains("cuda:N"), "the error says what there is: {e}");
        }
        assert!(parse("primer info --devices").is_ok() && parse("primer info").is_err());
        assert!(parse("primer export --model M --adapter A --format peft --out F").is_ok());
        assert!(parse("primer export --model M --adapter A --onnx F").is_ok());
    }

    #[test]
    fn senseless_values_are_refused() {
        let adapt = "primer adapt --model M --train F --out A";
        for wrong in ["--shots x", "--epochs 1.5", "--lr x", "--method magic", "--rank x", "--precision int8"] {
            assert!(parse(&format!("{adapt} {wrong}")).is_err(), "{wrong}");
        }
        let prime = "primer prime --model M --task F --out B";
        for wrong in ["--steps x", "--order third", "--algorithm magic", "--inner everyone"] {
            assert!(parse(&format!("{prime} {wrong}")).is_err(), "{wrong}");
        }
        for wrong in ["", "--format peft", "--out F", "--onnx F --out G", "--onnx F --format peft"] {
            assert!(parse(format!("primer export -m M -a A {wrong}").trim_end()).is_err(), "{wrong}");
        }
        for wrong in ["--min-score x", "--text a b", "--format pdf"] {
            assert!(parse(&format!("primer tag -m M -a A {wrong}")).is_err(), "{wrong}");
        }
    }

    /// Numbers out of range are for the library to refuse, whose words are the same in every language.
    #[test]
    fn numbers_out_of_range_are_refused_by_the_library() {
        let Ok(Command::Adapt(usual)) = parse("primer adapt --model M --train F --out A") else { panic!() };
        assert_eq!((usual.training, usual.method), (AdaptFlags::default(), MethodFlags::default()), "nothing is given");
        for (flags, words) in [
            ("--shots 0", "shots is 0; it must lie between 1 and 4294967295"),
            ("--epochs -1", "epochs is -1; it must lie between 1 and 16777216"),
            ("--epochs 99999999999999999999999", "epochs is 99999999999999999999999; it must lie"),
            ("--lr 0", "learning_rate is 0; it must be a finite number above 0"),
            ("--learning-rate -1", "learning_rate is -1; it must be a finite number above 0"),
            ("--lr nan", "learning_rate is NaN; it must"),
            ("--lr inf", "learning_rate is inf; it must"),
            ("--clip -1", "clip is -1; it must be a finite number from 0"),
            ("--warmup 2", "warmup is 2; it must lie between 0 and 1"),
            ("--batch 16 --batch-pieces 100", "batch_size and batch_pieces exclude each other"),
            ("--scheme iob1", "scheme is IOB1, which can be read but not learnt"),
        ] {
            let Ok(Command::Adapt(args)) = parse(&format!("primer adapt --model M --train F --out A {flags}")) else {
                panic!("{flags}")
            };
            let mut options = primer::AdaptOptions::new(primer::MethodChoice::named("head"));
            let e = args.training.apply(&mut options).and_then(|()| options.check()).unwrap_err();
            assert!(e.message().starts_with(words), "{flags}: {e}");
        }
        for (flags, words) in [
            ("--steps 0", "steps is 0; it must lie between 1 and 16777216"),
            ("--inner-lr 0", "inner_rate is 0; it must"),
            ("--clip -1", "clip is -1; it must"),
            ("--temperature 2", "temperature is 2; it must lie between 0 and 1"),
            ("--inner-steps 0", "inner_steps is 0; it must"),
            ("--reptile-rate 0.1", "reptile_rate is a setting of the algorithm reptile, and algorithm is maml"),
            ("--algorithm multi-task --order second", "order is a setting of the algorithm maml, and algorithm is"),
            (
                "--algorithm reptile --learn-inner-lr 0.1",
                "learn_inner_rate is given, but inner rates can be learnt by MAML alone",
            ),
        ] {
            let Ok(Command::Prime(args)) = parse(&format!("primer prime --model M --task F --out B {flags}")) else {
                panic!("{flags}")
            };
            let mut options = primer::PrimeOptions::new(primer::MethodChoice::named("head"));
            let mut algorithm = primer::meta::AlgorithmSettings::default();
            let applied = args.training.apply(&mut options).and_then(|()| args.algorithm.apply(&mut algorithm));
            let e = applied.and_then(|()| algorithm.apply(&mut options)).and_then(|()| options.check()).unwrap_err();
            assert!(e.message().starts_with(words), "{flags}: {e}");
        }
    }

    /// What a flag's help says, with its default and its range.
    #[test]
    fn help_tells_defaults_and_ranges() {
        let program = Cli::command();
        for (command, flag, parts) in [
            ("adapt", "batch_size", &["[default: 16]", "[range: 1 to 16777216]"][..]),
            ("adapt", "learning_rate", &["[default: the method's usual one]", "above 0"]),
            ("adapt", "patience", &["[default: 4]", "[0 for no early stop]"]),
            ("adapt", "method", &["[default: adapter]"]),
            ("prime", "order", &["[default: first]"]),
            ("prime", "steps", &["[default: 700]"]),
            ("prime", "temperature", &["[default: 0]", "[range: 0 to 1]"]),
            ("tag", "min_score", &["[default: as the adapter's card says", "[range: 0 to 1]"]),
        ] {
            let command = program.find_subcommand(command).unwrap();
            let argument = command.get_arguments().find(|a| a.get_id() == flag).unwrap();
            let help = argument.get_help().unwrap().to_string();
            parts.iter().for_each(|part| assert!(help.contains(part), "{flag}: {help}"));
            assert_eq!(argument.get_default_values().len(), 0, "{flag}: what is not given stays so");
        }
    }

    #[test]
    fn a_text_may_begin_with_a_hyphen() {
        let Ok(Command::Tag(tag)) = parse("primer tag -m M -a A --text -5° --text x") else { panic!() };
        assert_eq!(tag.text, ["-5°", "x"]);
    }
}
