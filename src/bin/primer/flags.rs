//! The flags of the library's options.

use clap::CommandFactory;

use crate::args::Cli;

/// Flags that are shorter than the option's name.
const SHORT: [(&str, &str); 12] = [
    ("learning_rate", "lr"),
    ("head_learning_rate", "head-lr"),
    ("batch_size", "batch"),
    ("lora_rank", "rank"),
    ("initial", "from"),
    ("encoder_rate", "encoder-lr"),
    ("embedding_rate", "embedding-lr"),
    ("method_rate", "method-lr"),
    ("inner_rate", "inner-lr"),
    ("learn_inner_rate", "learn-inner-lr"),
    ("inner_scope", "inner"),
    ("outer_scope", "outer"),
];

/// The option `name` as the command line has it; its own name where there is no flag for it.
pub fn flag(name: &str) -> String {
    let short = SHORT.iter().find(|(option, _)| *option == name).map(|(_, flag)| (*flag).to_owned());
    let flags = [Some(name.replace('_', "-")), short];
    let known = flags.into_iter().flatten().find(|flag| is_flag(flag));
    known.map_or_else(|| name.to_owned(), |flag| format!("--{flag}"))
}

fn is_flag(name: &str) -> bool {
    let program = Cli::command();
    let commands = program.get_subcommands().filter(|command| ["adapt", "prime"].contains(&command.get_name()));
    commands.flat_map(|command| command.get_arguments()).any(|argument| argument.get_long() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_named_by_flags_that_there_are() {
        for (option, _) in SHORT {
            let flag = flag(option);
            assert!(flag == option || flag.strip_prefix("--").is_some_and(is_flag), "{option}: {flag}");
        }
        let named = |option| flag(option).starts_with("--");
        assert!(["learning_rate", "lora_rank", "batch_pieces", "inner_steps", "initial"].into_iter().all(named));
        assert_eq!((flag("adapter_norm_before"), flag("method")), ("adapter_norm_before".into(), "--method".into()));
    }
}
