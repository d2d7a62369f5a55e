//! Generated from interface/ by `make generate`. Do not edit: change the source.

use super::{Count, Number, Range};

pub(crate) const EPOCHS: Count = Count::new("epochs", 1, 16777216);
pub(crate) const BATCH_SIZE: Count = Count::new("batch_size", 1, 16777216);
pub(crate) const MICRO_BATCH_PIECES: Count = Count::new("micro_batch_pieces", 1, 16777216);
pub(crate) const EVALUATE_EVERY: Count = Count::new("evaluate_every", 1, 4294967295);
pub(crate) const PATIENCE: Count = Count::new("patience", 1, 4294967295);
pub(crate) const SHOTS: Count = Count::new("shots", 1, 4294967295);
pub(crate) const LEARNING_RATE: Number = Number { name: "learning_rate", range: Range::Positive };
pub(crate) const HEAD_LEARNING_RATE: Number = Number { name: "head_learning_rate", range: Range::Positive };
pub(crate) const WEIGHT_DECAY: Number = Number { name: "weight_decay", range: Range::NotNegative };
pub(crate) const WARMUP: Number = Number { name: "warmup", range: Range::Share };
pub(crate) const CLIP: Number = Number { name: "clip", range: Range::NotNegative };
pub(crate) const ADAPTER_SCALING: Number = Number { name: "adapter_scaling", range: Range::Finite };
pub(crate) const LORA_ALPHA: Number = Number { name: "lora_alpha", range: Range::Finite };
pub(crate) const BATCH_PIECES: Count = Count::new("batch_pieces", 1, 16777216);
pub(crate) const TRAINED_LAYERS: Count = Count::new("trained_layers", 1, 4294967295);
pub(crate) const MIN_SCORE: Number = Number { name: "min_score", range: Range::Share };
pub(crate) const WINDOW: Count = Count::new("window", 8, 16777216);
pub(crate) const INNER_STEPS: Count = Count::new("inner_steps", 1, 16777216);
pub(crate) const SUPPORT: Count = Count::new("support", 1, 16777216);
pub(crate) const QUERY: Count = Count::new("query", 1, 16777216);
pub(crate) const EPISODES: Count = Count::new("episodes", 1, 16777216);
pub(crate) const STEPS: Count = Count::new("steps", 1, 16777216);
pub(crate) const CHECKPOINT_EVERY: Count = Count::new("checkpoint_every", 1, 16777216);
pub(crate) const INNER_RATE: Number = Number { name: "inner_rate", range: Range::Positive };
pub(crate) const LEARN_INNER_RATE: Number = Number { name: "learn_inner_rate", range: Range::Positive };
pub(crate) const REPTILE_RATE: Number = Number { name: "reptile_rate", range: Range::Positive };
pub(crate) const TEMPERATURE: Number = Number { name: "temperature", range: Range::Share };
pub(crate) const ENCODER_RATE: Number = Number { name: "encoder_rate", range: Range::NotNegative };
pub(crate) const EMBEDDING_RATE: Number = Number { name: "embedding_rate", range: Range::NotNegative };
pub(crate) const METHOD_RATE: Number = Number { name: "method_rate", range: Range::NotNegative };
pub(crate) const LAYER_DECAY: Number = Number { name: "layer_decay", range: Range::Positive };
pub(crate) const NAMELESS: Number = Number { name: "nameless", range: Range::Share };
pub(crate) const EPISODE_TOKENS: Count = Count::new("episode_tokens", 8, 16777216);

/// All that are counted.
pub(super) const COUNTS: &[Count] = &[
    EPOCHS,
    BATCH_SIZE,
    MICRO_BATCH_PIECES,
    EVALUATE_EVERY,
    PATIENCE,
    SHOTS,
    BATCH_PIECES,
    TRAINED_LAYERS,
    WINDOW,
    INNER_STEPS,
    SUPPORT,
    QUERY,
    EPISODES,
    STEPS,
    CHECKPOINT_EVERY,
    EPISODE_TOKENS,
];

/// All that are measured.
pub(super) const NUMBERS: &[Number] = &[
    LEARNING_RATE,
    HEAD_LEARNING_RATE,
    WEIGHT_DECAY,
    WARMUP,
    CLIP,
    ADAPTER_SCALING,
    LORA_ALPHA,
    MIN_SCORE,
    INNER_RATE,
    LEARN_INNER_RATE,
    REPTILE_RATE,
    TEMPERATURE,
    ENCODER_RATE,
    EMBEDDING_RATE,
    METHOD_RATE,
    LAYER_DECAY,
    NAMELESS,
];
