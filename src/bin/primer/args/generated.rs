//! Generated from interface/ by `make generate`. Do not edit: change the source.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use primer::limits;
use serde::{Deserialize, Serialize};

use super::whole;

/// Options of the library: [`primer`]'s `DatasetOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct DatasetFlags {
    /// CoNLL: the column of the word, from 0 [default: finding it out, usually the first]
    #[arg(long, value_name = "N")]
    pub word_column: Option<usize>,

    /// CoNLL: the column of the tag, from 0 [default: finding it out, usually the last]
    #[arg(long, value_name = "N")]
    pub tag_column: Option<usize>,

    /// The names of tags that are numbers, in their order from 0: O, B-PER and so on [default: data whose tags are
    /// names]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub tag_names: Vec<String>,
}

impl DatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) -> primer::Result<()> {
        if self.word_column.is_some() {
            options.word_column = self.word_column;
        }
        if self.tag_column.is_some() {
            options.tag_column = self.tag_column;
        }
        options.tag_names.extend(self.tag_names.iter().cloned());
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `DatasetOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct LabelsDatasetFlags {
    /// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
    /// sentence may name its own [default: all types of the data]
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub labelled_types: Vec<String>,
}

impl LabelsDatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) -> primer::Result<()> {
        options.labelled_types.extend(self.labelled_types.iter().cloned());
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `DatasetOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct SpansDatasetFlags {
    /// What start and end of an entity in JSON count; code points are what Python counts [default: code-point]
    #[arg(long, value_name = "UNIT", value_parser = PossibleValuesParser::new([PossibleValue::new("byte").help("Bytes of the text in UTF-8 (C, C++, Go, Rust)"), PossibleValue::new("utf16").help("UTF-16 code units (JavaScript, Java, NSString)"), PossibleValue::new("code-point").help("Unicode code points (Python)")]))]
    pub unit: Option<String>,

    /// Refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap stays,
    /// and a word that is cut belongs to the entity where that covers at least half of its characters
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub strict: Option<bool>,
}

impl SpansDatasetFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::data::DataOptions) -> primer::Result<()> {
        match self.unit.as_deref() {
            Some("byte") => options.unit = primer::data::Unit::Byte,
            Some("utf16") => options.unit = primer::data::Unit::Utf16,
            Some("code-point") => options.unit = primer::data::Unit::CodePoint,
            _ => {}
        }
        if let Some(given) = self.strict {
            options.strict = given;
        }
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `AdaptOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct AdaptFlags {
    /// How tags are written: iob2 or bioes [default: iob2]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "SCHEME", value_parser = PossibleValuesParser::new([PossibleValue::new("iob1").help("B- only where two entities of one type touch. Can be read, not learnt"), PossibleValue::new("iob2").help("B- at every start"), PossibleValue::new("bioes").help("Single words (S-) and ends (E-) are marked too")]))]
    pub scheme: Option<String>,

    /// Passes over the data [default: what --effort says: usually about 600 updates, between 3 and 30 passes; on a
    /// model that carries a start 120, between 4 and 10, and none on few mentions] [range: 1 to 16777216]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub epochs: Option<i128>,

    /// Sentences in an update. On a model that carries a start the initial value stands for 4, but with thorough
    /// [default: 16] [range: 1 to 16777216]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, visible_alias = "batch", value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub batch_size: Option<i128>,

    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed [default: 512] [range: 1 to 16777216]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub micro_batch_pieces: Option<i128>,

    /// Epochs from one evaluation on the dev data to the next [default: about ten evaluations in a run] [range: 1 to
    /// 4294967295]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub evaluate_every: Option<i128>,

    /// Evaluations on the dev data without a better F1 after which training stops [default: 4] [0 for no early stop]
    /// [range: 1 to 4294967295]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub patience: Option<i128>,

    /// Trains on this many sentences drawn by the seed [default: all] [range: 1 to 4294967295]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub shots: Option<i128>,

    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file [default: 256] [0 for computing them anew in every epoch]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub cache_mib: Option<i128>,

    /// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit
    /// [default: 0]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Peak learning rate of the method's parameters [default: the method's usual one] [range: above 0]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, visible_alias = "lr", value_name = "X", allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,

    /// Peak learning rate of the head [default: the method's usual one, in proportion where --learning-rate is given,
    /// and with --head-only for that of head tuning] [range: above 0]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, visible_alias = "head-lr", value_name = "X", allow_negative_numbers = true)]
    pub head_learning_rate: Option<f64>,

    /// AdamW's weight decay [default: 0.01] [range: from 0]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub weight_decay: Option<f64>,

    /// Share of the updates over which the learning rate rises, in 0 to 1 [default: 0.1] [range: 0 to 1]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub warmup: Option<f64>,

    /// Largest norm of an update's gradient; 0 for no clipping [default: 1] [range: from 0]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub clip: Option<f64>,

    /// The entity types to learn [default: those of the training data]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[arg(long, visible_alias = "type", value_name = "NAMES", value_delimiter = ',')]
    pub types: Vec<String>,

    /// A name for the adapter's card
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Tokens in an update: as many sentences as fit, at least one; --batch-size must then have its initial value
    /// [default: updates of --batch-size sentences] [range: 1 to 16777216]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub batch_pieces: Option<i128>,

    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub recompute: Option<bool>,

    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub head_only: Option<bool>,

    /// Leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are kept:
    /// what that adapter finds of them in the sentences is learnt, too
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub drop_types: Option<bool>,

    /// Which entity stays where one of the data and one that the initial adapter finds overlap [default: new]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "WHICH", value_parser = PossibleValuesParser::new([PossibleValue::new("new").help("That of the data; the other is no entity then, not even the rest of it"), PossibleValue::new("old").help("That of the initial adapter; the other is not learnt there")]))]
    pub overlap: Option<String>,

    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub restart: Option<bool>,

    /// What the method's parameters start from where no adapter to start from is given [default: auto]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new([PossibleValue::new("auto").help("What the model carries for the method; where it carries nothing, what the seed draws"), PossibleValue::new("fresh").help("What the seed draws")]))]
    pub start: Option<String>,

    /// What the head starts from, but for the rows that an adapter to start from has [default: auto]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new([PossibleValue::new("auto").help("Names of the types and words of the sentences, where the model carries a start of the method; words alone where it is of another; else what the seed draws"), PossibleValue::new("prototype").help("Words of the sentences alone"), PossibleValue::new("name").help("Names of the types alone; only where the model carries a start of the method"), PossibleValue::new("zero").help("Zeros"), PossibleValue::new("random").help("What the seed draws")]))]
    pub head_init: Option<String>,

    /// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once
    /// a sentence [default: all that the method touches] [range: 1 to 4294967295]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub trained_layers: Option<i128>,

    /// How much is trained where --epochs, --trained-layers and rates are not given [default: usual]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "HOW", value_parser = PossibleValuesParser::new([PossibleValue::new("none").help("Nothing: the head as it starts, at once"), PossibleValue::new("quick").help("A few updates of the uppermost layers"), PossibleValue::new("usual").help("On a model that carries a start, the uppermost layers in seconds; on another, as thorough"), PossibleValue::new("thorough").help("All that the method touches, about 600 updates")]))]
    pub effort: Option<String>,
}

impl AdaptFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::AdaptOptions) -> primer::Result<()> {
        if self.batch_pieces.is_some() && self.batch_size.is_some() {
            return Err(limits::exclude("batch_size", "batch_pieces"));
        }
        if self.trained_layers.is_some() && self.head_only.is_some() {
            return Err(limits::exclude("head_only", "trained_layers"));
        }
        match self.scheme.as_deref() {
            Some("iob1") => options.scheme = primer::data::Scheme::Iob1,
            Some("iob2") => options.scheme = primer::data::Scheme::Iob2,
            Some("bioes") => options.scheme = primer::data::Scheme::Bioes,
            _ => {}
        }
        if let Some(given) = self.epochs {
            options.epochs = Some(limits::count("epochs", given)?);
        }
        if let Some(given) = self.batch_size {
            options.batch_size = limits::count("batch_size", given)?;
        }
        if let Some(given) = self.micro_batch_pieces {
            options.micro_batch_pieces = limits::count("micro_batch_pieces", given)?;
        }
        if let Some(given) = self.evaluate_every {
            options.evaluate_every = Some(limits::count("evaluate_every", given)?);
        }
        if let Some(given) = self.patience {
            options.patience = if given == 0 { None } else { Some(limits::count("patience", given)?) };
        }
        if let Some(given) = self.shots {
            options.shots = Some(limits::count("shots", given)?);
        }
        if let Some(given) = self.cache_mib {
            options.cache =
                if given == 0 { None } else { Some(limits::count("cache_mib", given)?.saturating_mul(1048576)) };
        }
        if let Some(given) = self.seed {
            options.seed = given;
        }
        if let Some(given) = self.learning_rate {
            options.learning_rate = Some(limits::number("learning_rate", given)?);
        }
        if let Some(given) = self.head_learning_rate {
            options.head_learning_rate = Some(limits::number("head_learning_rate", given)?);
        }
        if let Some(given) = self.weight_decay {
            options.weight_decay = limits::number("weight_decay", given)?;
        }
        if let Some(given) = self.warmup {
            options.warmup = limits::number("warmup", given)?;
        }
        if let Some(given) = self.clip {
            options.clip = limits::number("clip", given)?;
        }
        options.types.extend(self.types.iter().cloned());
        if let Some(given) = &self.name {
            options.name = given.clone();
        }
        if let Some(given) = self.batch_pieces {
            options.batch_pieces = Some(limits::count("batch_pieces", given)?);
        }
        if let Some(given) = self.recompute {
            options.recompute = given;
        }
        if let Some(given) = self.head_only {
            options.head_only = given;
        }
        if let Some(given) = self.drop_types {
            options.drop_types = given;
        }
        match self.overlap.as_deref() {
            Some("new") => options.overlap = primer::train::Overlap::New,
            Some("old") => options.overlap = primer::train::Overlap::Old,
            _ => {}
        }
        if let Some(given) = self.restart {
            options.restart = given;
        }
        match self.start.as_deref() {
            Some("auto") => options.start = primer::start::StartChoice::Auto,
            Some("fresh") => options.start = primer::start::StartChoice::Fresh,
            _ => {}
        }
        match self.head_init.as_deref() {
            Some("auto") => options.head_init = primer::start::HeadInit::Auto,
            Some("prototype") => options.head_init = primer::start::HeadInit::Prototype,
            Some("name") => options.head_init = primer::start::HeadInit::Name,
            Some("zero") => options.head_init = primer::start::HeadInit::Zero,
            Some("random") => options.head_init = primer::start::HeadInit::Random,
            _ => {}
        }
        if let Some(given) = self.trained_layers {
            options.trained_layers = Some(limits::count("trained_layers", given)?);
        }
        match self.effort.as_deref() {
            Some("none") => options.effort = primer::train::Effort::None,
            Some("quick") => options.effort = primer::train::Effort::Quick,
            Some("usual") => options.effort = primer::train::Effort::Usual,
            Some("thorough") => options.effort = primer::train::Effort::Thorough,
            _ => {}
        }
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `AdaptOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct MethodFlags {
    /// What is trained. initial does not read --layers and what starts with adapter_ or lora_ [default: adapter]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new([PossibleValue::new("initial").help("The method of the adapter to start from, with that adapter's settings"), PossibleValue::new("head").help("The tag head alone"), PossibleValue::new("adapter").help("Bottleneck adapters and head"), PossibleValue::new("lora").help("LoRA and head"), PossibleValue::new("bitfit").help("The biases and head"), PossibleValue::new("full").help("Every parameter of the model"), PossibleValue::new("ia3").help("(IA)^3: factors of keys, values and the feed-forward network's inner activations, and head"), PossibleValue::new("parallel").help("Scaled bottleneck adapters beside the feed-forward networks, and head")]))]
    pub method: Option<String>,

    /// Bottleneck and parallel adapters: width of the bottleneck [default: a sixteenth of the encoder's width; half of
    /// it for parallel]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub adapter_size: Option<i128>,

    /// Bottleneck adapters: one behind self-attention; parallel ones: beside it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub adapter_attention: Option<bool>,

    /// Bottleneck adapters: one behind the feed-forward network; parallel ones: beside it [default: true]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub adapter_output: Option<bool>,

    /// Bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation [default:
    /// true]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub adapter_norm_before: Option<bool>,

    /// Bottleneck and parallel adapters: the non-linearity [default: relu]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new([PossibleValue::new("relu").help("max(x, 0)"), PossibleValue::new("swish").help("x / (1 + exp(-x)), also called SiLU"), PossibleValue::new("gelu").help("The exact GELU")]))]
    pub adapter_activation: Option<String>,

    /// LoRA: rank of the updates [default: 8] [range: from 1]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, visible_alias = "rank", value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub lora_rank: Option<i128>,

    /// Bottleneck and parallel adapters: factor of their output. For parallel the initial value stands for 4 [default:
    /// 1]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub adapter_scaling: Option<f64>,

    /// LoRA: numerator of the scale [default: twice --lora-rank]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub lora_alpha: Option<f64>,

    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub lora_rslora: Option<bool>,

    /// LoRA: the linear layers with an update [default: query,value]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "SITES", value_parser = PossibleValuesParser::new([PossibleValue::new("query").help("The projection to queries"), PossibleValue::new("key").help("The projection to keys"), PossibleValue::new("value").help("The projection to values"), PossibleValue::new("attention-output").help("The projection behind attention"), PossibleValue::new("intermediate").help("The first layer of the feed-forward network"), PossibleValue::new("output").help("The second layer of the feed-forward network")]), value_delimiter = ',')]
    pub lora_sites: Vec<String>,

    /// Bottleneck and parallel adapters: instead of --adapter-size, what the encoder's width is divided by [default: a
    /// width of --adapter-size]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub reduction: Option<i128>,

    /// How many of the uppermost layers the method touches [default: all]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub layers: Option<i128>,
}

impl MethodFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::peft::MethodSettings) -> primer::Result<()> {
        if let Some(given) = self.adapter_size {
            options.adapter_size = Some(limits::count("adapter_size", given)?);
        }
        if self.adapter_attention.is_some() {
            options.adapter_attention = self.adapter_attention;
        }
        if self.adapter_output.is_some() {
            options.adapter_output = self.adapter_output;
        }
        if self.adapter_norm_before.is_some() {
            options.adapter_norm_before = self.adapter_norm_before;
        }
        match self.adapter_activation.as_deref() {
            Some("relu") => options.adapter_activation = Some(primer::ops::Activation::Relu),
            Some("swish") => options.adapter_activation = Some(primer::ops::Activation::Swish),
            Some("gelu") => options.adapter_activation = Some(primer::ops::Activation::Gelu),
            _ => {}
        }
        if let Some(given) = self.lora_rank {
            options.lora_rank = Some(limits::count("lora_rank", given)?);
        }
        if let Some(given) = self.adapter_scaling {
            options.adapter_scaling = Some(limits::number("adapter_scaling", given)?);
        }
        if let Some(given) = self.lora_alpha {
            options.lora_alpha = Some(limits::number("lora_alpha", given)?);
        }
        if self.lora_rslora.is_some() {
            options.lora_rslora = self.lora_rslora;
        }
        if !self.lora_sites.is_empty() {
            options.lora_sites = Some(
                self.lora_sites
                    .iter()
                    .filter_map(|name| match name.as_str() {
                        "query" => Some(primer::model::Site::Query),
                        "key" => Some(primer::model::Site::Key),
                        "value" => Some(primer::model::Site::Value),
                        "attention-output" => Some(primer::model::Site::AttentionOutput),
                        "intermediate" => Some(primer::model::Site::Intermediate),
                        "output" => Some(primer::model::Site::Output),
                        _ => None,
                    })
                    .collect(),
            );
        }
        if let Some(given) = self.reduction {
            options.reduction = Some(limits::count("reduction", given)?);
        }
        if let Some(given) = self.layers {
            options.layers = Some(primer::peft::LayerChoice::Upper(limits::count("layers", given)?));
        }
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `TaggerOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct TaggerFlags {
    /// Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out [default:
    /// as the adapter's card says of types that were learnt from little, else none] [range: 0 to 1]
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub min_score: Option<f64>,

    /// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts
    /// [default: sentences]
    #[arg(long, value_name = "WHERE", value_parser = PossibleValuesParser::new([PossibleValue::new("sentences").help("Into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence boundaries of Unicode, but not behind initials and abbreviations"), PossibleValue::new("lines").help("At the ends of lines alone"), PossibleValue::new("none").help("Nowhere but where a window is full")]))]
    pub split: Option<String>,

    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
    /// encoder has positions [default: as in training, 256] [range: 8 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub window: Option<i128>,
}

impl TaggerFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::TaggerOptions) -> primer::Result<()> {
        if let Some(given) = self.min_score {
            options.min_score = Some(limits::number("min_score", given)?);
        }
        match self.split.as_deref() {
            Some("sentences") => options.split = primer::text::Split::Sentences,
            Some("lines") => options.split = primer::text::Split::Lines,
            Some("none") => options.split = primer::text::Split::None,
            _ => {}
        }
        if let Some(given) = self.window {
            options.window = Some(limits::count("window", given)?);
        }
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `PrimeOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct AlgorithmFlags {
    /// How the model is trained over tasks [default: maml]
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new([PossibleValue::new("maml").help("MAML: the loss after a few steps of what a device will do"), PossibleValue::new("multi-task").help("Multi-task training, the baseline: no inner steps"), PossibleValue::new("reptile").help("Reptile: a share of the way to where the inner steps lead")]))]
    pub algorithm: Option<String>,

    /// MAML: how far its gradient goes [default: first]
    #[arg(long, value_name = "ORDER", value_parser = PossibleValuesParser::new([PossibleValue::new("first").help("MAML as if the inner steps were fixed: the cheapest"), PossibleValue::new("tangents").alias("second").help("The exact gradient through the inner steps"), PossibleValue::new("differences").help("The same by central differences of gradients")]))]
    pub order: Option<String>,

    /// Step size of the inner gradient descent [default: 0.1] [range: above 0]
    #[arg(long, visible_alias = "inner-lr", value_name = "X", allow_negative_numbers = true)]
    pub inner_rate: Option<f64>,

    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at --inner-rate (Meta-SGD)
    /// [default: step sizes that stay] [range: above 0]
    #[arg(long, visible_alias = "learn-inner-lr", value_name = "X", allow_negative_numbers = true)]
    pub learn_inner_rate: Option<f64>,

    /// Reptile: the share of the way that an update goes [default: 0.1] [range: above 0]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub reptile_rate: Option<f64>,
}

impl AlgorithmFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::meta::AlgorithmSettings) -> primer::Result<()> {
        match self.algorithm.as_deref() {
            Some("maml") => options.algorithm = Some(primer::meta::AlgorithmName::Maml),
            Some("multi-task") => options.algorithm = Some(primer::meta::AlgorithmName::MultiTask),
            Some("reptile") => options.algorithm = Some(primer::meta::AlgorithmName::Reptile),
            _ => {}
        }
        match self.order.as_deref() {
            Some("first") => options.order = Some(primer::meta::Order::First),
            Some("tangents" | "second") => {
                options.order = Some(primer::meta::Order::Second(primer::meta::Hessian::Tangents))
            }
            Some("differences") => {
                options.order = Some(primer::meta::Order::Second(primer::meta::Hessian::Differences))
            }
            _ => {}
        }
        if let Some(given) = self.inner_rate {
            options.inner_rate = Some(limits::number("inner_rate", given)?);
        }
        if let Some(given) = self.learn_inner_rate {
            options.learn_inner_rate = Some(limits::number("learn_inner_rate", given)?);
        }
        if let Some(given) = self.reptile_rate {
            options.reptile_rate = Some(limits::number("reptile_rate", given)?);
        }
        Ok(())
    }
}

/// Options of the library: [`primer`]'s `PrimeOptions`, each where it is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct PrimeFlags {
    /// What inner steps change. Not for multi-task training [default: phi]
    #[arg(long, visible_alias = "inner", value_name = "WHAT", value_parser = PossibleValuesParser::new([PossibleValue::new("phi").help("The method's parameters and the head, as a device will"), PossibleValue::new("head").help("The head alone (ANIL)"), PossibleValue::new("everything").help("Everything, the backbone included (plain MAML)")]))]
    pub inner_scope: Option<String>,

    /// What is learnt in the end [default: both]
    #[arg(long, visible_alias = "outer", value_name = "WHAT", value_parser = PossibleValuesParser::new([PossibleValue::new("both").help("The backbone, the method's parameters and the head"), PossibleValue::new("backbone").help("The backbone alone"), PossibleValue::new("phi").help("The method's parameters and the head alone")]))]
    pub outer_scope: Option<String>,

    /// Inner steps of an episode [default: 1] [range: 1 to 16777216]
    #[arg(long, short = 'k', value_name = "K", value_parser = whole, allow_negative_numbers = true)]
    pub inner_steps: Option<i128>,

    /// Every inner step sees support sentences of its own
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub fresh_support: Option<bool>,

    /// Every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub redraw: Option<bool>,

    /// The query loss counts after every inner step, not after the last alone
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub multi_step_loss: Option<bool>,

    /// Support sentences of an episode, for each inner step [default: 16] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub support: Option<i128>,

    /// Query sentences of an episode [default: 16] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub query: Option<i128>,

    /// Episodes in an update [default: 1] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub episodes: Option<i128>,

    /// Updates [default: 700] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub steps: Option<i128>,

    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed [default: 1024] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub micro_batch_pieces: Option<i128>,

    /// How tags are written: iob2 or bioes [default: iob2]
    #[arg(long, value_name = "SCHEME", value_parser = PossibleValuesParser::new([PossibleValue::new("iob1").help("B- only where two entities of one type touch. Can be read, not learnt"), PossibleValue::new("iob2").help("B- at every start"), PossibleValue::new("bioes").help("Single words (S-) and ends (E-) are marked too")]))]
    pub scheme: Option<String>,

    /// Updates from one evaluation on the dev tasks to the next [default: one at the end] [range: 1 to 4294967295]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub evaluate_every: Option<i128>,

    /// Updates from one checkpoint to the next [default: 50] [range: 1 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub checkpoint_every: Option<i128>,

    /// Seed of initialisation and episodes: the same seed gives the same result to the bit [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
    /// equal probabilities [default: 0] [range: 0 to 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub temperature: Option<f64>,

    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two [default: 1e-4]
    /// [range: from 0]
    #[arg(long, visible_alias = "encoder-lr", value_name = "X", allow_negative_numbers = true)]
    pub encoder_rate: Option<f64>,

    /// Peak learning rate of the embeddings [default: 1e-4] [range: from 0]
    #[arg(long, visible_alias = "embedding-lr", value_name = "X", allow_negative_numbers = true)]
    pub embedding_rate: Option<f64>,

    /// Peak learning rate of the method's parameters and the head [default: 1e-3] [range: from 0]
    #[arg(long, visible_alias = "method-lr", value_name = "X", allow_negative_numbers = true)]
    pub method_rate: Option<f64>,

    /// A layer's learning rate is that of the layer above times this [default: 1] [range: above 0]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub layer_decay: Option<f64>,

    /// AdamW's weight decay, for the encoder's layers alone [default: 0.01] [range: from 0]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub weight_decay: Option<f64>,

    /// Share of the updates over which the learning rates rise, in 0 to 1 [default: 0.1] [range: 0 to 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub warmup: Option<f64>,

    /// Largest norm of an update's gradient; 0 for no clipping [default: 1] [range: from 0]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub clip: Option<f64>,

    /// The entity types, in the order of the head's rows [default: those of all tasks, sorted]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub types: Vec<String>,

    /// A name for the cards of backbone and adapter
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub restart: Option<bool>,

    /// What an episode tags, and where its head comes from [default: shared]
    #[arg(long, value_name = "WHAT", value_parser = PossibleValuesParser::new([PossibleValue::new("shared").help("All types, with one head for all tasks, whose rows are parameters"), PossibleValue::new("made").help("Some of the task's types, the rest is O; the head is made anew of the types' names and the support words. What it is made with is learnt, and becomes the start that the model carries")]))]
    pub head: Option<String>,

    /// With made, the share of the episodes in which the head is made of words alone, without names [default: 0.3]
    /// [range: 0 to 1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub nameless: Option<f64>,

    /// With made, tokens of a sentence that an episode takes at most; what stands further behind is more of the same
    /// sentence, and costs as much as further sentences [default: 100] [range: 8 to 16777216]
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub episode_tokens: Option<i128>,
}

impl PrimeFlags {
    /// Takes over what was given.
    pub fn apply(&self, options: &mut primer::PrimeOptions) -> primer::Result<()> {
        match self.inner_scope.as_deref() {
            Some("phi") => options.inner_scope = primer::meta::InnerScope::Phi,
            Some("head") => options.inner_scope = primer::meta::InnerScope::Head,
            Some("everything") => options.inner_scope = primer::meta::InnerScope::Everything,
            _ => {}
        }
        match self.outer_scope.as_deref() {
            Some("both") => options.outer_scope = primer::meta::OuterScope::Both,
            Some("backbone") => options.outer_scope = primer::meta::OuterScope::Backbone,
            Some("phi") => options.outer_scope = primer::meta::OuterScope::Phi,
            _ => {}
        }
        if let Some(given) = self.inner_steps {
            options.inner_steps = limits::count("inner_steps", given)?;
        }
        if let Some(given) = self.fresh_support {
            options.fresh_support = given;
        }
        if let Some(given) = self.redraw {
            options.redraw = given;
        }
        if let Some(given) = self.multi_step_loss {
            options.multi_step_loss = given;
        }
        if let Some(given) = self.support {
            options.support = limits::count("support", given)?;
        }
        if let Some(given) = self.query {
            options.query = limits::count("query", given)?;
        }
        if let Some(given) = self.episodes {
            options.episodes = limits::count("episodes", given)?;
        }
        if let Some(given) = self.steps {
            options.steps = limits::count("steps", given)?;
        }
        if let Some(given) = self.micro_batch_pieces {
            options.micro_batch_pieces = limits::count("micro_batch_pieces", given)?;
        }
        match self.scheme.as_deref() {
            Some("iob1") => options.scheme = primer::data::Scheme::Iob1,
            Some("iob2") => options.scheme = primer::data::Scheme::Iob2,
            Some("bioes") => options.scheme = primer::data::Scheme::Bioes,
            _ => {}
        }
        if let Some(given) = self.evaluate_every {
            options.evaluate_every = limits::count("evaluate_every", given)?;
        }
        if let Some(given) = self.checkpoint_every {
            options.checkpoint_every = limits::count("checkpoint_every", given)?;
        }
        if let Some(given) = self.seed {
            options.seed = given;
        }
        if let Some(given) = self.temperature {
            options.temperature = limits::number("temperature", given)?;
        }
        if let Some(given) = self.encoder_rate {
            options.encoder_rate = limits::number("encoder_rate", given)?;
        }
        if let Some(given) = self.embedding_rate {
            options.embedding_rate = limits::number("embedding_rate", given)?;
        }
        if let Some(given) = self.method_rate {
            options.method_rate = limits::number("method_rate", given)?;
        }
        if let Some(given) = self.layer_decay {
            options.layer_decay = limits::number("layer_decay", given)?;
        }
        if let Some(given) = self.weight_decay {
            options.weight_decay = limits::number("weight_decay", given)?;
        }
        if let Some(given) = self.warmup {
            options.warmup = limits::number("warmup", given)?;
        }
        if let Some(given) = self.clip {
            options.clip = limits::number("clip", given)?;
        }
        options.types.extend(self.types.iter().cloned());
        if let Some(given) = &self.name {
            options.name = given.clone();
        }
        if let Some(given) = self.restart {
            options.restart = given;
        }
        match self.head.as_deref() {
            Some("shared") => options.head = primer::meta::EpisodeHead::Shared,
            Some("made") => options.head = primer::meta::EpisodeHead::Made,
            _ => {}
        }
        if let Some(given) = self.nameless {
            options.nameless = limits::number("nameless", given)?;
        }
        if let Some(given) = self.episode_tokens {
            options.episode_tokens = limits::count("episode_tokens", given)?;
        }
        Ok(())
    }
}

/// The flags that give an option, by the option's name: the first is its own, the others are former and short ones.
pub const FLAGS: &[(&str, &[&str])] = &[
    ("adapter_activation", &["--adapter-activation"]),
    ("adapter_attention", &["--adapter-attention"]),
    ("adapter_norm_before", &["--adapter-norm-before"]),
    ("adapter_output", &["--adapter-output"]),
    ("adapter_scaling", &["--adapter-scaling"]),
    ("adapter_size", &["--adapter-size"]),
    ("algorithm", &["--algorithm"]),
    ("batch_pieces", &["--batch-pieces"]),
    ("batch_size", &["--batch-size", "--batch"]),
    ("cache_mib", &["--cache-mib"]),
    ("checkpoint_every", &["--checkpoint-every"]),
    ("clip", &["--clip"]),
    ("drop_types", &["--drop-types"]),
    ("effort", &["--effort"]),
    ("embedding_rate", &["--embedding-rate", "--embedding-lr"]),
    ("encoder_rate", &["--encoder-rate", "--encoder-lr"]),
    ("episode_tokens", &["--episode-tokens"]),
    ("episodes", &["--episodes"]),
    ("epochs", &["--epochs"]),
    ("evaluate_every", &["--evaluate-every"]),
    ("fresh_support", &["--fresh-support"]),
    ("head", &["--head"]),
    ("head_init", &["--head-init"]),
    ("head_learning_rate", &["--head-learning-rate", "--head-lr"]),
    ("head_only", &["--head-only"]),
    ("inner_rate", &["--inner-rate", "--inner-lr"]),
    ("inner_scope", &["--inner-scope", "--inner"]),
    ("inner_steps", &["--inner-steps", "-k"]),
    ("labelled_types", &["--labelled-types"]),
    ("layer_decay", &["--layer-decay"]),
    ("layers", &["--layers"]),
    ("learn_inner_rate", &["--learn-inner-rate", "--learn-inner-lr"]),
    ("learning_rate", &["--learning-rate", "--lr"]),
    ("lora_alpha", &["--lora-alpha"]),
    ("lora_rank", &["--lora-rank", "--rank"]),
    ("lora_rslora", &["--lora-rslora"]),
    ("lora_sites", &["--lora-sites"]),
    ("method", &["--method"]),
    ("method_rate", &["--method-rate", "--method-lr"]),
    ("micro_batch_pieces", &["--micro-batch-pieces"]),
    ("min_score", &["--min-score"]),
    ("multi_step_loss", &["--multi-step-loss"]),
    ("name", &["--name"]),
    ("nameless", &["--nameless"]),
    ("order", &["--order"]),
    ("outer_scope", &["--outer-scope", "--outer"]),
    ("overlap", &["--overlap"]),
    ("patience", &["--patience"]),
    ("query", &["--query"]),
    ("recompute", &["--recompute"]),
    ("redraw", &["--redraw"]),
    ("reduction", &["--reduction"]),
    ("reptile_rate", &["--reptile-rate"]),
    ("restart", &["--restart"]),
    ("scheme", &["--scheme"]),
    ("seed", &["--seed"]),
    ("shots", &["--shots"]),
    ("split", &["--split"]),
    ("start", &["--start"]),
    ("steps", &["--steps"]),
    ("strict", &["--strict"]),
    ("support", &["--support"]),
    ("tag_column", &["--tag-column"]),
    ("tag_names", &["--tag-names"]),
    ("temperature", &["--temperature"]),
    ("trained_layers", &["--trained-layers"]),
    ("types", &["--types", "--type"]),
    ("types", &["--types"]),
    ("unit", &["--unit"]),
    ("warmup", &["--warmup"]),
    ("weight_decay", &["--weight-decay"]),
    ("window", &["--window"]),
    ("word_column", &["--word-column"]),
];
