//! Of entities that lie over one another, which are read.

use std::collections::BTreeMap;

use super::align::Entity;
use super::notes::Notes;
use crate::error::{Error, Result};

/// The note on entities that were left out for longer ones.
pub(super) const OVER: &str = "entities inside or across longer ones, left out";

/// The entities without duplicates, and of those that overlap the longest; of two that are as long the one that starts
/// first, and of two in the same place the first given. They ascend. What is left out is noted.
///
/// # Errors
/// `Data` where `strict` and entities overlap; duplicates never harm.
pub(super) fn apart(entities: Vec<Entity>, strict: bool, line: u64, notes: &mut Notes) -> Result<Vec<Entity>> {
    let mut order: Vec<(usize, Entity)> = entities.into_iter().enumerate().collect();
    let key = |(given, e): &(usize, Entity)| (std::cmp::Reverse(e.bytes.len()), e.bytes.start, *given);
    order.sort_by_key(key);
    let mut kept: BTreeMap<usize, Entity> = BTreeMap::new();
    let (mut duplicates, mut over) = (0, 0);
    for (_, entity) in order {
        let before = kept.range(..entity.bytes.end).next_back().map(|(_, e)| e);
        match before.filter(|before| before.bytes.end > entity.bytes.start) {
            None => _ = kept.insert(entity.bytes.start, entity),
            Some(other) if other.bytes == entity.bytes && other.label == entity.label => duplicates += 1,
            Some(other) if strict => {
                let (a, b) = if other.given.start <= entity.given.start { (other, &entity) } else { (&entity, other) };
                let (a, b) = (&a.given, &b.given);
                return Err(Error::data(format!(
                    "the entities {}..{} and {}..{} overlap, which strict reading refuses",
                    a.start, a.end, b.start, b.end
                )));
            }
            Some(_) => over += 1,
        }
    }
    if duplicates > 0 {
        notes.count(line, duplicates, "entities that are there twice, read once");
    }
    if over > 0 {
        notes.count(line, over, OVER);
    }
    Ok(kept.into_values().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entity(start: usize, end: usize, label: &str) -> Entity {
        Entity { bytes: start..end, given: start..end, label: label.to_owned() }
    }

    /// What is kept, and what is told.
    type Kept = (Vec<(usize, usize, String)>, String);

    fn read(entities: &[(usize, usize, &str)], strict: bool) -> Result<Kept> {
        let mut notes = Notes::default();
        let given = entities.iter().map(|&(start, end, label)| entity(start, end, label)).collect();
        let kept = apart(given, strict, 1, &mut notes)?;
        let told: Vec<String> = notes.list().iter().map(ToString::to_string).collect();
        Ok((kept.into_iter().map(|e| (e.bytes.start, e.bytes.end, e.label)).collect(), told.join("; ")))
    }

    #[test]
    fn the_longest_stay_and_the_others_are_told() {
        let found = |entities: &[(usize, usize, &str)]| {
            let (kept, told) = read(entities, false).unwrap();
            (kept.iter().map(|(s, e, l)| format!("{s}..{e} {l}")).collect::<Vec<_>>().join(", "), told)
        };
        assert_eq!(found(&[(0, 9, "A"), (0, 9, "A"), (10, 12, "B")]).0, "0..9 A, 10..12 B");
        assert!(found(&[(0, 9, "A"), (0, 9, "A")]).1.contains("there twice"));
        assert_eq!(found(&[(0, 4, "G"), (0, 9, "A")]).0, "0..9 A");
        assert!(found(&[(0, 4, "G"), (0, 9, "A")]).1.contains("longer ones"));
        assert_eq!(found(&[(0, 4, "A"), (3, 8, "B"), (8, 9, "C")]).0, "3..8 B, 8..9 C");
        assert_eq!(found(&[(3, 7, "B"), (0, 4, "A")]).0, "0..4 A");
        assert_eq!(found(&[(0, 4, "A"), (0, 4, "B")]).0, "0..4 A");
        assert_eq!(found(&[(4, 8, "A"), (0, 4, "B")]), ("0..4 B, 4..8 A".to_owned(), String::new()));
    }

    #[test]
    fn strict_reading_refuses_overlaps_and_not_duplicates() {
        assert!(read(&[(0, 4, "A"), (0, 4, "A")], true).is_ok());
        let e = read(&[(3, 8, "B"), (0, 4, "A")], true).unwrap_err();
        assert!(e.message().contains("0..4 and 3..8 overlap"), "{e}");
    }

    proptest! {
        /// What is kept never overlaps, and each that is left out overlaps a kept one that is at least as long.
        #[test]
        fn nothing_is_left_out_without_need(spans in prop::collection::vec((0usize..20, 1usize..8, 0usize..2), 0..12)) {
            let given: Vec<Entity> = spans.iter().map(|&(s, n, l)| entity(s, s + n, ["A", "B"][l])).collect();
            let again = spans.iter().map(|&(s, n, l)| entity(s, s + n, ["A", "B"][l])).collect();
            let kept = apart(again, false, 1, &mut Notes::default()).unwrap();
            prop_assert!(kept.windows(2).all(|w| w[0].bytes.end <= w[1].bytes.start));
            for entity in given {
                let over = |k: &Entity| k.bytes.start < entity.bytes.end && entity.bytes.start < k.bytes.end;
                prop_assert!(kept.iter().any(|k| over(k) && k.bytes.len() >= entity.bytes.len()));
            }
        }
    }
}
