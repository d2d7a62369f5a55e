//! Which pieces of a vocabulary are kept.

use std::collections::BTreeMap;

use super::language::{HAN, HANGUL, Language};

/// A vocabulary that is to be cut.
pub(super) struct Vocabulary<'a> {
    /// Pieces bare of the marks that tokenizers put before them, by id.
    pub(super) bare: Vec<&'a str>,
    /// How likely the tokenizer holds each piece; only the order matters.
    pub(super) scores: Vec<f64>,
    /// How often each occurs in the text that was counted.
    pub(super) counts: &'a [u64],
}

/// What was kept, and for which reason.
#[derive(Default)]
pub(super) struct Choice {
    kept: Vec<bool>,
    number: usize,
    /// Pieces kept for the sake of each language without text.
    pub(super) languages: BTreeMap<&'static str, usize>,
}

impl Choice {
    /// Keeps a piece; says whether that is new.
    fn keep(&mut self, id: usize) -> bool {
        let new = !std::mem::replace(&mut self.kept[id], true);
        self.number += usize::from(new);
        new
    }

    /// The ids that are kept, ascending.
    pub(super) fn ids(&self) -> Vec<u32> {
        (0..).zip(&self.kept).filter(|(_, kept)| **kept).map(|(id, _)| id).collect()
    }
}

/// Chooses at most `size` pieces, more only where `always` alone has more.
///
/// In this order: what must stay; single characters that were seen, and those of scripts with few, so that no script
/// is lost; pieces seen twice or more, the most frequent first. Of the room that is left, three quarters go in equal
/// shares to the languages without text, a quarter to pieces seen once. What nobody claims goes to the best scores.
pub(super) fn choose(v: &Vocabulary, always: &[u32], languages: &[&'static Language], size: usize) -> Choice {
    let mut choice = Choice { kept: vec![false; v.bare.len()], ..Choice::default() };
    for id in always {
        choice.keep(*id as usize);
    }
    let mut by_score: Vec<usize> = (0..v.bare.len()).collect();
    by_score.sort_by(|a, b| v.scores[*b].total_cmp(&v.scores[*a]).then(a.cmp(b)));

    let single = |id: &usize| {
        let mut chars = v.bare[*id].chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => v.counts[*id] > 0 || !(HAN.has(c) || HANGUL.has(c)),
            // A bare mark.
            (None, _) => true,
            _ => false,
        }
    };
    take(&mut choice, by_score.iter().copied().filter(single), size);
    let mut frequent: Vec<usize> = by_score.iter().copied().filter(|id| v.counts[*id] > 1).collect();
    frequent.sort_by_key(|id| std::cmp::Reverse(v.counts[*id]));
    take(&mut choice, frequent.into_iter(), size);

    let seen_once = || by_score.iter().copied().filter(|id| v.counts[*id] == 1);
    if !languages.is_empty() {
        let quarter = choice.number + size.saturating_sub(choice.number) / 4;
        take(&mut choice, seen_once(), quarter);
        share(&mut choice, v, &by_score, languages, size);
    }
    take(&mut choice, seen_once(), size);
    take(&mut choice, by_score.iter().copied(), size);
    choice
}

fn take(choice: &mut Choice, ids: impl Iterator<Item = usize>, size: usize) {
    for id in ids {
        if choice.number >= size {
            break;
        }
        choice.keep(id);
    }
}

/// The languages take turns, each taking the best piece that it can use and nobody has kept yet.
fn share(choice: &mut Choice, v: &Vocabulary, by_score: &[usize], languages: &[&'static Language], size: usize) {
    let mut lists: Vec<_> = languages
        .iter()
        .map(|language| {
            let mut ids: Vec<_> =
                by_score.iter().filter_map(|id| language.fit(v.bare[*id]).map(|fit| (fit, *id))).collect();
            // Stable: within a fit the best scores stay first.
            ids.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
            (language.code, ids.into_iter())
        })
        .collect();
    while choice.number < size && !lists.is_empty() {
        lists.retain_mut(|(code, ids)| {
            if choice.number >= size {
                return true;
            }
            let found = ids.any(|(_, id)| choice.keep(id));
            *choice.languages.entry(code).or_default() += usize::from(found);
            found
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces with their counts, best score first.
    fn chosen(pieces: &[(&str, u64)], always: &[u32], languages: &[&str], size: usize) -> Vec<String> {
        let counts: Vec<u64> = pieces.iter().map(|p| p.1).collect();
        let scores = (0..pieces.len()).map(|i| -(i as f64)).collect();
        let v = Vocabulary { bare: pieces.iter().map(|p| p.0).collect(), scores, counts: &counts };
        let languages: Vec<_> = languages.iter().map(|l| Language::of(l).unwrap()).collect();
        let ids = choose(&v, always, &languages, size).ids();
        ids.into_iter().map(|id| pieces[id as usize].0.to_owned()).collect()
    }

    #[test]
    fn what_must_stay_stays_whatever_the_size() {
        let pieces = [("ab", 9), ("cd", 9), ("<s>", 0)];
        assert_eq!(chosen(&pieces, &[2], &[], 2), ["ab", "<s>"]);
        assert_eq!(chosen(&pieces, &[1, 2], &[], 1), ["cd", "<s>"]);
        assert_eq!(chosen(&pieces, &[], &[], 9), ["ab", "cd", "<s>"]);
    }

    #[test]
    fn frequent_pieces_come_before_well_scored_ones() {
        let pieces = [("ab", 1), ("cd", 2), ("ef", 7), ("gh", 0)];
        assert_eq!(chosen(&pieces, &[], &[], 1), ["ef"]);
        assert_eq!(chosen(&pieces, &[], &[], 2), ["cd", "ef"]);
        assert_eq!(chosen(&pieces, &[], &[], 3), ["ab", "cd", "ef"]);
    }

    #[test]
    fn single_characters_stay_unless_they_are_rare_ideographs() {
        let pieces = [("ab", 9), ("蜘", 0), ("国", 1), ("힣", 0), ("ქ", 0), ("", 0)];
        assert_eq!(chosen(&pieces, &[], &[], 3), ["国", "ქ", ""]);
    }

    #[test]
    fn languages_without_text_share_the_room() {
        let georgian = [("ქართ", 0), ("ული", 0), ("თბილ", 0)];
        let pieces = [&[("the", 5), ("once", 1), ("twice", 1)][..], &georgian, &[("தமிழ்", 0), ("katika", 0)]].concat();
        // Six places: one seen often, a quarter of five for those seen once, the rest in turns; Tamil has but one piece.
        let kept = chosen(&pieces, &[], &["ka", "ta"], 6);
        assert_eq!(kept, ["the", "once", "ქართ", "ული", "თბილ", "தமிழ்"]);
        assert_eq!(chosen(&pieces, &[], &["ta", "ka"], 4), ["the", "ქართ", "ული", "தமிழ்"]);
        // What the languages leave goes to pieces seen once, then to the best scores.
        assert_eq!(chosen(&pieces, &[], &["ta"], 5), ["the", "once", "twice", "ქართ", "தமிழ்"]);
    }
}
