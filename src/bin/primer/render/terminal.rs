//! Text for a person at a terminal: entities in colour with their label, or in brackets where there is no colour.

use std::ffi::OsString;
use std::io::{self, Write};

use anstyle::{Ansi256Color, Reset, Style};

use super::{Document, Palette, Renderer, visible};

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set or the terminal is dumb.
    #[default]
    Auto,
    /// Always, also into a file or a pipe.
    Always,
    /// Never.
    Never,
}

/// Whether to colour output; `variable` reads the environment (`std::env::var_os`).
pub fn use_colour(choice: ColourChoice, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let is_dumb = || variable("TERM").is_some_and(|term| term == "dumb");
    match choice {
        ColourChoice::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
        ColourChoice::Always => true,
        ColourChoice::Never => false,
    }
}

/// The entities' backgrounds. These of the 256 colours are the same in every theme, and black is readable on each.
const BACKGROUNDS: [u8; 8] = [117, 216, 151, 183, 116, 218, 186, 147];

/// The text with its entities marked.
pub struct Terminal {
    colour: bool,
    palette: Palette,
}

impl Terminal {
    /// `labels` are the entity types in their order: each keeps its colour from one run to the next.
    pub fn new(colour: bool, labels: &[String]) -> Terminal {
        Terminal { colour, palette: Palette(labels.to_vec()) }
    }

    fn entity(&mut self, text: &str, label: &str, out: &mut dyn Write) -> io::Result<()> {
        let (label, text) = (visible(label), visible(text));
        if !self.colour {
            return write!(out, "[{label} {text}]");
        }
        let background = BACKGROUNDS[self.palette.index(&label) % BACKGROUNDS.len()];
        let style =
            Style::new().bg_color(Some(Ansi256Color(background).into())).fg_color(Some(Ansi256Color(16).into()));
        let name = Style::new().bold();
        // A background that is on at a line's end fills the rest of the line.
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            match lines.peek() {
                Some(_) => writeln!(out, "{style} {line} {Reset}")?,
                None => write!(out, "{style} {line} {name}{label} {Reset}")?,
            }
        }
        Ok(())
    }
}

impl Renderer for Terminal {
    fn document(&mut self, document: &Document, out: &mut dyn Write) -> io::Result<()> {
        for (text, mark) in document.segments() {
            match mark {
                Some(mark) => self.entity(text, &mark.label, out)?,
                None => out.write_all(visible(text).as_bytes())?,
            }
        }
        if document.text.ends_with('\n') { Ok(()) } else { writeln!(out) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, rendered};
    use super::*;

    fn greeting() -> Document {
        let mut document = Document::from_text("Hi Ada!", vec![]);
        document.mark(3..6, "PER", 1.0);
        document
    }

    #[test]
    fn entities_stand_in_brackets_without_colour() {
        assert_eq!(rendered(Terminal::new(false, &[]), &[greeting(), greeting()]), "Hi [PER Ada]!\nHi [PER Ada]!\n");
    }

    #[test]
    fn a_type_keeps_its_colour() {
        let labels = ["LOC".to_owned(), "PER".to_owned()];
        let shown = rendered(Terminal::new(true, &labels), &[greeting()]);
        assert!(shown.starts_with("Hi \u{1b}[") && shown.ends_with("\u{1b}[0m!\n"), "{shown:?}");
        assert!(shown.contains("48;5;216m") && shown.contains(" Ada ") && shown.contains("PER "), "{shown:?}");
    }

    #[test]
    fn the_only_escapes_are_our_own() {
        let plain = rendered(Terminal::new(false, &[]), &[hostile()]);
        assert!(!plain.contains(|c: char| c.is_control() && c != '\n'), "{plain:?}");
        let coloured = rendered(Terminal::new(true, &[]), &[hostile()]);
        assert!(coloured.contains("␛[31m") && !coloured.contains("\u{1b}[31m"), "{coloured:?}");
    }

    #[test]
    fn colour_does_not_run_over_a_line_end() {
        let mut document = Document::from_text("New\nYork", vec![]);
        document.mark(0..8, "LOC", 1.0);
        let shown = rendered(Terminal::new(true, &[]), &[document]);
        assert!(shown.contains(" New \u{1b}[0m\n"), "{shown:?}");
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let auto = |terminal, variables: &'static [(&str, &str)]| {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            use_colour(ColourChoice::Auto, terminal, variable)
        };
        assert!(auto(true, &[]));
        assert!(auto(true, &[("NO_COLOR", ""), ("TERM", "xterm")]));
        assert!(!auto(false, &[]));
        assert!(!auto(true, &[("NO_COLOR", "1")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(use_colour(ColourChoice::Always, false, |_| Some("1".into())));
        assert!(!use_colour(ColourChoice::Never, true, |_| None));
    }
}
