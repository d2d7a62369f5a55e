//! Names that columns have in a first row or in `# global.columns`.

/// The names of the columns in `# global.columns = ...` of CoNLL-U Plus.
pub(super) fn global_columns(line: &str) -> Option<Vec<String>> {
    let rest = line.strip_prefix('#')?.trim_start().strip_prefix("global.columns")?.trim_start().strip_prefix('=')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// Whether a column of this name holds the words.
pub(super) fn is_word_name(name: &str) -> bool {
    matches!(plain(name).as_str(), "form" | "word" | "words" | "token" | "tokens" | "text" | "surface")
}

/// Whether a column of this name holds the tags of entities.
pub(super) fn is_tag_name(name: &str) -> bool {
    const NAMES: [&str; 29] = [
        "ne",
        "ner",
        "nertag",
        "nertags",
        "netag",
        "netags",
        "tag",
        "tags",
        "label",
        "labels",
        "iob",
        "iob2",
        "bio",
        "bioes",
        "bilou",
        "biotag",
        "iobtag",
        "entity",
        "entities",
        "entitytag",
        "namedentity",
        "annotation",
        "annotations",
        "entitytype",
        "category",
        "class",
        "gold",
        "nerclass",
        "nerlabel",
    ];
    // Of several (NE-COARSE-LIT and NE-FINE-LIT of HIPE) the first is read.
    if name.split(['-', '_', ' ', ':']).any(|part| matches!(part.to_ascii_lowercase().as_str(), "ne" | "ner")) {
        return true;
    }
    let name = plain(name);
    // CoNLL-U Plus has the project's name before: PARSEME:MWE, DH:NER.
    let own = name.rsplit(':').next().unwrap_or_default();
    NAMES.contains(&own)
}

/// Whether these cells of a first row are names of its columns.
pub(super) fn is_header(cells: &[&str]) -> bool {
    cells.len() > 1 && cells.iter().any(|cell| is_word_name(cell)) && cells.iter().any(|cell| is_tag_name(cell))
}

/// The names, of which those of part of speech and chunk are no tags of entities, though "tag" is in them.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_known_in_the_usual_spellings() {
        assert!(["FORM", "token", "Word", "text"].into_iter().all(is_word_name));
        assert!(
            ["ner_tags", "NER", "Tag", "label", "PARSEME:NE", "DH:NER", "BIO", "NE-COARSE-LIT", "fine_ner_tags"]
                .into_iter()
                .all(is_tag_name)
        );
        assert!(
            !["POS", "pos_tag", "UPOS", "chunk", "PARSEME:MWE", "id", "NEL-LIT", "lines"].into_iter().any(is_tag_name)
        );
        assert!(is_header(&["text", "label"]) && is_header(&["Sentence", "Word", "POS", "Tag"]));
        assert!(!is_header(&["text", "O"]) && !is_header(&["label"]) && !is_header(&["Anna", "B-PER"]));
    }

    #[test]
    fn the_columns_of_conllu_plus_are_named() {
        let names = global_columns("# global.columns = ID FORM  NE").unwrap();
        assert_eq!(names, ["ID", "FORM", "NE"]);
        assert_eq!(global_columns("# text = global.columns"), None);
    }
}
