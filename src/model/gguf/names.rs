//! What GGUF calls the tensors of a BERT encoder.

/// Pairs of GGUF's and `transformers`' names, outside the layers and within one.
const OUTSIDE: [(&str, &str); 4] = [
    ("token_embd", "embeddings.word_embeddings"),
    ("position_embd", "embeddings.position_embeddings"),
    ("token_types", "embeddings.token_type_embeddings"),
    ("token_embd_norm", "embeddings.LayerNorm"),
];
const INSIDE: [(&str, &str); 8] = [
    ("attn_q", "attention.self.query"),
    ("attn_k", "attention.self.key"),
    ("attn_v", "attention.self.value"),
    ("attn_output", "attention.output.dense"),
    ("attn_output_norm", "attention.output.LayerNorm"),
    ("ffn_up", "intermediate.dense"),
    ("ffn_down", "output.dense"),
    ("layer_output_norm", "output.LayerNorm"),
];

/// GGUF's name of a tensor of `BertModel`, if it has one.
pub(super) fn to_gguf(name: &str) -> Option<String> {
    let (stem, part) = split(name)?;
    match stem.strip_prefix("encoder.layer.") {
        None => OUTSIDE.iter().find(|n| n.1 == stem).map(|n| format!("{}.{part}", n.0)),
        Some(rest) => {
            let (layer, stem) = rest.split_once('.')?;
            let layer = number(layer)?;
            INSIDE.iter().find(|n| n.1 == stem).map(|n| format!("blk.{layer}.{}.{part}", n.0))
        }
    }
}

/// The name in `BertModel` of a tensor in a GGUF file, if the encoder has it.
pub(super) fn from_gguf(name: &str) -> Option<String> {
    let (stem, part) = split(name)?;
    match stem.strip_prefix("blk.") {
        None => OUTSIDE.iter().find(|n| n.0 == stem).map(|n| format!("{}.{part}", n.1)),
        Some(rest) => {
            let (layer, stem) = rest.split_once('.')?;
            let layer = number(layer)?;
            INSIDE.iter().find(|n| n.0 == stem).map(|n| format!("encoder.layer.{layer}.{}.{part}", n.1))
        }
    }
}

fn split(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(_, part)| matches!(*part, "weight" | "bias"))
}

/// A layer's number, written in the one way that it is written.
fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|n: &u16| n.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (gguf, bert) in [
            ("token_embd.weight", "embeddings.word_embeddings.weight"),
            ("token_embd_norm.bias", "embeddings.LayerNorm.bias"),
            ("blk.11.attn_output_norm.weight", "encoder.layer.11.attention.output.LayerNorm.weight"),
            ("blk.0.ffn_down.bias", "encoder.layer.0.output.dense.bias"),
        ] {
            assert_eq!(to_gguf(bert).as_deref(), Some(gguf));
            assert_eq!(from_gguf(gguf).as_deref(), Some(bert));
        }
    }

    #[test]
    fn no_two_names_mean_one_tensor() {
        for name in ["blk.00.attn_q.weight", "blk.+1.attn_q.weight", "blk.x.attn_q.weight", "attn_q.weight", "", "."] {
            assert_eq!(from_gguf(name), None, "{name}");
        }
        assert_eq!(to_gguf("pooler.dense.weight"), None);
    }
}
