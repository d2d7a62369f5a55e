//! The flags of the library's options, as errors name them.

use clap::CommandFactory;

use crate::args::{Cli, FLAGS};

/// The option `name` as the caller has written it, or else by the flag that gives it; its own name where there is no flag.
pub fn flag(name: &str) -> String {
    // What is no UTF-8 is no flag.
    let line: Vec<String> = std::env::args_os().skip(1).filter_map(|a| a.into_string().ok()).collect();
    named(name, &line)
}

fn named(name: &str, line: &[String]) -> String {
    let flags = match name {
        // Adapters are read from files.
        "initial" => &["--from"],
        _ => FLAGS.iter().find(|(option, _)| *option == name).map_or(&[][..], |(_, flags)| flags),
    };
    let is_written =
        |flag: &&str| line.iter().any(|a| a == flag || a.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')));
    if let Some(flag) = flags.iter().copied().find(is_written).or(flags.first().copied()) {
        return flag.to_owned();
    }
    let own = name.replace('_', "-");
    if is_flag(&own) { format!("--{own}") } else { name.to_owned() }
}

fn is_flag(name: &str) -> bool {
    let program = Cli::command();
    let commands = program.get_subcommands().filter(|command| ["adapt", "prime"].contains(&command.get_name()));
    commands.flat_map(|command| command.get_arguments()).any(|argument| argument.get_long() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_known(flag: &str) -> bool {
        let program = Cli::command();
        program.get_subcommands().flat_map(|command| command.get_arguments()).any(|argument| {
            let longs = argument.get_long_and_visible_aliases().unwrap_or_default();
            let shorts = argument.get_short_and_visible_aliases().unwrap_or_default();
            longs.iter().any(|long| flag == format!("--{long}"))
                || shorts.iter().any(|short| flag == format!("-{short}"))
        })
    }

    #[test]
    fn options_are_named_by_flags_that_there_are() {
        for (option, flags) in FLAGS {
            flags.iter().for_each(|flag| assert!(is_known(flag), "{option}: {flag}"));
        }
        assert!(is_known(&named("initial", &[])));
    }

    #[test]
    fn an_option_is_named_as_it_was_written() {
        let named = |name, line: &str| named(name, &line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(named("learning_rate", "adapt --lr 0 --rank 4"), "--lr");
        assert_eq!(named("learning_rate", "adapt --lr=0"), "--lr");
        assert_eq!(named("learning_rate", "adapt --learning-rate 0"), "--learning-rate");
        assert_eq!(named("inner_steps", "prime -k 0"), "-k");
        assert_eq!(named("inner_scope", "prime --inner head"), "--inner");
        assert_eq!(named("lora_rank", "adapt"), "--lora-rank");
        assert_eq!((named("precision", ""), named("method", "")), ("--precision".into(), "--method".into()));
        assert_eq!(named("initial_head", ""), "initial_head");
    }
}
