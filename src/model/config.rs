//! What shape a backbone has.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::foreign::Foreign;

/// The families of encoders that are read. They share one architecture and differ in where positions start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// BERT: the first piece has position 0.
    Bert,
    /// XLM-RoBERTa (and RoBERTa, CamemBERT): the first piece has position `pad + 1`.
    XlmRoberta,
}

/// The shape of an encoder: BERT with absolute positions, post-layer-norm and the exact GELU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Where positions start.
    pub family: Family,
    /// Width of a piece's vector.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward network's middle.
    pub intermediate: usize,
    /// Rows of the word embedding; the tokenizer may know fewer pieces.
    pub vocabulary: usize,
    /// The longest window in pieces, special pieces included: rows of the position table minus `position_offset`.
    pub positions: usize,
    /// The position table's row of a window's first piece: 0 for BERT, `pad + 1` for RoBERTa.
    pub position_offset: usize,
    /// Rows of the token type table; type 0 is used.
    pub types: usize,
    /// Added to the variance in layer norms.
    pub eps: f64,
    /// Id of the padding piece.
    pub pad: u32,
    /// The model's name, for people; may be empty.
    pub name: String,
}

/// A `config.json` of the `transformers` library, as far as it matters.
#[derive(Deserialize)]
struct HuggingFace {
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    layer_norm_eps: Option<f64>,
    pad_token_id: Option<u32>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
    is_decoder: Option<bool>,
    #[serde(rename = "_name_or_path")]
    name: Option<String>,
}

/// The family by a configuration's `model_type`.
fn family(config: &Value) -> Result<Family> {
    const READ: &str =
        "what is read: encoders of the families BERT (bert) and XLM-RoBERTa (xlm-roberta, roberta, camembert)";
    match config.get("model_type").and_then(Value::as_str) {
        Some("bert") => Ok(Family::Bert),
        Some("xlm-roberta" | "roberta" | "camembert") => Ok(Family::XlmRoberta),
        Some(other) => {
            Err(Error::unsupported(format!("this is a model of the type {other:?}, which is not read; {READ}")))
        }
        None if config.get("peft_type").is_some() => {
            Err(Error::format("this is the configuration of a PEFT adapter, not of a model"))
        }
        None => Err(Error::format(format!("not a model configuration: it names no \"model_type\"; {READ}"))),
    }
}

impl Config {
    /// Reads a Hugging Face `config.json`.
    ///
    /// # Errors
    /// `Format` where it is no such file or a size is absurd; `Unsupported` where the model computes something else than
    /// the encoders here (another activation, relative positions, a decoder).
    pub fn from_json(bytes: &[u8]) -> Result<Config> {
        let value: Value = serde_json::from_slice(bytes).map_err(|e| {
            Foreign::or(bytes, "a model configuration", Error::format(format!("not a model configuration: {e}")))
                .caused_by(e)
        })?;
        // The family first: another one's configuration has other fields.
        let family = family(&value)?;
        let json: HuggingFace = serde_json::from_value(value)
            .map_err(|e| Error::format(format!("not a model configuration: {e}")).caused_by(e))?;
        let is = |what: &str, found: Option<String>, wanted: &str| match found {
            Some(found) if found != wanted => {
                Err(Error::unsupported(format!("{what} {found:?} is not supported, only {wanted:?}")))
            }
            _ => Ok(()),
        };
        is("hidden_act", json.hidden_act, "gelu")?;
        is("position_embedding_type", json.position_embedding_type, "absolute")?;
        if json.is_decoder == Some(true) {
            return Err(Error::unsupported("a decoder is not supported, only an encoder"));
        }
        let pad = json.pad_token_id.unwrap_or(match family {
            Family::Bert => 0,
            Family::XlmRoberta => 1,
        });
        let position_offset = match family {
            Family::Bert => 0,
            Family::XlmRoberta => pad as usize + 1,
        };
        let config = Config {
            family,
            hidden: json.hidden_size,
            layers: json.num_hidden_layers,
            heads: json.num_attention_heads,
            intermediate: json.intermediate_size,
            vocabulary: json.vocab_size,
            positions: json.max_position_embeddings.saturating_sub(position_offset),
            position_offset,
            types: json.type_vocab_size.unwrap_or(2),
            eps: json.layer_norm_eps.unwrap_or(1e-12),
            pad,
            // A local path is nobody's business once the model is passed on.
            name: json.name.filter(|n| !n.starts_with(['/', '.', '~']) && !n.contains('\\')).unwrap_or_default(),
        };
        config.validate()?;
        Ok(config)
    }

    /// A `config.json` that [`Config::from_json`] reads.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let (kind, architecture) = match self.family {
            Family::Bert => ("bert", "BertModel"),
            Family::XlmRoberta => ("xlm-roberta", "XLMRobertaModel"),
        };
        serde_json::json!({
            "architectures": [architecture], "model_type": kind, "hidden_act": "gelu", "hidden_size": self.hidden,
            "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate, "vocab_size": self.vocabulary,
            "max_position_embeddings": self.positions + self.position_offset, "type_vocab_size": self.types,
            "layer_norm_eps": self.eps, "pad_token_id": self.pad, "position_embedding_type": "absolute",
            "_name_or_path": self.name,
        })
    }

    /// Whether the sizes make sense together and stay within what the rest of the library computes with.
    pub(crate) fn validate(&self) -> Result<()> {
        let sizes = [
            ("hidden", self.hidden, 1 << 14),
            ("layers", self.layers, 1 << 8),
            ("heads", self.heads, 1 << 10),
            ("intermediate", self.intermediate, 1 << 17),
            ("vocabulary", self.vocabulary, 1 << 22),
            ("positions", self.positions, 1 << 17),
            ("types", self.types, 1 << 10),
        ];
        for (name, size, limit) in sizes {
            if size == 0 {
                return Err(Error::format(format!("the configuration's {name} is zero")));
            }
            if size > limit {
                let message = format!("the configuration's {name} is {size}, more than {limit}");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err(Error::format(format!("{} heads do not divide {} channels", self.heads, self.hidden)));
        }
        // A window holds a start, an end and at least one piece of text.
        if self.positions < 3 {
            return Err(Error::format(format!("{} positions are too few for a window", self.positions)));
        }
        if !(self.eps > 0.0 && self.eps < 1.0) {
            return Err(Error::format(format!("a layer norm epsilon of {} makes no sense", self.eps)));
        }
        if self.pad as usize >= self.vocabulary {
            return Err(Error::format(format!("the padding piece {} is outside the vocabulary", self.pad)));
        }
        let offset = match self.family {
            Family::Bert => 0,
            Family::XlmRoberta => self.pad as usize + 1,
        };
        if self.position_offset != offset {
            return Err(Error::format(format!("positions start at {} where {offset} is due", self.position_offset)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERT: &str = r#"{"model_type":"bert","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,
        "intermediate_size":16,"vocab_size":10,"max_position_embeddings":12,"type_vocab_size":2,
        "layer_norm_eps":1e-12,"pad_token_id":1,"hidden_act":"gelu","position_embedding_type":"absolute"}"#;

    fn kind(json: &str) -> ErrorKind {
        Config::from_json(json.as_bytes()).unwrap_err().kind()
    }

    #[test]
    fn families_differ_in_where_positions_start() {
        let bert = Config::from_json(BERT.as_bytes()).unwrap();
        assert_eq!((bert.family, bert.positions, bert.position_offset, bert.pad), (Family::Bert, 12, 0, 1));
        assert_eq!((bert.hidden, bert.layers, bert.heads, bert.intermediate), (8, 2, 2, 16));
        let xlmr = Config::from_json(BERT.replace("\"bert\"", "\"xlm-roberta\"").as_bytes()).unwrap();
        assert_eq!((xlmr.family, xlmr.positions, xlmr.position_offset), (Family::XlmRoberta, 10, 2));
    }

    #[test]
    fn other_computations_are_unsupported() {
        assert_eq!(kind(&BERT.replace("\"bert\"", "\"deberta-v2\"")), ErrorKind::Unsupported);
        assert_eq!(kind(&BERT.replace("\"gelu\"", "\"gelu_new\"")), ErrorKind::Unsupported);
        assert_eq!(kind(&BERT.replace("\"absolute\"", "\"relative_key\"")), ErrorKind::Unsupported);
        assert_eq!(kind(&BERT.replace("\"pad_token_id\":1", "\"is_decoder\":true")), ErrorKind::Unsupported);
    }

    /// A DistilBERT configuration has other fields: its type is told, not the first field that is missing.
    #[test]
    fn another_family_is_named_whatever_its_fields() {
        let e = Config::from_json(br#"{"model_type":"distilbert","dim":8,"n_layers":2}"#).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Unsupported);
        assert!(e.message().contains("\"distilbert\"") && e.message().contains("xlm-roberta"), "{e}");
        let e = Config::from_json(b"<!DOCTYPE html><title>404</title>").unwrap_err();
        assert!(e.message().contains("web page"), "{e}");
        assert!(Config::from_json(br#"{"peft_type":"LORA"}"#).unwrap_err().message().contains("PEFT"));
    }

    #[test]
    fn sizes_that_make_no_sense_are_refused() {
        for (from, to, expected) in [
            ("\"hidden_size\":8", "\"hidden_size\":0", ErrorKind::Format),
            ("\"hidden_size\":8", "\"hidden_size\":-8", ErrorKind::Format),
            ("\"hidden_size\":8", "\"hidden_size\":9", ErrorKind::Format),
            ("\"hidden_size\":8", "\"hidden_size\":8000000", ErrorKind::TooLarge),
            ("\"vocab_size\":10", "\"vocab_size\":18446744073709551615", ErrorKind::TooLarge),
            ("\"vocab_size\":10", "\"vocab_size\":1", ErrorKind::Format),
            ("\"num_attention_heads\":2", "\"num_attention_heads\":0", ErrorKind::Format),
            ("1e-12", "0", ErrorKind::Format),
            ("1e-12", "1e400", ErrorKind::Format),
            ("\"max_position_embeddings\":12", "\"max_position_embeddings\":2", ErrorKind::Format),
            ("\"pad_token_id\":1", "\"pad_token_id\":4294967295", ErrorKind::Format),
        ] {
            let json = BERT.replace(from, to);
            assert_ne!(json, BERT);
            assert_eq!(kind(&json), expected, "{to}");
        }
        assert_eq!(kind("{}"), ErrorKind::Format);
        assert_eq!(kind("\u{0}"), ErrorKind::Format);
    }

    #[test]
    fn a_card_in_json_gives_the_same_configuration_back() {
        let config = Config::from_json(BERT.as_bytes()).unwrap();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), config);
        for json in [BERT.to_owned(), BERT.replace("\"bert\"", "\"xlm-roberta\"")] {
            let config = Config::from_json(json.as_bytes()).unwrap();
            assert_eq!(Config::from_json(config.to_json().to_string().as_bytes()).unwrap(), config);
        }
    }

    #[test]
    fn a_local_path_is_not_taken_for_a_name() {
        let named = |name: &str| BERT.replacen('{', &format!("{{\"_name_or_path\":\"{name}\","), 1);
        assert_eq!(Config::from_json(named("org/mini").as_bytes()).unwrap().name, "org/mini");
        assert_eq!(Config::from_json(named("/home/me/mini").as_bytes()).unwrap().name, "");
    }
}
