//! How the tags of a file are spelt: O and PREFIX-TYPE, or in another way whose meaning is certain.
//!
//! What is certain is decided for a file as a whole: `PER` is a type where no tag has a prefix, and a mistake where the
//! others have one.

use std::collections::HashMap;

use super::options::DataOptions;
use super::scheme::{Prefix, Scheme};
use super::tags::check_type;
use crate::error::{Error, Result};

/// More types without prefix are no types but words or lemmas.
const MOST_PLAIN_TYPES: usize = 100;

/// What stands between prefix and type in place of a hyphen: what people and programs write, and the dashes of word
/// processors.
const SEPARATORS: [char; 9] = ['-', '_', ':', '/', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'];

/// The tags of a file, how often each is there and where first.
#[derive(Debug, Default)]
pub(super) struct TagCounts(HashMap<String, Seen>);

#[derive(Debug, Clone, Copy)]
struct Seen {
    count: usize,
    line: u64,
}

/// How the tags of a file say where an entity starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `B-PER`, or with another separator or in lower case: `b_per`.
    Prefixed,
    /// `PER-B`.
    Suffixed,
    /// `PER`: neighbours of one type are one entity.
    Plain,
}

/// What each tag is read as, where that is another.
#[derive(Debug, Default)]
pub(super) struct Spelling(HashMap<String, String>);

impl TagCounts {
    pub(super) fn add(&mut self, tag: &str, line: u64) {
        match self.0.get_mut(tag) {
            Some(seen) => seen.count += 1,
            None => _ = self.0.insert(tag.to_owned(), Seen { count: 1, line }),
        }
    }

    /// How these are tags of entities, if all but a few are: a share of half is enough, so that the others are errors
    /// and not the sign of another column. `None` also where all are outside.
    pub(super) fn style(&self) -> Option<Style> {
        let (mut all, mut prefixed, mut outside) = (0, 0, 0);
        for (tag, seen) in &self.0 {
            all += seen.count;
            match is_outside(tag) {
                true => outside += seen.count,
                false if in_front(tag).is_some() => prefixed += seen.count,
                false => {}
            }
        }
        match self.whole_style() {
            Some(style) => Some(style),
            None => (prefixed > 0 && 2 * (prefixed + outside) >= all).then_some(Style::Prefixed),
        }
    }

    /// Whether every one is outside; zeros alone are numbers.
    pub(super) fn is_all_outside(&self) -> bool {
        self.0.keys().any(|tag| tag != "0") && self.0.keys().all(|tag| is_outside(tag))
    }

    /// Whether they mark phrases of a shallow parse, as the third column of CoNLL-2003 does.
    pub(super) fn are_chunks(&self) -> bool {
        const CHUNKS: [&str; 16] = [
            "NP", "VP", "PP", "ADJP", "ADVP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "PNP", "PC", "NC", "VC",
            "AC",
        ];
        let mut types = self.0.keys().filter_map(|tag| in_front(tag)).peekable();
        types.peek().is_some() && types.all(|(_, kind)| CHUNKS.contains(&kind))
    }

    /// The style that all tags have; `None` also where all are outside.
    fn whole_style(&self) -> Option<Style> {
        let inside = || self.0.keys().map(String::as_str).filter(|tag| !is_outside(tag));
        if inside().next().is_none() {
            None
        } else if inside().all(|tag| in_front(tag).is_some()) && inside().any(is_surely_in_front) {
            Some(Style::Prefixed)
        } else if inside().all(|tag| behind(tag).is_some()) {
            Some(Style::Suffixed)
        } else if self.0.keys().any(|tag| is_outside(tag))
            && inside().count() <= MOST_PLAIN_TYPES
            && inside().all(is_plain_type)
        {
            Some(Style::Plain)
        } else {
            None
        }
    }

    /// What each tag means, and notes on those that are spelt in an unusual way.
    ///
    /// # Errors
    /// `Data` with the line of the first tag whose meaning is not certain, and what it may be meant for.
    pub(super) fn spelling(&self, options: &DataOptions, notes: &mut Vec<String>) -> Result<Spelling> {
        if let Some(numbers) = self.numbers(options)? {
            return Ok(numbers);
        }
        let blank = self.blank_outside();
        let style = self.whole_style();
        let mut tags: Vec<(&String, &Seen)> = self.0.iter().collect();
        tags.sort_by_key(|(tag, seen)| (seen.line, *tag));
        let mut spelling = Spelling::default();
        let mut unusual = Vec::new();
        for (tag, seen) in tags {
            let read = match style {
                _ if is_outside(tag) || blank == Some(tag) => Some("O".to_owned()),
                Some(Style::Suffixed) => behind(tag).map(joined),
                Some(Style::Plain) => Some(format!("I-{tag}")),
                Some(Style::Prefixed) | None if is_strict(tag) => Some(tag.clone()),
                Some(Style::Prefixed) | None => in_front(tag).map(joined),
            };
            let read = read.ok_or_else(|| self.wrong(tag)).map_err(|e| e.at_line(seen.line))?;
            check(&read, options).map_err(|e| e.at_line(seen.line))?;
            if read != *tag {
                unusual.push(format!("{tag:?} as {read:?}"));
                spelling.0.insert(tag.clone(), read);
            }
        }
        if style == Some(Style::Plain) {
            notes.push("the tags have no prefixes: words of one type in a row are read as one entity".to_owned());
        } else if !unusual.is_empty() {
            let more = if unusual.len() > 4 { " and so on" } else { "" };
            unusual.truncate(4);
            notes.push(format!("tags in another spelling are read: {}{more}", unusual.join(", ")));
        }
        Ok(spelling)
    }

    /// The names of numbered tags; `None` where tags are no numbers, or only 0.
    fn numbers(&self, options: &DataOptions) -> Result<Option<Spelling>> {
        let number = |tag: &String| tag.parse::<i64>().ok();
        let is_only_zero = self.0.keys().all(|tag| is_outside(tag));
        if self.0.is_empty() || !self.0.keys().all(|tag| number(tag).is_some()) {
            return Ok(None);
        }
        if options.tag_names.is_empty() {
            if is_only_zero {
                return Ok(None);
            }
            let line = self.0.values().map(|seen| seen.line).min().unwrap_or(1);
            return Err(Error::data(
                "the tags are numbers: give their names in order, such as O,B-PER,I-PER (tag_names), as the data set's \
                 card lists them",
            )
            .at_line(line));
        }
        let mut tags: Vec<(&String, &Seen)> = self.0.iter().collect();
        tags.sort_by_key(|(_, seen)| seen.line);
        let mut names = TagCounts::default();
        let mut given = Vec::new();
        for (tag, seen) in tags {
            let name = number(tag).and_then(|n| options.tag_names.get(usize::try_from(n).ok()?));
            let name = name.ok_or_else(|| {
                let n = options.tag_names.len();
                Error::data(format!("the tag {tag} has no name: {n} names were given (tag_names)")).at_line(seen.line)
            })?;
            names.0.entry(name.clone()).or_insert(*seen);
            given.push((tag.clone(), name));
        }
        let named = names.spelling(options, &mut Vec::new())?;
        Ok(Some(Spelling(given.into_iter().map(|(tag, name)| (tag, named.read(name).to_owned())).collect())))
    }

    /// What stands for "outside" in files that have no O: an underscore, a hyphen or an asterisk.
    fn blank_outside(&self) -> Option<&String> {
        let mut blank = self.0.keys().filter(|tag| matches!(tag.as_str(), "_" | "-" | "*"));
        let (one, another) = (blank.next()?, blank.next());
        let others = || self.0.keys().filter(|tag| *tag != one);
        let tags = others().next().is_some() && others().all(|tag| is_strict(tag) && tag != "O");
        (another.is_none() && tags).then_some(one)
    }

    /// What is wrong with a tag, and what may be meant.
    fn wrong(&self, tag: &str) -> Error {
        let shown: String = tag.chars().take(40).collect();
        let types: Vec<&str> = self.0.keys().filter_map(|tag| Some(in_front(tag)?.1)).collect();
        let glued = tag.chars().next().filter(|c| "BIESLUMW".contains(*c)).map(|c| (c, &tag[1..]));
        let meant = if let Some(read) = behind(tag) {
            format!("; is {:?} meant?", joined(read))
        } else if types.contains(&tag) {
            format!("; is \"B-{tag}\" or \"I-{tag}\" meant?")
        } else if let Some((letter, kind)) = glued.filter(|(_, kind)| types.contains(kind)) {
            format!("; is \"{letter}-{kind}\" meant?")
        } else if matches!(tag, "OO" | "O." | "O-" | "O," | "-O" | "°" | "º" | "〇") || tag.starts_with("O-") {
            "; is \"O\" meant?".to_owned()
        } else if tag.is_empty() {
            ": the column is empty".to_owned()
        } else if glued.is_some_and(|(_, kind)| kind.trim_start_matches(SEPARATORS).is_empty()) {
            "; write the type behind it, such as \"B-PER\"".to_owned()
        } else if tag.len() > 1 && tag.starts_with('"') && tag.ends_with('"') {
            "; cells in quotation marks, as spreadsheets write them, are not read: export without them".to_owned()
        } else if tag.contains(['(', ')', '*']) {
            "; brackets, as in CoNLL-2012, are not read: write B- and I-".to_owned()
        } else if tag.parse::<f64>().is_ok() {
            "; is it the right column (tag_column)?".to_owned()
        } else if !types.is_empty() {
            format!("; is \"B-{shown}\" or \"I-{shown}\" meant?")
        } else {
            "; is it the right column (tag_column)? Types without prefixes are read where other words have the tag \"O\""
                .to_owned()
        };
        Error::data(format!("the tag {shown:?} is neither O nor B-, I-, E- or S- and an entity type{meant}"))
    }
}

impl Spelling {
    /// What a tag is read as.
    pub(super) fn read<'a>(&'a self, tag: &'a str) -> &'a str {
        self.0.get(tag).map_or(tag, String::as_str)
    }

    /// Puts in the place of each tag what it is read as.
    pub(super) fn apply(&self, tags: &mut [String]) {
        if !self.0.is_empty() {
            for tag in tags {
                if let Some(read) = self.0.get(tag) {
                    tag.clone_from(read);
                }
            }
        }
    }
}

/// Whether a cell by itself can be the tag of a word.
pub(super) fn is_tag(tag: &str) -> bool {
    is_outside(tag) || in_front(tag).is_some() || behind(tag).is_some()
}

/// O, and what is read as it everywhere: in lower case, zero, and the letters of other scripts that look like it.
fn is_outside(tag: &str) -> bool {
    matches!(tag, "O" | "o" | "0" | "\u{41e}" | "\u{43e}" | "\u{39f}" | "\u{3bf}" | "\u{ff2f}")
}

fn is_strict(tag: &str) -> bool {
    Prefix::split(tag).is_some()
}

/// `B-PER` in any spelling.
fn in_front(tag: &str) -> Option<(Prefix, &str)> {
    let mut chars = tag.chars();
    let prefix = prefix(chars.next()?.to_ascii_uppercase())?;
    chars.next().filter(|c| SEPARATORS.contains(c))?;
    let kind = chars.as_str();
    (!kind.trim().is_empty()).then_some((prefix, kind))
}

/// As [`in_front`], and no type whose first letter happens to be one of a scheme in lower case: e-mail.
fn is_surely_in_front(tag: &str) -> bool {
    in_front(tag)
        .is_some_and(|(prefix, _)| matches!(prefix, Prefix::B | Prefix::I) || tag.starts_with(char::is_uppercase))
}

/// `PER-B` with any separator.
fn behind(tag: &str) -> Option<(Prefix, &str)> {
    let mut chars = tag.chars();
    let prefix = prefix(chars.next_back()?)?;
    chars.next_back().filter(|c| SEPARATORS.contains(c))?;
    let kind = chars.as_str();
    (!kind.is_empty()).then_some((prefix, kind))
}

/// The letters of BIOES, BILOU, BMES and BMEWO.
fn prefix(letter: char) -> Option<Prefix> {
    Some(match letter {
        'B' => Prefix::B,
        'I' | 'M' => Prefix::I,
        'E' | 'L' => Prefix::E,
        'S' | 'U' | 'W' => Prefix::S,
        _ => return None,
    })
}

fn joined((prefix, kind): (Prefix, &str)) -> String {
    format!("{}-{kind}", prefix.letter())
}

/// A name that can be a type without a prefix; the letters of the schemes are prefixes without a type.
fn is_plain_type(tag: &str) -> bool {
    let is_prefix = || tag.len() == 1 && prefix(tag.chars().next().unwrap_or(' ').to_ascii_uppercase()).is_some();
    let starts = tag.chars().next().is_some_and(char::is_alphabetic);
    let is_prefixed = is_surely_in_front(tag) || tag.ends_with(SEPARATORS);
    starts
        && !is_prefix()
        && !is_prefixed
        && behind(tag).is_none()
        && !tag.chars().any(|c| c.is_whitespace() || c == '=' || c == '|')
}

/// Checks a tag in the usual spelling under the scheme that was asked for.
fn check(tag: &str, options: &DataOptions) -> Result<()> {
    let Some((prefix, kind)) = Prefix::split(tag) else { return Ok(()) };
    if let Some(scheme) = options.scheme
        && !scheme.has(prefix)
    {
        return Err(Error::data(format!("the tag {tag:?} does not belong to {scheme}, but to {}", Scheme::Bioes)));
    }
    if prefix != Prefix::O {
        check_type(kind).map_err(|e| Error::data(e.message()))?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;
