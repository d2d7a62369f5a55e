//! Names of entity types as the encoder takes them.

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};
use crate::text::{Labelled, Tokenizer, Window};

/// Before every name: the encoder that the shipped model comes from was trained with it before short texts.
pub(super) const TEMPLATE: &str = "query:";

/// Pieces of a name that are read, special ones included.
const MOST_PIECES: usize = 64;

/// Abbreviations that say little to an encoder of texts.
const ABBREVIATIONS: [(&str, &str); 9] = [
    ("per", "person"),
    ("pers", "person"),
    ("loc", "location"),
    ("org", "organization"),
    ("misc", "miscellaneous"),
    ("gpe", "geopolitical entity"),
    ("fac", "facility"),
    ("prod", "product"),
    ("norp", "nationality religious or political group"),
];

/// A type's name in words: `HumanSettlement`, `human_settlement` and `HUMAN-SETTLEMENT` are "human settlement", `PER` is
/// "person".
pub(crate) fn spoken_name(kind: &str) -> String {
    let mut spoken = String::with_capacity(kind.len() + 4);
    let mut lower_before = false;
    for c in kind.chars() {
        match c {
            '_' | '-' | '.' | '/' | ' ' => spoken.push(' '),
            c => {
                if c.is_uppercase() && lower_before {
                    spoken.push(' ');
                }
                spoken.extend(c.to_lowercase());
            }
        }
        lower_before = c.is_lowercase();
    }
    let spoken = spoken.split_whitespace().collect::<Vec<_>>().join(" ");
    match ABBREVIATIONS.iter().find(|(short, _)| *short == spoken) {
        Some((_, long)) => (*long).to_owned(),
        None => spoken,
    }
}

/// A name as a window of which every piece is read.
///
/// # Errors
/// `InvalidArgument` for a name in which the tokenizer finds no piece.
pub(crate) fn window_of(tokenizer: &Tokenizer, kind: &str) -> Result<Window> {
    let spoken = spoken_name(kind);
    let words: Vec<&str> = [TEMPLATE].into_iter().chain(spoken.split(' ')).collect();
    let encoding = tokenizer.encode(&words)?;
    let window = tokenizer.windows(&encoding, MOST_PIECES, 0).into_iter().next();
    let ids = window.map(|w| w.ids).filter(|_| !spoken.is_empty());
    let ids = ids.ok_or_else(|| Error::argument(format!("the entity type {kind:?} has no name that can be read")))?;
    let labelled = (0..ids.len() as u32).map(|piece| Labelled { piece, word: piece }).collect();
    Ok(Window { ids, labelled })
}

/// What is read of a type: its name in words, and behind a colon what describes it.
pub(crate) fn spoken_text(kind: &str, description: &str) -> String {
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    match (spoken_name(kind), description) {
        (name, description) if description.is_empty() => name,
        (name, description) if name.is_empty() => description,
        (name, description) => format!("{name}: {description}"),
    }
}

/// A text behind `template`, as a window of which every piece is read, for an encoder that takes `positions` pieces; or why
/// there is none: it has no piece, or too many.
pub(crate) fn read_text(
    tokenizer: &Tokenizer,
    template: &str,
    text: &str,
    positions: usize,
) -> Result<std::result::Result<Window, String>> {
    let most = MOST_PIECES.min(positions);
    let words: Vec<&str> = [template].into_iter().chain(text.split_whitespace()).collect();
    if words.len() == 1 {
        return Ok(Err("its name has no word that can be read".to_owned()));
    }
    let encoding = tokenizer.encode(&words)?;
    let mut windows = tokenizer.windows(&encoding, most, 0).into_iter();
    Ok(match (windows.next(), windows.next()) {
        (Some(window), None) => {
            let ids = window.ids;
            let labelled = (0..ids.len() as u32).map(|piece| Labelled { piece, word: piece }).collect();
            Ok(Window { ids, labelled })
        }
        (None, _) => Err("its name has no word that can be read".to_owned()),
        (Some(_), Some(_)) => {
            let short: String = text.chars().take(40).collect();
            Err(format!("what is to be read of it ({short:?}…) is longer than {most} tokens"))
        }
    })
}

/// The means of stretches of rows of these lengths, one after another: `[lengths, hidden]` of `[rows, hidden]`.
pub(crate) fn mean_pieces(hidden: &Tensor, lengths: &[usize]) -> Result<Tensor> {
    let rows: usize = lengths.iter().sum();
    let mut shares = vec![0f32; lengths.len() * rows];
    let mut start = 0;
    for (i, length) in lengths.iter().enumerate() {
        shares[i * rows + start..i * rows + start + length].fill(1.0 / *length as f32);
        start += length;
    }
    let shares = Tensor::from_vec(shares, (lengths.len(), rows), &Device::Cpu)?;
    Ok(shares.to_device(hidden.device())?.matmul(hidden)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_in_words() {
        for (kind, spoken) in [
            ("HumanSettlement", "human settlement"),
            ("musical_instrument", "musical instrument"),
            ("WORK-OF-ART", "work of art"),
            ("PER", "person"),
            ("DNA", "dna"),
            ("Straße", "straße"),
            ("薬", "薬"),
            ("  ", ""),
        ] {
            assert_eq!(spoken_name(kind), spoken, "{kind}");
        }
    }

    #[test]
    fn means_are_taken_stretch_by_stretch() -> Result<()> {
        let hidden = Tensor::new(&[[1f32, 2.0], [3.0, 4.0], [5.0, 9.0]], &Device::Cpu)?;
        assert_eq!(mean_pieces(&hidden, &[2, 1])?.to_vec2::<f32>()?, [[2.0, 3.0], [5.0, 9.0]]);
        Ok(())
    }
}
