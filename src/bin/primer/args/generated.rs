//! Generated from interface/ by `make generate`. Do not edit: change the source.

use clap::Args;

use super::{at_least_one, not_negative, number, positive, share64};

/// Options of the library: [`primer`]'s `DatasetOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadDatasetFlags {
    /// CoNLL: the column of the word, from 0 [default: the first]
    #[arg(long, value_name = "N")]
    pub word_column: Option<usize>,

    /// CoNLL: the column of the tag, from 0 [default: the last]
    #[arg(long, value_name = "N")]
    pub tag_column: Option<usize>,
}

/// Options of the library: [`primer`]'s `AdaptOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct AdaptFlags {
    /// Passes over the data [default: about 600 updates, between 3 and 30 passes]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub epochs: Option<usize>,

    /// Sentences in an update [default: 16]
    #[arg(long, visible_alias = "batch", value_name = "N", value_parser = at_least_one)]
    pub batch_size: Option<usize>,

    /// Epochs from one evaluation on the dev data to the next [default: about ten evaluations in a run]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub evaluate_every: Option<usize>,

    /// Evaluations on the dev data without a better F1 after which training stops [default: 4]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub patience: Option<usize>,

    /// Trains on this many sentences drawn by the seed [default: all]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub shots: Option<usize>,

    /// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit
    /// [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Peak learning rate of the method's parameters [default: the method's usual one]
    #[arg(long, visible_alias = "lr", value_name = "X", value_parser = positive)]
    pub learning_rate: Option<f64>,

    /// Peak learning rate of the head [default: the method's usual one, in proportion where --learning-rate is given]
    #[arg(long, visible_alias = "head-lr", value_name = "X", value_parser = positive)]
    pub head_learning_rate: Option<f64>,

    /// AdamW's weight decay [default: 0.01]
    #[arg(long, value_name = "X", value_parser = not_negative)]
    pub weight_decay: Option<f64>,

    /// Share of the updates over which the learning rate rises, in 0 to 1 [default: 0.1]
    #[arg(long, value_name = "X", value_parser = share64)]
    pub warmup: Option<f64>,

    /// Largest norm of an update's gradient; 0 for no clipping [default: 1]
    #[arg(long, value_name = "X", value_parser = not_negative)]
    pub clip: Option<f64>,

    /// A name for the adapter's card
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Bottleneck adapters: width of the bottleneck [default: a sixteenth of the encoder's width]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub adapter_size: Option<usize>,

    /// LoRA: rank of the updates [default: 8]
    #[arg(long, visible_alias = "rank", value_name = "N", value_parser = at_least_one)]
    pub lora_rank: Option<usize>,

    /// LoRA: numerator of the scale [default: 16]
    #[arg(long, value_name = "X", value_parser = number)]
    pub lora_alpha: Option<f64>,

    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank)
    #[arg(long)]
    pub lora_rslora: bool,

    /// Tokens in an update: as many sentences as fit, at least one, whatever --batch-size says [default: updates of
    /// --batch-size sentences]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub batch_pieces: Option<usize>,

    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit
    #[arg(long)]
    pub recompute: bool,

    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given
    #[arg(long)]
    pub head_only: bool,
}

/// Options of the library: [`primer`]'s `AdaptOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct PrimeAdaptFlags {
    /// Bottleneck adapters: width of the bottleneck [default: a sixteenth of the encoder's width]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub adapter_size: Option<usize>,

    /// LoRA: rank of the updates [default: 8]
    #[arg(long, visible_alias = "rank", value_name = "N", value_parser = at_least_one)]
    pub lora_rank: Option<usize>,

    /// LoRA: numerator of the scale [default: 16]
    #[arg(long, value_name = "X", value_parser = number)]
    pub lora_alpha: Option<f64>,

    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank)
    #[arg(long)]
    pub lora_rslora: bool,
}

/// Options of the library: [`primer`]'s `PrimeOptions`.
#[derive(Debug, Clone, Default, Args)]
pub struct PrimeFlags {
    /// Inner steps of an episode [default: 1]
    #[arg(long, short = 'k', value_name = "K", value_parser = at_least_one)]
    pub inner_steps: Option<usize>,

    /// Every inner step sees support sentences of its own
    #[arg(long)]
    pub fresh_support: bool,

    /// Every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain
    #[arg(long)]
    pub redraw: bool,

    /// The query loss counts after every inner step, not after the last alone
    #[arg(long)]
    pub multi_step_loss: bool,

    /// Support sentences of an episode, for each inner step [default: 16]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub support: Option<usize>,

    /// Query sentences of an episode [default: 16]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub query: Option<usize>,

    /// Episodes in an update [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub episodes: Option<usize>,

    /// Updates [default: 700]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub steps: Option<usize>,

    /// Updates from one evaluation on the dev tasks to the next [default: one at the end]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub evaluate_every: Option<usize>,

    /// Updates from one checkpoint to the next [default: 50]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub checkpoint_every: Option<usize>,

    /// Seed of initialisation and episodes: the same seed gives the same result to the bit [default: 0]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Step size of the inner gradient descent [default: 0.1]
    #[arg(long, visible_alias = "inner-lr", value_name = "X", value_parser = positive)]
    pub inner_rate: Option<f64>,

    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at --inner-rate (Meta-SGD)
    /// [default: step sizes that stay]
    #[arg(long, visible_alias = "learn-inner-lr", value_name = "X", value_parser = positive)]
    pub learn_inner_rate: Option<f64>,

    /// Reptile: the share of the way that an update goes [default: 0.1]
    #[arg(long, value_name = "X", value_parser = positive)]
    pub reptile_rate: Option<f64>,

    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
    /// equal probabilities [default: 0]
    #[arg(long, value_name = "X", value_parser = share64)]
    pub temperature: Option<f64>,

    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two [default: 1e-4]
    #[arg(long, visible_alias = "encoder-lr", value_name = "X", value_parser = not_negative)]
    pub encoder_rate: Option<f64>,

    /// Peak learning rate of the embeddings [default: 1e-4]
    #[arg(long, visible_alias = "embedding-lr", value_name = "X", value_parser = not_negative)]
    pub embedding_rate: Option<f64>,

    /// Peak learning rate of the method's parameters and the head [default: 1e-3]
    #[arg(long, visible_alias = "method-lr", value_name = "X", value_parser = not_negative)]
    pub method_rate: Option<f64>,

    /// A layer's learning rate is that of the layer above times this [default: 1]
    #[arg(long, value_name = "X", value_parser = positive)]
    pub layer_decay: Option<f64>,

    /// AdamW's weight decay, for the encoder's layers alone [default: 0.01]
    #[arg(long, value_name = "X", value_parser = not_negative)]
    pub weight_decay: Option<f64>,

    /// Share of the updates over which the learning rates rise, in 0 to 1 [default: 0.1]
    #[arg(long, value_name = "X", value_parser = share64)]
    pub warmup: Option<f64>,

    /// Largest norm of an update's gradient; 0 for no clipping [default: 1]
    #[arg(long, value_name = "X", value_parser = not_negative)]
    pub clip: Option<f64>,

    /// A name for the cards of backbone and adapter
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}
