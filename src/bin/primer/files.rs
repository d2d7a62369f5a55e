//! What a command line reads and writes, by the definition of the command line: checked before any work.

use std::any::TypeId;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use primer::output::{Paths, Written};

use crate::console::Outcome;

/// What a command does with the path that an argument gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Read,
    Written(Written),
}

/// The arguments that give paths, by the names of their fields. A test holds this list against the definition.
fn role(command: &str, arg: &str) -> Option<Role> {
    Some(match (command, arg) {
        ("tag", "out") | (_, "log") => Role::Written(Written::Opened),
        ("export", "out") => Role::Written(Written::Folder),
        (_, "out" | "adapter_out" | "checkpoint" | "onnx") => Role::Written(Written::Replaced),
        (_, "model" | "adapter" | "from" | "train" | "dev" | "tasks" | "data" | "files" | "source" | "held_out")
        | ("import", "text")
        | (_, "plan" | "onnxruntime") => Role::Read,
        _ => return None,
    })
}

/// Refuses a command line that would destroy what it reads, or whose outputs cannot be written.
pub fn check(definition: &Command, matches: &ArgMatches) -> Outcome {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let Some(command) = definition.find_subcommand(name) else { return Ok(()) };
    let paths = paths(command, matches);
    paths.check_conflicts()?;
    // Of several ranks one writes, where it runs: priming looks for itself.
    if name != "prime" {
        paths.check_writable()?;
    }
    Ok(())
}

/// The paths of a command.
fn paths(command: &Command, matches: &ArgMatches) -> Paths {
    let mut paths = Paths::new();
    for arg in command.get_arguments() {
        let Some(role) = role(command.get_name(), arg.get_id().as_str()) else { continue };
        for path in values(arg, matches) {
            match role {
                Role::Read => paths.reads(shown(arg), path),
                Role::Written(written) => {
                    let folder = matches.try_get_one("folder").ok().flatten() == Some(&true) && arg.get_id() == "out";
                    let written = if folder { Written::Folder } else { written };
                    paths.writes(shown(arg), &path, written);
                    // Pipes and devices get none.
                    if command.get_name() == "tag" && path.metadata().map_or(true, |found| found.is_file()) {
                        paths.writes(format!("the record beside {}", shown(arg)), record(&path), Written::Replaced);
                    }
                }
            }
        }
    }
    // What a shell gives by `<`.
    #[cfg(unix)]
    if command.get_name() == "tag" && values_of(matches, "files").iter().all(|file| file.as_os_str() == "-") {
        paths.reads("standard input", "/dev/stdin");
    }
    paths
}

/// Where `tag` keeps how far it is.
pub fn record(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".progress");
    name.into()
}

/// The argument as people write it.
fn shown(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => format!("the argument {}", arg.get_value_names().and_then(|names| names.first()).map_or("", |n| n)),
    }
}

/// Whether the argument's value is a path as it stands.
fn is_path(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<PathBuf>()
}

fn values_of(matches: &ArgMatches, id: &str) -> Vec<PathBuf> {
    let given = matches.try_get_many::<PathBuf>(id).ok().flatten();
    given.into_iter().flatten().cloned().collect()
}

/// The paths that were given for an argument.
fn values(arg: &Arg, matches: &ArgMatches) -> Vec<PathBuf> {
    let id = arg.get_id().as_str();
    if is_path(arg) {
        return values_of(matches, id);
    }
    // [NAME=]PATH, as `prime` reads it.
    let given = matches.try_get_many::<String>(id).ok().flatten();
    let path = |text: &String| match text.split_once('=') {
        Some((_, path)) if !Path::new(text).exists() => PathBuf::from(path),
        _ => PathBuf::from(text),
    };
    given.into_iter().flatten().map(path).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::error::{ContextKind, ContextValue, ErrorKind};
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::args::Cli;

    /// Every argument whose value is a path, of every command.
    fn arguments() -> Vec<(Command, Arg)> {
        let mut definition = Cli::command();
        definition.build();
        let commands = definition.get_subcommands().filter(|c| c.get_name() != "help").cloned();
        commands
            .flat_map(|c| c.clone().get_arguments().cloned().map(move |a| (c.clone(), a)).collect::<Vec<_>>())
            .collect()
    }

    fn gives_a_path(arg: &Arg) -> bool {
        let named = |names: &[clap::builder::Str]| names.iter().any(|n| n.contains("PATH"));
        is_path(arg) || arg.get_value_names().is_some_and(named)
    }

    /// Who adds an argument that gives a path says in `role` whether it is read or written.
    #[test]
    fn every_path_argument_has_a_role() {
        let mut found = 0;
        for (command, arg) in arguments() {
            let role = role(command.get_name(), arg.get_id().as_str());
            assert_eq!(role.is_some(), gives_a_path(&arg), "{} {}", command.get_name(), arg.get_id());
            found += usize::from(role.is_some());
        }
        assert!(found > 20, "{found}");
    }

    /// An argument and its value as words of a command line; `at` stands where a path is asked for.
    fn words(arg: &Arg, at: &Path) -> Vec<String> {
        let value = match arg.get_possible_values().first() {
            Some(value) => value.get_name().to_owned(),
            None => at.display().to_string(),
        };
        arg.get_long().map(|long| format!("--{long}")).into_iter().chain([value]).collect()
    }

    /// Parses a command line with these arguments and whatever else the command cannot do without.
    fn parse(command: &Command, given: &[(&Arg, &Path)], rest: &Path) -> Result<ArgMatches, ErrorKind> {
        let mut given: Vec<(Arg, PathBuf)> = given.iter().map(|(a, p)| ((*a).clone(), p.to_path_buf())).collect();
        for fresh in 0.. {
            let options = given.iter().filter(|(a, _)| !a.is_positional());
            let words = options.chain(given.iter().filter(|(a, _)| a.is_positional())).map(|(a, p)| words(a, p));
            // Many values may follow an option: each stands in a place of its own.
            let mut line = vec!["primer".to_owned(), command.get_name().to_owned()];
            for group in words {
                if !group[0].starts_with("--") {
                    line.push("--".to_owned());
                }
                line.extend(group);
            }
            let e = match Cli::command().try_get_matches_from(line) {
                Ok(matches) => return Ok(matches),
                Err(e) => e,
            };
            let Some(ContextValue::Strings(missing)) = e.get(ContextKind::InvalidArg) else { return Err(e.kind()) };
            assert!(e.kind() == ErrorKind::MissingRequiredArgument && fresh < 9, "{e}");
            for missing in missing.clone() {
                let by_name = |a: &&Arg| {
                    missing.contains(&shown(a))
                        || a.is_positional() && missing.contains(a.get_id().as_str())
                        || a.get_value_names().is_some_and(|n| a.is_positional() && missing.contains(n[0].as_str()))
                };
                let arg = command.get_arguments().find(by_name).unwrap_or_else(|| panic!("{missing}"));
                let path = rest.join(format!("{}-{fresh}", arg.get_id()));
                if role(command.get_name(), arg.get_id().as_str()) == Some(Role::Read) {
                    fs::write(&path, "other").unwrap();
                }
                given.push((arg.clone(), path));
            }
        }
        unreachable!()
    }

    /// No command line has an output that is read or that is another output: by its own name, through `..`, a link or a hard
    /// link. All commands and all pairs, as the definition has them.
    #[test]
    fn no_output_of_any_command_may_be_what_another_argument_names() {
        let (arguments, mut pairs) = (arguments(), 0);
        for (command, out) in &arguments {
            let Some(Role::Written(_)) = role(command.get_name(), out.get_id().as_str()) else { continue };
            let others =
                arguments.iter().filter(|(c, a)| c.get_name() == command.get_name() && a.get_id() != out.get_id());
            for (_, other) in others.filter(|(c, a)| role(c.get_name(), a.get_id().as_str()).is_some()) {
                let folder = tempfile::tempdir().unwrap();
                let at = |name: &str| folder.path().join(name);
                fs::write(at("precious"), "precious").unwrap();
                fs::create_dir(at("sub")).unwrap();
                fs::hard_link(at("precious"), at("hard")).unwrap();
                let mut ways = vec![at("precious"), at("./precious"), at("sub/../precious"), at("hard")];
                #[cfg(unix)]
                {
                    std::os::unix::fs::symlink("precious", at("soft")).unwrap();
                    ways.push(at("soft"));
                }
                for way in ways {
                    let place = format!("{}: --{} and {}", command.get_name(), out.get_id(), shown(other));
                    let matches = match parse(command, &[(out, &way), (other, &at("precious"))], &at("sub")) {
                        Ok(matches) => matches,
                        Err(kind) => {
                            assert_eq!(kind, ErrorKind::ArgumentConflict, "{place}");
                            continue;
                        }
                    };
                    assert!(Cli::from_arg_matches(&matches).is_ok(), "{place}");
                    let e = check(&Cli::command(), &matches).err().unwrap_or_else(|| panic!("{place}: not refused"));
                    let told = e.to_string();
                    assert!(told.contains("is the same file as"), "{place}: {told}");
                    assert!(told.contains(&shown(out)) && told.contains(&shown(other)), "{place}: {told}");
                    pairs += 1;
                }
                assert_eq!(fs::read(at("precious")).unwrap(), b"precious");
            }
        }
        assert!(pairs > 100, "{pairs}");
    }

    /// What is right goes through, and leaves nothing behind.
    #[test]
    fn files_of_their_own_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        for (command, _) in
            arguments().into_iter().filter(|(c, a)| c.get_name() != "experiment-run" && a.get_id() == "json")
        {
            let matches = parse(&command, &[], folder.path()).unwrap();
            if let Err(e) = check(&Cli::command(), &matches) {
                panic!("{}: {e}", command.get_name());
            }
        }
    }
}
