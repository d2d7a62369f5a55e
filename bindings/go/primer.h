/*
 * Primer: tags named entities and learns new entity types on the user's own device.
 *
 * This file is generated from interface/ and src/capi/; docs/c-api.md is its introduction. In short:
 *
 * - Handles (primer_model, primer_adapter, ...) are opaque. Each type has one _free, for which NULL is fine. Handles
 *   hold what they need of each other: they may be freed in any order.
 * - A fallible function returns a primer_status, 0 for success. Its last argument `err` may be NULL; otherwise *err
 *   becomes NULL on success and on failure a primer_error, which the caller frees. What *err was before is overwritten,
 *   not freed. Outputs are NULL on failure. A NULL for an argument that is not said to allow it gives
 *   PRIMER_ERR_INVALID_ARGUMENT, naming the argument; an infallible function then answers 0, NULL or {NULL, 0}.
 * - const T * is safe to use from several threads at once; T * is exclusive, and concurrent use gives PRIMER_ERR_BUSY.
 *   A handle must not be freed while another thread makes a call with it.
 * - Text is UTF-8 with a length; it may hold NUL bytes. {NULL, 0} is empty text. Positions are half-open ranges of
 *   bytes on code-point boundaries; primer_offsets_convert translates them. Paths are NUL-terminated UTF-8.
 * - Structs that start with struct_size only ever grow at their end. Enumerations are int32_t and checked.
 * - Nothing is written to stdout or stderr, and no call ends the process. Callbacks must not unwind or jump out.
 */

#ifndef PRIMER_H
#define PRIMER_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header. primer_abi_version() is that of the library. */
#define PRIMER_VERSION_MAJOR 0
#define PRIMER_VERSION_MINOR 4
#define PRIMER_VERSION_PATCH 0
#define PRIMER_VERSION "0.4.0"
#define PRIMER_ABI_VERSION ((PRIMER_VERSION_MAJOR << 16) | PRIMER_VERSION_MINOR)


/**
 * Success.
 */
#define PRIMER_OK 0

/**
 * An argument or option has a value that cannot be used; the message names it.
 */
#define PRIMER_ERR_INVALID_ARGUMENT 1

/**
 * Text is not valid UTF-8; the error's byte is the first bad one.
 */
#define PRIMER_ERR_INVALID_UTF8 2

/**
 * The operating system refused: no such file, no permission, disk full.
 */
#define PRIMER_ERR_IO 3

/**
 * A model, tokenizer or adapter file is damaged or not what it claims to be.
 */
#define PRIMER_ERR_FORMAT 4

/**
 * Labelled data cannot be read; the error's file and line say where.
 */
#define PRIMER_ERR_DATA 5

/**
 * Two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other options.
 */
#define PRIMER_ERR_MISMATCH 6

/**
 * A file or an option is well formed but asks for something that this library, as it was built, does not do.
 */
#define PRIMER_ERR_UNSUPPORTED 7

/**
 * The caller asked to stop.
 */
#define PRIMER_ERR_CANCELLED 8

/**
 * The handle is exclusive and in use by another call.
 */
#define PRIMER_ERR_BUSY 9

/**
 * A loss or a gradient is not finite: training has diverged.
 */
#define PRIMER_ERR_NON_FINITE 10

/**
 * Something is larger than the limit that protects the process.
 */
#define PRIMER_ERR_TOO_LARGE 11

/**
 * A computation failed inside the tensor library or on the device.
 */
#define PRIMER_ERR_COMPUTE 12

/**
 * A defect of this library was caught; please report the message. An exclusive handle that was in the call gives this
 * status from then on and can only be freed.
 */
#define PRIMER_ERR_PANIC 13

/**
 * A device's memory does not hold what was asked of it; the message names the size. Smaller batches may fit; the
 * handles can be used on.
 */
#define PRIMER_ERR_OUT_OF_MEMORY 14

/**
 * The device that was asked for is not there, or cannot be used.
 */
#define PRIMER_ERR_DEVICE 15

/**
 * A checkpoint is one of a run with other data, options or backbone; the message says what differs.
 */
#define PRIMER_ERR_STALE 16

/**
 * Something does not work as it should, but the call goes on.
 */
#define PRIMER_LOG_WARN 1

/**
 * Something that happens once a model or a training run.
 */
#define PRIMER_LOG_INFO 2

/**
 * The processor.
 */
#define PRIMER_DEVICE_CPU 0

/**
 * The first GPU that the library and the machine can use, else the processor.
 */
#define PRIMER_DEVICE_AUTO 1

/**
 * An NVIDIA GPU; needs the feature "cuda".
 */
#define PRIMER_DEVICE_CUDA 2

/**
 * The GPU of an Apple machine; needs the feature "metal".
 */
#define PRIMER_DEVICE_METAL 3

/**
 * The format is found out from the file's name or its first line.
 */
#define PRIMER_FORMAT_AUTO 0

/**
 * CoNLL: a word a line in columns, an empty line after each sentence.
 */
#define PRIMER_FORMAT_CONLL 1

/**
 * JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end", "label"}]} a line.
 */
#define PRIMER_FORMAT_JSONL 2

/**
 * The scheme is found out from the tags; for an adapter, PRIMER_SCHEME_IOB2.
 */
#define PRIMER_SCHEME_AUTO 0

/**
 * B- only where two entities of one type touch. Can be read, not learnt.
 */
#define PRIMER_SCHEME_IOB1 1

/**
 * B- at every start.
 */
#define PRIMER_SCHEME_IOB2 2

/**
 * Single words (S-) and ends (E-) are marked too.
 */
#define PRIMER_SCHEME_BIOES 3

/**
 * Bytes of the text in UTF-8 (C, C++, Go, Rust).
 */
#define PRIMER_UNIT_BYTE 0

/**
 * UTF-16 code units (JavaScript, Java, NSString).
 */
#define PRIMER_UNIT_UTF16 1

/**
 * Unicode code points (Python).
 */
#define PRIMER_UNIT_CODE_POINT 2

/**
 * A folder of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors. LoRA.
 */
#define PRIMER_FOLDER_PEFT 1

/**
 * A folder of AdapterHub: adapter_config.json, adapter.safetensors and the head beside them. Bottleneck adapters.
 */
#define PRIMER_FOLDER_ADAPTERHUB 2

/**
 * The method of the adapter to start from, with that adapter's settings.
 */
#define PRIMER_METHOD_INITIAL -1

/**
 * The tag head alone.
 */
#define PRIMER_METHOD_HEAD 0

/**
 * Bottleneck adapters and head.
 */
#define PRIMER_METHOD_ADAPTER 1

/**
 * LoRA and head.
 */
#define PRIMER_METHOD_LORA 2

/**
 * The biases and head.
 */
#define PRIMER_METHOD_BITFIT 3

/**
 * Every parameter of the model.
 */
#define PRIMER_METHOD_FULL 4

/**
 * (IA)^3: factors of keys, values and the feed-forward network's inner activations, and head.
 */
#define PRIMER_METHOD_IA3 5

/**
 * Scaled bottleneck adapters beside the feed-forward networks, and head.
 */
#define PRIMER_METHOD_PARALLEL 6

/**
 * max(x, 0).
 */
#define PRIMER_ACTIVATION_RELU 0

/**
 * x / (1 + exp(-x)), also called SiLU.
 */
#define PRIMER_ACTIVATION_SWISH 1

/**
 * The exact GELU.
 */
#define PRIMER_ACTIVATION_GELU 2

/**
 * The projection to queries. The PRIMER_SITE_* are added up.
 */
#define PRIMER_SITE_QUERY 1

/**
 * The projection to keys.
 */
#define PRIMER_SITE_KEY 2

/**
 * The projection to values.
 */
#define PRIMER_SITE_VALUE 4

/**
 * The projection behind attention.
 */
#define PRIMER_SITE_ATTENTION_OUTPUT 8

/**
 * The first layer of the feed-forward network.
 */
#define PRIMER_SITE_INTERMEDIATE 16

/**
 * The second layer of the feed-forward network.
 */
#define PRIMER_SITE_OUTPUT 32

/**
 * That of the data; the other is no entity then, not even the rest of it.
 */
#define PRIMER_OVERLAP_NEW 0

/**
 * That of the initial adapter; the other is not learnt there.
 */
#define PRIMER_OVERLAP_OLD 1

/**
 * What the model carries for the method; where it carries nothing, what the seed draws.
 */
#define PRIMER_START_AUTO 0

/**
 * What the seed draws.
 */
#define PRIMER_START_FRESH 1

/**
 * Names of the types and words of the sentences, where the model carries a start of the method; words alone where it
 * is of another; else what the seed draws.
 */
#define PRIMER_HEAD_INIT_AUTO 0

/**
 * Words of the sentences alone.
 */
#define PRIMER_HEAD_INIT_PROTOTYPE 1

/**
 * Names of the types alone; only where the model carries a start of the method.
 */
#define PRIMER_HEAD_INIT_NAME 2

/**
 * Zeros.
 */
#define PRIMER_HEAD_INIT_ZERO 3

/**
 * What the seed draws.
 */
#define PRIMER_HEAD_INIT_RANDOM 4

/**
 * Nothing: the head as it starts, at once.
 */
#define PRIMER_EFFORT_NONE 0

/**
 * A few updates of the uppermost layers.
 */
#define PRIMER_EFFORT_QUICK 1

/**
 * On a model that carries a start, the uppermost layers in seconds; on another, as PRIMER_EFFORT_THOROUGH.
 */
#define PRIMER_EFFORT_USUAL 2

/**
 * All that the method touches, about 600 updates.
 */
#define PRIMER_EFFORT_THOROUGH 3

/**
 * The dev data was tagged before training.
 */
#define PRIMER_STAGE_START 0

/**
 * An update was made.
 */
#define PRIMER_STAGE_STEP 1

/**
 * An epoch has ended and the dev data, if any, was tagged.
 */
#define PRIMER_STAGE_EPOCH 2

/**
 * Before training, sentences are cut into tokens. Told where it is asked for.
 */
#define PRIMER_STAGE_ENCODE 3

/**
 * Before training, what frozen lower layers give is computed. Told where it is asked for.
 */
#define PRIMER_STAGE_PREFIX 4

/**
 * The library's own encoder: nothing else is needed.
 */
#define PRIMER_ENGINE_NATIVE 0

/**
 * ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an error where
 * there is none.
 */
#define PRIMER_ENGINE_ONNX 1

/**
 * ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
 */
#define PRIMER_ENGINE_AUTO 2

/**
 * 32-bit floats: the numbers of the reference implementation.
 */
#define PRIMER_PRECISION_F32 0

/**
 * 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and smaller, for a
 * small loss of accuracy. The native engine has it on the processor, in tagging.
 */
#define PRIMER_PRECISION_INT8 1

/**
 * Activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit floats. The
 * native engine, adaptation and priming have it on GPUs.
 */
#define PRIMER_PRECISION_BF16 2

/**
 * Into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence boundaries of
 * Unicode, but not behind initials and abbreviations.
 */
#define PRIMER_SPLIT_SENTENCES 0

/**
 * At the ends of lines alone.
 */
#define PRIMER_SPLIT_LINES 1

/**
 * Nowhere but where a window is full.
 */
#define PRIMER_SPLIT_NONE 2

/**
 * Experimental. MAML: the loss after a few steps of what a device will do.
 */
#define PRIMER_ALGORITHM_MAML 0

/**
 * Experimental. Multi-task training, the baseline: no inner steps.
 */
#define PRIMER_ALGORITHM_MULTI_TASK 1

/**
 * Experimental. Reptile: a share of the way to where the inner steps lead.
 */
#define PRIMER_ALGORITHM_REPTILE 2

/**
 * Experimental. MAML as if the inner steps were fixed: the cheapest.
 */
#define PRIMER_ORDER_FIRST 0

/**
 * Experimental. The exact gradient through the inner steps.
 */
#define PRIMER_ORDER_TANGENTS 1

/**
 * Experimental. The same by central differences of gradients.
 */
#define PRIMER_ORDER_DIFFERENCES 2

/**
 * Experimental. The method's parameters and the head, as a device will.
 */
#define PRIMER_INNER_PHI 0

/**
 * Experimental. The head alone (ANIL).
 */
#define PRIMER_INNER_HEAD 1

/**
 * Experimental. Everything, the backbone included (plain MAML).
 */
#define PRIMER_INNER_EVERYTHING 2

/**
 * Experimental. The backbone, the method's parameters and the head.
 */
#define PRIMER_OUTER_BOTH 0

/**
 * Experimental. The backbone alone.
 */
#define PRIMER_OUTER_BACKBONE 1

/**
 * Experimental. The method's parameters and the head alone.
 */
#define PRIMER_OUTER_PHI 2

/**
 * Experimental. All types, with one head for all tasks, whose rows are parameters.
 */
#define PRIMER_EPISODE_HEAD_SHARED 0

/**
 * Experimental. Some of the task's types, the rest is O; the head is made anew of the types' names and the support
 * words. What it is made with is learnt, and becomes the start that the model carries.
 */
#define PRIMER_EPISODE_HEAD_MADE 1

/**
 * Experimental. 32-bit floats.
 */
#define PRIMER_STORAGE_F32 0

/**
 * Experimental. 16-bit floats.
 */
#define PRIMER_STORAGE_F16 1

/**
 * Experimental. 4 bits a number and a scale for 32 numbers.
 */
#define PRIMER_STORAGE_Q4_0 2

/**
 * Experimental. 8 bits a number and a scale for 32 numbers.
 */
#define PRIMER_STORAGE_Q8_0 8

/**
 * Experimental. The upper half of 32-bit floats.
 */
#define PRIMER_STORAGE_BF16 30

/**
 * A trained method with its tag head, and the card that says what it is. Immutable; it holds its model itself. One
 * model serves any number of adapters, chosen per call.
 */
typedef struct primer_adapter primer_adapter;

/**
 * Bytes that the library made: a file's contents, or JSON text in UTF-8. Immutable.
 */
typedef struct primer_buffer primer_buffer;

/**
 * A request to stop, which any thread may make. Once made it stays: a token serves one call or one group of calls.
 */
typedef struct primer_cancel primer_cancel;

/**
 * Labelled sentences. Immutable.
 */
typedef struct primer_dataset primer_dataset;

/**
 * Why a call failed: a message and what it is about. Immutable.
 */
typedef struct primer_error primer_error;

/**
 * A backbone: a multilingual encoder with its tokenizer. Immutable; one serves any number of adapters, taggers and
 * training runs, which hold it themselves: it may be freed while they live.
 */
typedef struct primer_model primer_model;

/**
 * A primed backbone in memory, with the starting point of its method. Immutable; it holds its model itself.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 */
typedef struct primer_primed primer_primed;

/**
 * What tagging found, an item an input. Immutable.
 */
typedef struct primer_result primer_result;

/**
 * Tags text with any adapter of its model, or, from primer_tagger_load_onnx, with the labels of a model that others have
 * trained. Exclusive: one worker uses it at a time. It is cheap to make for a model that is loaded; make one a thread.
 */
typedef struct primer_tagger primer_tagger;

/**
 * What a fallible function returns: PRIMER_OK or one of PRIMER_ERR_*. Values are never reused or renumbered; treat one
 * that you do not know as a failure.
 */
typedef int32_t primer_status;

/**
 * UTF-8 text with its length. As an argument it need not end with a NUL byte and may hold NUL bytes; {NULL, 0} is
 * empty text. Where the library gives one out, the text is borrowed from the handle it was asked of and is followed by
 * a NUL byte that `len` does not count; {NULL, 0} then means that there is none.
 */
typedef struct primer_str {
  /**
   * The first byte.
   */
  const char *data;
  /**
   * Number of bytes.
   */
  size_t len;
} primer_str;

/**
 * Receives a message, which is borrowed until the callback returns. It may be called on any thread, also on several at
 * once, must not unwind or jump out, and must not call primer_log_set.
 */
typedef void (*primer_log_fn)(int32_t level, struct primer_str message, void *user);

/**
 * How a backbone is loaded.
 *
 * Options of primer_model_load: fill them by primer_model_options_init and change what you want to.
 */
typedef struct primer_model_options {
  /**
   * sizeof(primer_model_options), set by primer_model_options_init.
   */
  uint32_t struct_size;
  /**
   * Threads that tagging and training with this model use; initially 0, for all that the machine offers.
   */
  uint32_t threads;
  /**
   * 1: keeps the encoder's matrices in memory as the file has them and expands each while it is used: less memory, a
   * little slower, the same numbers; initially 0.
   */
  int32_t quantised;
  /**
   * 1: reads all of a GGUF file and compares it with the fingerprint that it carries, so that damage anywhere is
   * found on loading. Without it only what is needed is read, and damage among the weights shows as wrong numbers;
   * initially 1.
   */
  int32_t verify;
  /**
   * PRIMER_DEVICE_*: where the model computes: all that is done with it, tagging, adaptation and priming.
   * `quantised` is for the processor alone; initially PRIMER_DEVICE_CPU.
   */
  int32_t device;
  /**
   * Which GPU, from 0, where `device` is PRIMER_DEVICE_CUDA; else 0; initially 0.
   */
  uint32_t device_number;
} primer_model_options;

/**
 * A backbone's sizes.
 */
typedef struct primer_model_sizes {
  /**
   * sizeof(primer_model_sizes), set by the caller.
   */
  uint32_t struct_size;
  /**
   * Layers of the encoder.
   */
  uint32_t layers;
  /**
   * Width of the encoder.
   */
  uint32_t hidden;
  /**
   * Width of the feed-forward network.
   */
  uint32_t intermediate;
  /**
   * Attention heads of a layer.
   */
  uint32_t heads;
  /**
   * Pieces that the tokenizer's vocabulary may hold.
   */
  uint32_t vocabulary;
  /**
   * Pieces in a window; longer text is cut into windows that overlap.
   */
  uint32_t positions;
  /**
   * Threads that work for this model.
   */
  uint32_t threads;
} primer_model_sizes;

/**
 * How labelled data is read. The initial values find everything out from the data.
 *
 * Options of primer_dataset_load: fill them by primer_dataset_options_init and change what you want to.
 */
typedef struct primer_dataset_options {
  /**
   * sizeof(primer_dataset_options), set by primer_dataset_options_init.
   */
  uint32_t struct_size;
  /**
   * PRIMER_FORMAT_*: the format of the data; initially PRIMER_FORMAT_AUTO.
   */
  int32_t format;
  /**
   * PRIMER_SCHEME_*: how the tags are to be read; initially PRIMER_SCHEME_AUTO.
   */
  int32_t scheme;
  /**
   * PRIMER_UNIT_*: what start and end of an entity in JSON count; code points are what Python counts; initially
   * PRIMER_UNIT_CODE_POINT.
   */
  int32_t unit;
  /**
   * CoNLL: the column of the word, from 0; initially -1, for finding it out, usually the first.
   */
  int32_t word_column;
  /**
   * CoNLL: the column of the tag, from 0; initially -1, for finding it out, usually the last.
   */
  int32_t tag_column;
  /**
   * 1: the data must have labels; without it they are not read; initially 1.
   */
  int32_t labelled;
  /**
   * Leave it 0.
   */
  uint32_t reserved;
  /**
   * 1: refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap
   * stays, and a word that is cut belongs to the entity where that covers at least half of its characters; initially
   * 0.
   */
  int32_t strict;
  /**
   * Leave it 0.
   */
  uint32_t reserved2;
  /**
   * The names of tags that are numbers, in their order from 0: O, B-PER and so on; initially none, for data whose
   * tags are names.
   */
  const struct primer_str *tag_names;
  /**
   * Number of `tag_names`.
   */
  size_t tag_name_count;
  /**
   * The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
   * sentence may name its own; initially none, for all types of the data.
   */
  const struct primer_str *labelled_types;
  /**
   * Number of `labelled_types`.
   */
  size_t labelled_type_count;
} primer_dataset_options;

/**
 * How an adapter is trained. The initial values work for a few dozen to a few thousand sentences.
 *
 * Options of primer_adapt: fill them by primer_adapt_options_init and change what you want to.
 */
typedef struct primer_adapt_options {
  /**
   * sizeof(primer_adapt_options), set by primer_adapt_options_init.
   */
  uint32_t struct_size;
  /**
   * PRIMER_METHOD_*: what is trained. PRIMER_METHOD_INITIAL does not read `layers` and what starts with adapter_ or
   * lora_; initially PRIMER_METHOD_ADAPTER.
   */
  int32_t method;
  /**
   * PRIMER_SCHEME_*: how tags are written: PRIMER_SCHEME_IOB2, also the meaning of PRIMER_SCHEME_AUTO, or
   * PRIMER_SCHEME_BIOES; initially PRIMER_SCHEME_AUTO.
   */
  int32_t scheme;
  /**
   * Passes over the data; initially 0, for what `effort` says: usually about 600 updates, between 3 and 30 passes;
   * on a model that carries a start 120, between 4 and 10, and none on few mentions.
   */
  uint32_t epochs;
  /**
   * Sentences in an update. On a model that carries a start the initial value stands for 4, but with
   * PRIMER_EFFORT_THOROUGH; initially 16.
   */
  uint32_t batch_size;
  /**
   * Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
   * memory and the time until a cancellation is noticed; initially 512.
   */
  uint32_t micro_batch_pieces;
  /**
   * Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
   */
  uint32_t evaluate_every;
  /**
   * Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early
   * stop.
   */
  uint32_t patience;
  /**
   * Trains on this many sentences drawn by the seed; initially 0, for all.
   */
  uint32_t shots;
  /**
   * Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
   * goes to a temporary file; initially 256. 0 stands for computing them anew in every epoch.
   */
  uint32_t cache_mib;
  /**
   * Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit;
   * initially 0.
   */
  uint64_t seed;
  /**
   * Peak learning rate of the method's parameters; initially 0, for the method's usual one.
   */
  double learning_rate;
  /**
   * Peak learning rate of the head; initially 0, for the method's usual one, in proportion where `learning_rate` is
   * given, and with `head_only` for that of head tuning.
   */
  double head_learning_rate;
  /**
   * AdamW's weight decay; initially 0.01.
   */
  double weight_decay;
  /**
   * Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
   */
  double warmup;
  /**
   * Largest norm of an update's gradient; 0 for no clipping; initially 1.
   */
  double clip;
  /**
   * The entity types to learn; initially none, for those of the training data.
   */
  const struct primer_str *types;
  /**
   * Number of `types`.
   */
  size_t type_count;
  /**
   * A name for the adapter's card; initially empty.
   */
  struct primer_str name;
  /**
   * The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
   */
  const uint32_t *layers;
  /**
   * Number of `layers`.
   */
  size_t layer_count;
  /**
   * Bottleneck and parallel adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width;
   * half of it for PRIMER_METHOD_PARALLEL.
   */
  uint32_t adapter_size;
  /**
   * 1: bottleneck adapters: one behind self-attention; parallel ones: beside it; initially 0.
   */
  int32_t adapter_attention;
  /**
   * 1: bottleneck adapters: one behind the feed-forward network; parallel ones: beside it; initially 1.
   */
  int32_t adapter_output;
  /**
   * 1: bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation;
   * initially 1.
   */
  int32_t adapter_norm_before;
  /**
   * PRIMER_ACTIVATION_*: bottleneck and parallel adapters: the non-linearity; initially PRIMER_ACTIVATION_RELU.
   */
  int32_t adapter_activation;
  /**
   * LoRA: rank of the updates; initially 8.
   */
  uint32_t lora_rank;
  /**
   * Bottleneck and parallel adapters: factor of their output. For PRIMER_METHOD_PARALLEL the initial value stands
   * for 4; initially 1.
   */
  double adapter_scaling;
  /**
   * LoRA: numerator of the scale; initially 0, for twice `lora_rank`.
   */
  double lora_alpha;
  /**
   * 1: loRA: the rank-stabilised scale, alpha / sqrt(rank); initially 0.
   */
  int32_t lora_rslora;
  /**
   * LoRA: the linear layers with an update; initially PRIMER_SITE_QUERY and PRIMER_SITE_VALUE.
   */
  uint32_t lora_sites;
  /**
   * Tokens in an update: as many sentences as fit, at least one; `batch_size` must then have its initial value;
   * initially 0, for updates of `batch_size` sentences.
   */
  uint32_t batch_pieces;
  /**
   * 1: keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 %
   * more time for less memory, the same numbers to the bit; initially 0.
   */
  int32_t recompute;
  /**
   * 1: trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
   * given; initially 0.
   */
  int32_t head_only;
  /**
   * Leave it 0.
   */
  uint32_t reserved;
  /**
   * PRIMER_PRECISION_*: the dtype in which the model computes: PRIMER_PRECISION_F32, which the processor has alone,
   * or on GPUs PRIMER_PRECISION_BF16, which is quicker; initially PRIMER_PRECISION_F32.
   */
  int32_t precision;
  /**
   * Leave it 0.
   */
  uint32_t reserved2;
  /**
   * 1: leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are
   * kept: what that adapter finds of them in the sentences is learnt, too; initially 0.
   */
  int32_t drop_types;
  /**
   * PRIMER_OVERLAP_*: which entity stays where one of the data and one that the initial adapter finds overlap;
   * initially PRIMER_OVERLAP_NEW.
   */
  int32_t overlap;
  /**
   * 1: starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
   * initially 0.
   */
  int32_t restart;
  /**
   * 1: progress is told before training, too: PRIMER_STAGE_ENCODE and PRIMER_STAGE_PREFIX, which programs of earlier
   * versions do not know; initially 0.
   */
  int32_t preparation;
  /**
   * PRIMER_START_*: what the method's parameters start from where no adapter to start from is given; initially
   * PRIMER_START_AUTO.
   */
  int32_t start;
  /**
   * PRIMER_HEAD_INIT_*: what the head starts from, but for the rows that an adapter to start from has; initially
   * PRIMER_HEAD_INIT_AUTO.
   */
  int32_t head_init;
  /**
   * What describes each of `types` beside its name, in their order; an empty text where there is nothing to say;
   * initially none, for names alone.
   */
  const struct primer_str *descriptions;
  /**
   * Number of `descriptions`.
   */
  size_t description_count;
  /**
   * How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once
   * a sentence; initially 0, for all that the method touches.
   */
  uint32_t trained_layers;
  /**
   * PRIMER_EFFORT_*: how much is trained where `epochs`, `trained_layers` and rates are not given; initially
   * PRIMER_EFFORT_USUAL.
   */
  int32_t effort;
} primer_adapt_options;

/**
 * The state of a training run. It may grow at its end: read only what lies within `struct_size`.
 */
typedef struct primer_progress {
  /**
   * sizeof(primer_progress) in the library.
   */
  uint32_t struct_size;
  /**
   * PRIMER_STAGE_*: what has just happened.
   */
  int32_t stage;
  /**
   * The current epoch, from 1; 0 before training.
   */
  uint64_t epoch;
  /**
   * Epochs in all, if training does not stop early.
   */
  uint64_t epochs;
  /**
   * Updates made.
   */
  uint64_t step;
  /**
   * Updates in all, if training does not stop early.
   */
  uint64_t steps;
  /**
   * Loss of the last update; at the end of an epoch the mean over its updates.
   */
  double loss;
  /**
   * Norm of the last update's gradient before clipping.
   */
  double gradient_norm;
  /**
   * The last F1 on the dev data, in 0 to 1; -1 where there is none yet.
   */
  double dev_f1;
  /**
   * The best F1 on the dev data so far; -1 where there is none yet.
   */
  double best_f1;
  /**
   * Seconds since the start.
   */
  double seconds;
  /**
   * Estimate of the seconds left.
   */
  double seconds_left;
  /**
   * How much of a stage before training is done: sentences or windows. In training, updates made. Since 0.4.
   */
  uint64_t done;
  /**
   * Of how much. Since 0.4.
   */
  uint64_t total;
} primer_progress;

/**
 * Is told of progress on the thread that called. 0 goes on, anything else cancels. It may call this library, but must
 * not unwind or jump out.
 */
typedef int32_t (*primer_progress_fn)(const struct primer_progress *progress, void *user);

/**
 * What a tagger runs on, and how exactly it computes.
 *
 * Options of primer_tagger_new_with_options and primer_tagger_load_onnx: fill them by primer_tagger_options_init and
 * change what you want to.
 */
typedef struct primer_tagger_options {
  /**
   * sizeof(primer_tagger_options), set by primer_tagger_options_init.
   */
  uint32_t struct_size;
  /**
   * PRIMER_ENGINE_*: what runs the model; an ONNX model of others runs on ONNX Runtime whatever is said here;
   * initially PRIMER_ENGINE_NATIVE.
   */
  int32_t engine;
  /**
   * PRIMER_PRECISION_*: the dtype in which it computes; an ONNX model of others has its own; initially
   * PRIMER_PRECISION_F32.
   */
  int32_t precision;
  /**
   * Threads of an ONNX model of others. Others use their model's; initially 0, for all that the machine offers.
   */
  uint32_t threads;
  /**
   * The path of ONNX Runtime's shared library. A process loads one and keeps it; initially NULL, for the one that
   * the environment variable PRIMER_ONNXRUNTIME names, or else the system's.
   */
  const char *onnxruntime;
  /**
   * Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), the most wanted first; initially
   * none, for the processor alone.
   */
  const char *const *providers;
  /**
   * Number of `providers`.
   */
  size_t provider_count;
  /**
   * Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out; initially
   * 0, for as the adapter's card says of types that were learnt from little, else none.
   */
  double min_score;
  /**
   * PRIMER_SPLIT_*: where texts are cut. Training cuts into sentences, so other choices are for hosts that know
   * their texts; initially PRIMER_SPLIT_SENTENCES.
   */
  int32_t split;
  /**
   * Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
   * encoder has positions; initially 0, for as in training, 256.
   */
  uint32_t window;
} primer_tagger_options;

/**
 * Something to tag: text, or words that the caller has found.
 */
typedef struct primer_input {
  /**
   * The adapter to tag it with; NULL where the model has labels of its own.
   */
  const struct primer_adapter *adapter;
  /**
   * The text; it must be {NULL, 0} where words are given.
   */
  struct primer_str text;
  /**
   * The words, `word_count` of them; NULL where text is given.
   */
  const struct primer_str *words;
  /**
   * Number of words.
   */
  size_t word_count;
} primer_input;

/**
 * A named entity: bytes `start` to `end` of the text, words `first_word` to `end_word`, both half-open.
 */
typedef struct primer_entity {
  /**
   * The first byte in the text.
   */
  size_t start;
  /**
   * One past the last byte.
   */
  size_t end;
  /**
   * The first word.
   */
  size_t first_word;
  /**
   * One past the last word.
   */
  size_t end_word;
  /**
   * The entity's type: an index for primer_adapter_type, or for primer_tagger_type where no adapter was given.
   */
  uint32_t label;
  /**
   * How sure the tagger is, in 0 to 1.
   */
  float score;
  /**
   * The name of the type, borrowed from the result.
   */
  struct primer_str label_name;
} primer_entity;

/**
 * A word and its tag.
 */
typedef struct primer_word {
  /**
   * The first byte in the text.
   */
  size_t start;
  /**
   * One past the last byte.
   */
  size_t end;
  /**
   * The word's tag: an index for primer_adapter_tag. Without an adapter 0 is O, 1 and 2 are the first type's B- and I-
   * tag, and so on.
   */
  size_t tag;
  /**
   * The tag's name, such as "B-PER", borrowed from the result.
   */
  struct primer_str tag_name;
} primer_word;

/**
 * Precision, recall and F1 over entities, each in 0 to 1, with the counts behind them. A division by zero gives 0.
 */
typedef struct primer_score {
  /**
   * The share of the predicted entities that are right.
   */
  double precision;
  /**
   * The share of the true entities that were found.
   */
  double recall;
  /**
   * The harmonic mean of precision and recall.
   */
  double f1;
  /**
   * How many entities the truth has.
   */
  uint64_t support;
  /**
   * How many entities were predicted.
   */
  uint64_t predicted;
  /**
   * How many predicted entities are right.
   */
  uint64_t correct;
} primer_score;

/**
 * Scores over all types together (micro), equal to those of Python's seqeval.
 */
typedef struct primer_scores {
  /**
   * sizeof(primer_scores), set by the caller.
   */
  uint32_t struct_size;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * How many sentences were compared.
   */
  uint64_t sentences;
  /**
   * As seqeval scores by default.
   */
  struct primer_score micro;
  /**
   * As seqeval scores with mode="strict".
   */
  struct primer_score strict_micro;
  /**
   * The share of the words whose tag is the true one, O included.
   */
  double accuracy;
} primer_scores;

/**
 * How a backbone is primed; docs/priming.md explains it.
 *
 * Options of primer_prime: fill them by primer_prime_options_init and change what you want to.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 */
typedef struct primer_prime_options {
  /**
   * sizeof(primer_prime_options), set by primer_prime_options_init.
   */
  uint32_t struct_size;
  /**
   * PRIMER_ALGORITHM_*: how the model is trained over tasks; initially PRIMER_ALGORITHM_MAML.
   */
  int32_t algorithm;
  /**
   * PRIMER_ORDER_*: MAML: how far its gradient goes; initially PRIMER_ORDER_FIRST.
   */
  int32_t order;
  /**
   * PRIMER_INNER_*: what inner steps change. Not for multi-task training; initially PRIMER_INNER_PHI.
   */
  int32_t inner_scope;
  /**
   * PRIMER_OUTER_*: what is learnt in the end; initially PRIMER_OUTER_BOTH.
   */
  int32_t outer_scope;
  /**
   * Inner steps of an episode; initially 1.
   */
  uint32_t inner_steps;
  /**
   * 1: every inner step sees support sentences of its own; initially 0.
   */
  int32_t fresh_support;
  /**
   * 1: every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
   * carries the gain; initially 0.
   */
  int32_t redraw;
  /**
   * 1: the query loss counts after every inner step, not after the last alone; initially 0.
   */
  int32_t multi_step_loss;
  /**
   * Support sentences of an episode, for each inner step; initially 16.
   */
  uint32_t support;
  /**
   * Query sentences of an episode; initially 16.
   */
  uint32_t query;
  /**
   * Episodes in an update; initially 1.
   */
  uint32_t episodes;
  /**
   * Updates; initially 700.
   */
  uint32_t steps;
  /**
   * Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
   * memory and the time until a cancellation is noticed; initially 1024.
   */
  uint32_t micro_batch_pieces;
  /**
   * PRIMER_SCHEME_*: how tags are written: PRIMER_SCHEME_IOB2, also the meaning of PRIMER_SCHEME_AUTO, or
   * PRIMER_SCHEME_BIOES; initially PRIMER_SCHEME_AUTO.
   */
  int32_t scheme;
  /**
   * Updates from one evaluation on the dev tasks to the next; initially 0, for one at the end.
   */
  uint32_t evaluate_every;
  /**
   * Updates from one checkpoint to the next; initially 50.
   */
  uint32_t checkpoint_every;
  /**
   * PRIMER_PRECISION_*: the dtype in which the model computes: PRIMER_PRECISION_F32, which the processor has alone,
   * or on GPUs PRIMER_PRECISION_BF16, which is quicker; initially PRIMER_PRECISION_F32.
   */
  int32_t precision;
  /**
   * The options of the adaptation that the backbone is prepared for: give the ones that the device will use. Of them
   * the method, the layers and what starts with adapter_ or lora_ are read, and nothing else; not
   * PRIMER_METHOD_FULL; initially NULL, for bottleneck adapters with their usual settings.
   */
  const struct primer_adapt_options *adaptation;
  /**
   * Seed of initialisation and episodes: the same seed gives the same result to the bit; initially 0.
   */
  uint64_t seed;
  /**
   * Step size of the inner gradient descent; initially 0.1.
   */
  double inner_rate;
  /**
   * MAML: peak learning rate of the inner step sizes, one a tensor, which then start at `inner_rate` (Meta-SGD);
   * initially 0, for step sizes that stay.
   */
  double learn_inner_rate;
  /**
   * Reptile: the share of the way that an update goes; initially 0.1.
   */
  double reptile_rate;
  /**
   * Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
   * equal probabilities; initially 0.
   */
  double temperature;
  /**
   * Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two; initially 1e-4.
   */
  double encoder_rate;
  /**
   * Peak learning rate of the embeddings; initially 1e-4.
   */
  double embedding_rate;
  /**
   * Peak learning rate of the method's parameters and the head; initially 1e-3.
   */
  double method_rate;
  /**
   * A layer's learning rate is that of the layer above times this; initially 1.
   */
  double layer_decay;
  /**
   * AdamW's weight decay, for the encoder's layers alone; initially 0.01.
   */
  double weight_decay;
  /**
   * Share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
   */
  double warmup;
  /**
   * Largest norm of an update's gradient; 0 for no clipping; initially 1.
   */
  double clip;
  /**
   * The entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
   */
  const struct primer_str *types;
  /**
   * Number of `types`.
   */
  size_t type_count;
  /**
   * A name for the cards of backbone and adapter; initially empty.
   */
  struct primer_str name;
  /**
   * 1: starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
   * initially 0.
   */
  int32_t restart;
  /**
   * PRIMER_EPISODE_HEAD_*: what an episode tags, and where its head comes from; initially
   * PRIMER_EPISODE_HEAD_SHARED.
   */
  int32_t head;
  /**
   * With PRIMER_EPISODE_HEAD_MADE, the share of the episodes in which the head is made of words alone, without
   * names; initially 0.3.
   */
  double nameless;
  /**
   * With PRIMER_EPISODE_HEAD_MADE, tokens of a sentence that an episode takes at most; what stands further behind is
   * more of the same sentence, and costs as much as further sentences; initially 100.
   */
  uint32_t episode_tokens;
  /**
   * Leave it 0.
   */
  uint32_t reserved;
} primer_prime_options;

/**
 * A named data set, one a language or a domain.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 */
typedef struct primer_task {
  /**
   * A name for the log, the report and errors; no two tasks to prime on share one.
   */
  struct primer_str name;
  /**
   * The labelled sentences.
   */
  const struct primer_dataset *data;
} primer_task;

/**
 * The state of a priming run. It may grow at its end: read only what lies within `struct_size`.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 */
typedef struct primer_prime_progress {
  /**
   * sizeof(primer_prime_progress) in the library.
   */
  uint32_t struct_size;
  /**
   * PRIMER_STAGE_ENCODE before the first update, PRIMER_STAGE_STEP after every one. Since 0.4; 0 before.
   */
  int32_t stage;
  /**
   * Updates made, those of a checkpoint included.
   */
  uint64_t step;
  /**
   * Updates in all.
   */
  uint64_t steps;
  /**
   * Mean support loss of the update's episodes, before the first inner step; for multi-task training the one loss.
   */
  double support_loss;
  /**
   * Mean query loss of the update's episodes; for multi-task training the one loss again; -1 for Reptile, which has none.
   */
  double query_loss;
  /**
   * Norm of the update's gradient before clipping.
   */
  double gradient_norm;
  /**
   * The dev tasks' mean F1 at the last look, in 0 to 1; -1 where there is none yet.
   */
  double dev_f1;
  /**
   * Seconds since the start, those of a checkpoint included.
   */
  double seconds;
  /**
   * Estimate of the seconds left.
   */
  double seconds_left;
  /**
   * How many sentences of a task are encoded; later, updates made. Since 0.4.
   */
  uint64_t done;
  /**
   * Of how many. Since 0.4.
   */
  uint64_t total;
} primer_prime_progress;

/**
 * Is told of a priming run, while it encodes its data and after every update, on the thread that called. 0 goes on,
 * anything else cancels. It may call this library, but must not unwind or jump out.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 */
typedef int32_t (*primer_prime_progress_fn)(const struct primer_prime_progress *progress, void *user);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number that PRIMER_ABI_VERSION of the library's own header has: major version times 65536 plus minor version.
 *
 * A program that was compiled with another header may use this library if the major versions are equal and the
 * library's minor version is not lower than the header's.
 *
 * Threads: safe to call concurrently.
 */
uint32_t primer_abi_version(void);

/**
 * The library's version, as "0.1.0", NUL-terminated.
 *
 * Ownership: static.
 * Threads: safe to call concurrently.
 */
const char *primer_version(void);

/**
 * 1 if the library was built with an optional feature (NUL-terminated), 0 if not or if there is no such feature: "cuda"
 * and "metal" (GPUs), "mpi" (priming by several processes), "onnx" (ONNX files and ONNX Runtime).
 *
 * Threads: safe to call concurrently.
 */
int32_t primer_has_feature(const char *name);

/**
 * The status that the failed call returned; PRIMER_OK for NULL.
 *
 * Threads: safe to call concurrently.
 */
primer_status primer_error_status(const struct primer_error *error);

/**
 * The message for people, in English, with file, line, tensor and byte where they are known.
 *
 * Ownership: borrowed from `error`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_error_message(const struct primer_error *error);

/**
 * The file that the error is about, as it was given; for data from memory its name.
 *
 * Ownership: borrowed from `error`; {NULL, 0} where it is about no file, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_error_file(const struct primer_error *error);

/**
 * The line that the error is about, counted from 1; -1 where it is about no line, and for NULL.
 *
 * Threads: safe to call concurrently.
 */
int64_t primer_error_line(const struct primer_error *error);

/**
 * The byte that the error is about, counted from 0 in the file, line or text; -1 where it is about no byte, and for
 * NULL.
 *
 * Threads: safe to call concurrently.
 */
int64_t primer_error_byte(const struct primer_error *error);

/**
 * The name of the tensor that the error is about.
 *
 * Ownership: borrowed from `error`; {NULL, 0} where it is about no tensor, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_error_tensor(const struct primer_error *error);

/**
 * Frees an error; NULL is fine.
 *
 * Threads: the last call on this handle.
 */
void primer_error_free(struct primer_error *error);

/**
 * The name of a status as this header spells it ("PRIMER_ERR_IO"), NUL-terminated; "unknown" for any other number.
 *
 * Ownership: static.
 * Threads: safe to call concurrently.
 */
const char *primer_status_name(primer_status status);

/**
 * The bytes. A NUL byte that the size does not count follows them.
 *
 * Ownership: borrowed from `buffer`; NULL for NULL.
 * Threads: safe to call concurrently.
 */
const void *primer_buffer_data(const struct primer_buffer *buffer);

/**
 * Number of bytes; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_buffer_size(const struct primer_buffer *buffer);

/**
 * Frees a buffer and what was borrowed from it; NULL is fine.
 *
 * Threads: the last call on this handle.
 */
void primer_buffer_free(struct primer_buffer *buffer);

/**
 * Sends the library's messages to `callback`, those of `level` (PRIMER_LOG_*) and more important ones; NULL turns
 * logging off, as it is at the start. The setting is one for the whole process.
 *
 * Ownership: `user` is passed to the callback as it is. When the function returns, the callback that was set before is
 * no longer running and is not called again.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT for another level; PRIMER_ERR_BUSY when called by the callback itself.
 * Threads: safe to call concurrently.
 * On failure: the setting is what it was.
 */
primer_status primer_log_set(int32_t level,
                             primer_log_fn callback,
                             void *user,
                             struct primer_error **err);

/**
 * Makes a token.
 *
 * Ownership: the caller frees `*out` by primer_cancel_free, at any time: calls that were given it hold it themselves.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT where `out` is NULL.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_cancel_new(struct primer_cancel **out,
                                struct primer_error **err);

/**
 * Asks every call that was given this token to stop. Each returns PRIMER_ERR_CANCELLED within one micro-batch, that is
 * some ten to a few hundred milliseconds. NULL is fine.
 *
 * Threads: safe to call concurrently, from any thread. Not from a signal handler.
 */
void primer_cancel_request(const struct primer_cancel *cancel);

/**
 * 1 after primer_cancel_request, 0 before and for NULL.
 *
 * Threads: safe to call concurrently.
 */
int32_t primer_cancel_is_requested(const struct primer_cancel *cancel);

/**
 * Frees a token; NULL is fine.
 *
 * Threads: the last call on this handle.
 */
void primer_cancel_free(struct primer_cancel *cancel);

/**
 * Fills options with their initial values. `struct_size` is sizeof(primer_model_options). NULL is fine.
 *
 * Threads: safe to call concurrently on different structs.
 */
void primer_model_options_init(struct primer_model_options *options, size_t struct_size);

/**
 * Loads a backbone: a GGUF file of this library, or a Hugging Face folder (config.json, model.safetensors,
 * tokenizer.json) of the BERT or XLM-RoBERTa family. `path` is NUL-terminated UTF-8; `options` may be NULL.
 *
 * The file is mapped into memory: it must not be changed or cut short while the model or anything made of it lives.
 * Replacing it by renaming another file over it is fine.
 *
 * Ownership: the caller frees `*out` by primer_model_free.
 * Errors: PRIMER_ERR_IO; PRIMER_ERR_FORMAT for a damaged file, with the tensor where it is about one;
 * PRIMER_ERR_UNSUPPORTED for a model of another family, and for a device that this library was built without;
 * PRIMER_ERR_DEVICE for a device that is not there or cannot be used; PRIMER_ERR_TOO_LARGE;
 * PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_model_load(const char *path,
                                const struct primer_model_options *options,
                                struct primer_model **out,
                                struct primer_error **err);

/**
 * Loads a backbone from the `size` bytes of a GGUF file at `data`; `options` may be NULL.
 *
 * Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_model_free.
 * Errors: as primer_model_load.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_model_from_memory(const void *data,
                                       size_t size,
                                       const struct primer_model_options *options,
                                       struct primer_model **out,
                                       struct primer_error **err);

/**
 * The model's name, for people; may be empty.
 *
 * Ownership: borrowed from `model`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_model_name(const struct primer_model *model);

/**
 * Identifies the backbone's exact contents: 64 hexadecimal digits. For a folder the first call reads it all, which
 * takes about a second a gigabyte.
 *
 * Ownership: borrowed from `model`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_model_fingerprint(const struct primer_model *model);

/**
 * What the model says of itself (name, licence, attribution and the like): a JSON object whose values are strings.
 *
 * Ownership: borrowed from `model`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_model_card(const struct primer_model *model);

/**
 * The device that the model computes on: PRIMER_DEVICE_CPU, PRIMER_DEVICE_CUDA or PRIMER_DEVICE_METAL. `*number`, where
 * `number` is not NULL, becomes the GPU's number for PRIMER_DEVICE_CUDA and 0 for the others.
 *
 * PRIMER_DEVICE_CPU for NULL.
 * Threads: safe to call concurrently.
 */
int32_t primer_model_device(const struct primer_model *model,
                            uint32_t *number);

/**
 * Fills `*sizes`, whose struct_size the caller has set.
 *
 * Errors: PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*sizes` is 0 but for its struct_size, or untouched where that makes no sense.
 */
primer_status primer_model_get_sizes(const struct primer_model *model,
                                     struct primer_model_sizes *sizes,
                                     struct primer_error **err);

/**
 * Frees a model; NULL is fine. Adapters and taggers made with it go on working.
 *
 * Threads: the last call on this handle.
 */
void primer_model_free(struct primer_model *model);

/**
 * Fills options with their initial values. `struct_size` is sizeof(primer_dataset_options). NULL is fine.
 *
 * Threads: safe to call concurrently on different structs.
 */
void primer_dataset_options_init(struct primer_dataset_options *options, size_t struct_size);

/**
 * Reads labelled sentences from a file. `path` is NUL-terminated UTF-8; `options` may be NULL.
 *
 * Ownership: the caller frees `*out` by primer_dataset_free.
 * Errors: PRIMER_ERR_IO; PRIMER_ERR_DATA with file and line for what cannot be read, also for no sentence at all;
 * PRIMER_ERR_INVALID_UTF8 with file, line and byte; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_dataset_load(const char *path,
                                  const struct primer_dataset_options *options,
                                  struct primer_dataset **out,
                                  struct primer_error **err);

/**
 * primer_dataset_load, which a request by `cancel` ends; NULL for none. Of a large file that takes some seconds.
 *
 * Ownership: the caller frees `*out` by primer_dataset_free.
 * Errors: as primer_dataset_load; PRIMER_ERR_CANCELLED.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_dataset_load_with_cancel(const char *path,
                                              const struct primer_dataset_options *options,
                                              const struct primer_cancel *cancel,
                                              struct primer_dataset **out,
                                              struct primer_error **err);

/**
 * Reads labelled sentences from the `size` bytes of a file at `data`. `name`, NUL-terminated UTF-8, stands for the
 * file in errors and where its format is guessed by its ending; NULL for "memory". `options` may be NULL.
 *
 * Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_dataset_free.
 * Errors: as primer_dataset_load.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_dataset_from_memory(const void *data,
                                         size_t size,
                                         const char *name,
                                         const struct primer_dataset_options *options,
                                         struct primer_dataset **out,
                                         struct primer_error **err);

/**
 * Number of sentences; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_dataset_size(const struct primer_dataset *dataset);

/**
 * Number of entities in all sentences; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_dataset_entity_count(const struct primer_dataset *dataset);

/**
 * The file's path as it was given, or the name of data from memory.
 *
 * Ownership: borrowed from `dataset`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_dataset_name(const struct primer_dataset *dataset);

/**
 * The scheme of the tags, PRIMER_SCHEME_*; PRIMER_SCHEME_AUTO for NULL.
 *
 * Threads: safe to call concurrently.
 */
int32_t primer_dataset_scheme(const struct primer_dataset *dataset);

/**
 * Number of entity types; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_dataset_type_count(const struct primer_dataset *dataset);

/**
 * An entity type of the data. The types are sorted by name.
 *
 * Ownership: borrowed from `dataset`; {NULL, 0} where there is no type of this index, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_dataset_type(const struct primer_dataset *dataset, size_t index);

/**
 * Number of entities that start or end inside a word: no tagger of words can find them as they are, and evaluation
 * counts them as missed; 0 for NULL. primer_dataset_cut_span_line and the like tell of the first few.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_dataset_cut_span_count(const struct primer_dataset *dataset);

/**
 * The line of the file, from 1, of an entity that cuts a word; 0 where no more are told, and for NULL.
 *
 * Threads: safe to call concurrently.
 */
uint64_t primer_dataset_cut_span_line(const struct primer_dataset *dataset, size_t index);

/**
 * The text of an entity that cuts a word, shortened to 60 characters.
 *
 * Ownership: borrowed from `dataset`; {NULL, 0} where no more are told, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_dataset_cut_span_text(const struct primer_dataset *dataset, size_t index);

/**
 * The word that such an entity cuts, the first of two, shortened to 60 characters.
 *
 * Ownership: borrowed from `dataset`; {NULL, 0} where no more are told, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_dataset_cut_span_word(const struct primer_dataset *dataset, size_t index);

/**
 * Number of notes of the reader; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_dataset_note_count(const struct primer_dataset *dataset);

/**
 * What the reader passed over, or read in another way than it stands, for people to read: what, how often, and the first
 * few lines.
 *
 * Ownership: borrowed from `dataset`; {NULL, 0} where there is no note of this index, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_dataset_note(const struct primer_dataset *dataset,
                                      size_t index);

/**
 * Draws `count` sentences by `seed`, the same on every machine, none twice. `indices` has room for `count` numbers and
 * takes the sentences' places in `dataset`, from 0; it may be NULL.
 *
 * Ownership: the caller frees `*out` by primer_dataset_free; it does not need `dataset` any more.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT where `count` is 0 or more than there are.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL, `indices` is untouched.
 */
primer_status primer_dataset_shots(const struct primer_dataset *dataset,
                                   size_t count,
                                   uint64_t seed,
                                   size_t *indices,
                                   struct primer_dataset **out,
                                   struct primer_error **err);

/**
 * The sentences with these `count` indices, from 0, in this order. Scheme and types stay those of the whole.
 *
 * Ownership: the caller frees `*out` by primer_dataset_free; it does not need `dataset` any more.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT where there is no such sentence.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_dataset_select(const struct primer_dataset *dataset,
                                    const size_t *indices,
                                    size_t count,
                                    struct primer_dataset **out,
                                    struct primer_error **err);

/**
 * Frees a data set; NULL is fine.
 *
 * Threads: the last call on this handle.
 */
void primer_dataset_free(struct primer_dataset *dataset);

/**
 * Reads an adapter file, or a folder of PEFT or AdapterHub that names its tags, and checks that it belongs to `model`.
 * `path` is NUL-terminated UTF-8.
 *
 * Ownership: the caller frees `*out` by primer_adapter_free.
 * Errors: PRIMER_ERR_IO; PRIMER_ERR_FORMAT for a damaged file, PRIMER_ERR_UNSUPPORTED for a newer one or unknown
 * settings, PRIMER_ERR_MISMATCH for another model's, PRIMER_ERR_TOO_LARGE; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_adapter_load(const char *path,
                                  const struct primer_model *model,
                                  struct primer_adapter **out,
                                  struct primer_error **err);

/**
 * Reads the adapter in the `size` bytes of a file at `data` and checks that it belongs to `model`.
 *
 * Ownership: `data` is copied and may be freed on return; the caller frees `*out` by primer_adapter_free.
 * Errors: as primer_adapter_load.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_adapter_from_memory(const void *data,
                                         size_t size,
                                         const struct primer_model *model,
                                         struct primer_adapter **out,
                                         struct primer_error **err);

/**
 * Writes an adapter to one file. `path` is NUL-terminated UTF-8.
 *
 * Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently, also with the same path: one of the files stays.
 * On failure: what was at `path` before is untouched and nothing is left beside it.
 */
primer_status primer_adapter_save(const struct primer_adapter *adapter,
                                  const char *path,
                                  struct primer_error **err);

/**
 * The bytes that primer_adapter_save writes.
 *
 * Ownership: the caller frees `*out` by primer_buffer_free.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_adapter_to_memory(const struct primer_adapter *adapter,
                                       struct primer_buffer **out,
                                       struct primer_error **err);

/**
 * Reads a folder of PEFT or AdapterHub, whichever it is, naming the rows of its head: tag O first, then for each of
 * the `type_count` `types` its B- and I- tag, or with PRIMER_SCHEME_BIOES its B-, I-, E- and S- tag. A `type_count` of
 * 0 leaves the names to the folder, as primer_adapter_load does. `folder` is NUL-terminated UTF-8.
 *
 * Ownership: the caller frees `*out` by primer_adapter_free.
 * Errors: as primer_adapter_load; PRIMER_ERR_UNSUPPORTED also for settings that would change the numbers in a way that
 * is not computed here, by name.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_adapter_import(const char *folder,
                                    const struct primer_model *model,
                                    int32_t scheme,
                                    const struct primer_str *types,
                                    size_t type_count,
                                    struct primer_adapter **out,
                                    struct primer_error **err);

/**
 * Writes an adapter as a folder that another library loads: a LoRA adapter as PRIMER_FOLDER_PEFT, a bottleneck
 * adapter as PRIMER_FOLDER_ADAPTERHUB. `folder` is NUL-terminated UTF-8; it is made where it is missing.
 *
 * Errors: PRIMER_ERR_UNSUPPORTED for an adapter of another method; PRIMER_ERR_IO; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently, but not with the same folder.
 * On failure: no file is half written; of the folder's files some may be there already.
 */
primer_status primer_adapter_export(const struct primer_adapter *adapter,
                                    int32_t format,
                                    const char *folder,
                                    struct primer_error **err);

/**
 * The adapter's name, for people; may be empty.
 *
 * Ownership: borrowed from `adapter`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_adapter_name(const struct primer_adapter *adapter);

/**
 * The adapter's card, a JSON object: version, name, method and its settings, tags, backbone, and how it was trained.
 *
 * Ownership: borrowed from `adapter`; {NULL, 0} for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_adapter_card(const struct primer_adapter *adapter);

/**
 * Number of the adapter's parameters, head included; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_adapter_parameter_count(const struct primer_adapter *adapter);

/**
 * Number of entity types that the adapter tags; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_adapter_type_count(const struct primer_adapter *adapter);

/**
 * The entity type that an entity's `label` stands for.
 *
 * Ownership: borrowed from `adapter`; {NULL, 0} where there is no type of this index, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_adapter_type(const struct primer_adapter *adapter, size_t index);

/**
 * Number of tags: O, and the types with the scheme's prefixes; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_adapter_tag_count(const struct primer_adapter *adapter);

/**
 * The tag that a word's `tag` stands for, such as "B-PER".
 *
 * Ownership: borrowed from `adapter`; {NULL, 0} where there is no tag of this index, and for NULL.
 * Threads: safe to call concurrently.
 */
struct primer_str primer_adapter_tag(const struct primer_adapter *adapter, size_t index);

/**
 * Frees an adapter; NULL is fine. Results and adapters made with it go on working.
 *
 * Threads: the last call on this handle.
 */
void primer_adapter_free(struct primer_adapter *adapter);

/**
 * Writes an adapter and its model as one ONNX file, opset 17. Its inputs are `input_ids` and `attention_mask`, int64 of
 * any batch and length up to the model's window; its output is `logits`, f32 [batch, length, tags]. Weights are 32-bit
 * floats, so that the file has some four bytes a parameter of the model. `path` is NUL-terminated UTF-8.
 *
 * Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_TOO_LARGE beyond 2 GiB; PRIMER_ERR_INVALID_ARGUMENT;
 * PRIMER_ERR_UNSUPPORTED without the feature "onnx".
 * Threads: safe to call concurrently, also with the same path: one of the files stays.
 * On failure: what was at `path` before is untouched and nothing is left beside it.
 */
primer_status primer_adapter_save_onnx(const struct primer_adapter *adapter,
                                       const char *path,
                                       struct primer_error **err);

/**
 * The bytes that primer_adapter_save_onnx writes.
 *
 * Ownership: the caller frees `*out` by primer_buffer_free.
 * Errors: PRIMER_ERR_TOO_LARGE; PRIMER_ERR_INVALID_ARGUMENT; PRIMER_ERR_UNSUPPORTED without the feature "onnx".
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_adapter_to_onnx(const struct primer_adapter *adapter,
                                     struct primer_buffer **out,
                                     struct primer_error **err);

/**
 * Fills options with their initial values. `struct_size` is sizeof(primer_adapt_options). NULL is fine.
 *
 * Threads: safe to call concurrently on different structs.
 */
void primer_adapt_options_init(struct primer_adapt_options *options, size_t struct_size);

/**
 * The method of a name (NUL-terminated), which is that of its constant in small letters: "lora" for PRIMER_METHOD_LORA.
 *
 * Errors: PRIMER_ERR_INVALID_ARGUMENT for another name.
 * Threads: safe to call concurrently.
 * On failure: `*method` is untouched.
 */
primer_status primer_method_by_name(const char *name,
                                    int32_t *method,
                                    struct primer_error **err);

/**
 * Trains an adapter for `model` on `train`. Where `train` is NULL, the adapter finds the types of `options` by their
 * names alone, on a model that carries a start which reads names. With `dev`, which may be NULL, the epoch with the best F1 on it is kept,
 * the start included. `initial`, which may be NULL, is an adapter of the same method to start from: its
 * parameters, and the head's rows of the types that it knows. PRIMER_METHOD_INITIAL takes method and settings from it.
 *
 * `options` may be NULL, for bottleneck adapters with their usual settings. `checkpoint` (NUL-terminated UTF-8, or
 * NULL) is a file that keeps the state after every epoch: where it exists and belongs to the same run, training goes on
 * from it; it is removed at the end. `progress` (may be NULL) is called with `user` after every update and every
 * evaluation; `cancel` (may be NULL) stops the run from any thread within one micro-batch.
 *
 * Ownership: the caller frees `*out` by primer_adapter_free; everything given is only borrowed.
 * Errors: PRIMER_ERR_DATA for data without an entity, PRIMER_ERR_MISMATCH for entity types that were not asked for, an
 * initial adapter of another method or model; PRIMER_ERR_STALE for another run's checkpoint; PRIMER_ERR_NON_FINITE where training
 * diverges; PRIMER_ERR_UNSUPPORTED for a precision that the model's device does not have; PRIMER_ERR_OUT_OF_MEMORY
 * where the device's memory does not hold a micro-batch; PRIMER_ERR_IO for the checkpoint; PRIMER_ERR_CANCELLED;
 * PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently; runs with the same checkpoint must not be.
 * On failure: `*out` is NULL; everything given is what it was; the checkpoint is that of the last whole epoch.
 */
primer_status primer_adapt(const struct primer_model *model,
                           const struct primer_dataset *train,
                           const struct primer_dataset *dev,
                           const struct primer_adapter *initial,
                           const struct primer_adapt_options *options,
                           const char *checkpoint,
                           primer_progress_fn progress,
                           void *user,
                           const struct primer_cancel *cancel,
                           struct primer_adapter **out,
                           struct primer_error **err);

/**
 * Fills options with their initial values. `struct_size` is sizeof(primer_tagger_options). NULL is fine.
 *
 * Threads: safe to call concurrently on different structs.
 */
void primer_tagger_options_init(struct primer_tagger_options *options, size_t struct_size);

/**
 * Makes a tagger for `model`.
 *
 * Ownership: the caller frees `*out` by primer_tagger_free; it holds the model itself.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_tagger_new(const struct primer_model *model,
                                struct primer_tagger **out,
                                struct primer_error **err);

/**
 * Makes a tagger for `model` on the engine that `options` name; NULL stands for the initial ones, with which this is
 * primer_tagger_new.
 *
 * Ownership: the caller frees `*out` by primer_tagger_free; it holds the model itself, and a copy of the options.
 * Errors: with PRIMER_ENGINE_ONNX PRIMER_ERR_IO where ONNX Runtime is not found, with the file where one was named;
 * PRIMER_ERR_UNSUPPORTED for one that is too old, that lacks a provider, for another precision than
 * PRIMER_PRECISION_F32 there, and without the feature "onnx". PRIMER_ERR_UNSUPPORTED for a precision that the model's
 * device does not have. PRIMER_ERR_INVALID_ARGUMENT, also for another ONNX Runtime than the process has loaded.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_tagger_new_with_options(const struct primer_model *model,
                                             const struct primer_tagger_options *options,
                                             struct primer_tagger **out,
                                             struct primer_error **err);

/**
 * Makes a tagger of a token classification model that others have exported to ONNX: a folder with config.json,
 * tokenizer.json and model.onnx (or onnx/model.onnx), or the ONNX file in such a folder. It tags with the labels of
 * config.json, and takes NULL for an adapter. `path` is NUL-terminated UTF-8. Of `options`, which may be NULL, threads,
 * onnxruntime and providers count.
 *
 * Ownership: the caller frees `*out` by primer_tagger_free.
 * Errors: as primer_tagger_new_with_options with PRIMER_ENGINE_ONNX; PRIMER_ERR_IO for a file that is missing,
 * PRIMER_ERR_FORMAT for a damaged one, PRIMER_ERR_UNSUPPORTED for another kind of model or tokenizer, PRIMER_ERR_MISMATCH
 * where model and labels do not fit.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_tagger_load_onnx(const char *path,
                                      const struct primer_tagger_options *options,
                                      struct primer_tagger **out,
                                      struct primer_error **err);

/**
 * Number of entity types of a model that has labels of its own; 0 where adapters bring them, and for NULL.
 *
 * Threads: safe to call concurrently, also while the tagger is used.
 */
size_t primer_tagger_type_count(const struct primer_tagger *tagger);

/**
 * The entity type that an entity's `label` stands for, where the model has labels of its own.
 *
 * Ownership: borrowed from `tagger`; {NULL, 0} where there is no type of this index, and for NULL.
 * Threads: safe to call concurrently, also while the tagger is used.
 */
struct primer_str primer_tagger_type(const struct primer_tagger *tagger, size_t index);

/**
 * Tags one text of `text_len` bytes of UTF-8, of any length below 4 GiB. The result has one item. `adapter` is NULL
 * where the model has labels of its own (primer_tagger_load_onnx), and only there.
 *
 * Ownership: the caller frees `*out` by primer_result_free; text and adapter are only borrowed.
 * Errors: PRIMER_ERR_INVALID_UTF8 with the byte; PRIMER_ERR_MISMATCH for another model's adapter; PRIMER_ERR_BUSY;
 * PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not hold model and text; PRIMER_ERR_TOO_LARGE;
 * PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
 * On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
 */
primer_status primer_tagger_tag_text(struct primer_tagger *tagger,
                                     const struct primer_adapter *adapter,
                                     const char *text,
                                     size_t text_len,
                                     struct primer_result **out,
                                     struct primer_error **err);

/**
 * primer_tagger_tag_text that can be stopped: after primer_cancel_request on `cancel`, which may be NULL, it fails with
 * PRIMER_ERR_CANCELLED.
 *
 * Ownership: the caller frees `*out` by primer_result_free; text, adapter and `cancel` are only borrowed.
 * Errors: as primer_tagger_tag_text; PRIMER_ERR_CANCELLED.
 * Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
 * On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
 */
primer_status primer_tagger_tag_text_with_cancel(struct primer_tagger *tagger,
                                                 const struct primer_adapter *adapter,
                                                 const char *text,
                                                 size_t text_len,
                                                 const struct primer_cancel *cancel,
                                                 struct primer_result **out,
                                                 struct primer_error **err);

/**
 * Tags one sentence of `word_count` words that the caller has found. Byte ranges in the result refer to the words
 * joined by single blanks. The result has one item, with exactly these words. `adapter` is as for primer_tagger_tag_text.
 *
 * Ownership: the caller frees `*out` by primer_result_free; words and adapter are only borrowed.
 * Errors: as primer_tagger_tag_text; the message names the word.
 * Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
 * On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
 */
primer_status primer_tagger_tag_words(struct primer_tagger *tagger,
                                      const struct primer_adapter *adapter,
                                      const struct primer_str *words,
                                      size_t word_count,
                                      struct primer_result **out,
                                      struct primer_error **err);

/**
 * Tags `count` inputs together, each with its own adapter. The result has one item an input, in their order. `cancel`
 * may be NULL.
 *
 * Ownership: the caller frees `*out` by primer_result_free; inputs are only borrowed.
 * Errors: as primer_tagger_tag_text; the message names the input; PRIMER_ERR_CANCELLED.
 * Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
 * On failure: `*out` is NULL; the tagger may be used again, but after PRIMER_ERR_PANIC.
 */
primer_status primer_tagger_tag_batch(struct primer_tagger *tagger,
                                      const struct primer_input *inputs,
                                      size_t count,
                                      const struct primer_cancel *cancel,
                                      struct primer_result **out,
                                      struct primer_error **err);

/**
 * Frees a tagger; NULL is fine. Its results go on living.
 *
 * Threads: the last call on this handle.
 */
void primer_tagger_free(struct primer_tagger *tagger);

/**
 * Number of items: one for a text or a sentence, one an input for a batch; 0 for NULL.
 *
 * Threads: safe to call concurrently.
 */
size_t primer_result_size(const struct primer_result *result);

/**
 * The entities of an item, `*count` of them, in the order of the text; none overlaps another.
 *
 * Ownership: borrowed from `result`. NULL and a count of 0 where there are none, no such item, and for NULL. `count`
 * must not be NULL, or NULL is returned.
 * Threads: safe to call concurrently.
 */
const struct primer_entity *primer_result_entities(const struct primer_result *result,
                                                   size_t item,
                                                   size_t *count);

/**
 * The words of an item with their tags, `*count` of them, in the order of the text.
 *
 * Ownership: borrowed from `result`. NULL and a count of 0 where there are none, no such item, and for NULL. `count`
 * must not be NULL, or NULL is returned.
 * Threads: safe to call concurrently.
 */
const struct primer_word *primer_result_words(const struct primer_result *result,
                                              size_t item,
                                              size_t *count);

/**
 * Frees a result and what was borrowed from it; NULL is fine.
 *
 * Threads: the last call on this handle.
 */
void primer_result_free(struct primer_result *result);

/**
 * Tags `dataset` with `adapter` and compares the entities with the data's own. `scores`, whose struct_size the caller
 * has set, takes the numbers that are asked for most; `json`, which may be NULL, takes all of them as a JSON object:
 * micro, macro, weighted, accuracy and types at the top, the strict ones below "strict". `cancel` may be NULL.
 *
 * Ownership: the caller frees `*json` by primer_buffer_free.
 * Errors: PRIMER_ERR_MISMATCH for another model's adapter; PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not
 * hold model and sentences; PRIMER_ERR_CANCELLED; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*json` is NULL; `*scores` is 0 but for its struct_size, or untouched where that makes no sense.
 */
primer_status primer_evaluate(const struct primer_model *model,
                              const struct primer_adapter *adapter,
                              const struct primer_dataset *dataset,
                              const struct primer_cancel *cancel,
                              struct primer_scores *scores,
                              struct primer_buffer **json,
                              struct primer_error **err);

/**
 * primer_evaluate by a tagger of the caller's, on its engine: with `adapter`, or with NULL where the model has labels of
 * its own (primer_tagger_load_onnx).
 *
 * Ownership: the caller frees `*json` by primer_buffer_free.
 * Errors: as primer_evaluate; PRIMER_ERR_BUSY.
 * Threads: exclusive in `tagger`; a concurrent use gets PRIMER_ERR_BUSY and does not disturb the other.
 * On failure: as primer_evaluate; the tagger may be used again, but after PRIMER_ERR_PANIC.
 */
primer_status primer_tagger_evaluate(struct primer_tagger *tagger,
                                     const struct primer_adapter *adapter,
                                     const struct primer_dataset *dataset,
                                     const struct primer_cancel *cancel,
                                     struct primer_scores *scores,
                                     struct primer_buffer **json,
                                     struct primer_error **err);

/**
 * Translates `count` positions of a text from one unit to another. `positions` and `out` may be the same array.
 *
 * Errors: PRIMER_ERR_INVALID_UTF8 with the byte; PRIMER_ERR_INVALID_ARGUMENT, also for a position inside a code point
 * or past the end, which the message names.
 * Threads: safe to call concurrently.
 * On failure: `out` is untouched.
 */
primer_status primer_offsets_convert(const char *text,
                                     size_t text_len,
                                     int32_t from,
                                     int32_t to,
                                     const size_t *positions,
                                     size_t *out,
                                     size_t count,
                                     struct primer_error **err);

/**
 * Copies `count` entities of a text with `start` and `end` in another unit. `out` may be `entities` itself
 * where that is an array of the caller's own.
 *
 * Ownership: the copies borrow their label_name from the result as the originals do.
 * Errors: as primer_offsets_convert, for entities that are not of this text.
 * Threads: safe to call concurrently.
 * On failure: `out` is untouched.
 */
primer_status primer_entities_convert(const char *text,
                                      size_t text_len,
                                      int32_t unit,
                                      const struct primer_entity *entities,
                                      struct primer_entity *out,
                                      size_t count,
                                      struct primer_error **err);

/**
 * Fills options with their initial values. `struct_size` is sizeof(primer_prime_options). NULL is fine.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * Threads: safe to call concurrently on different structs.
 */
void primer_prime_options_init(struct primer_prime_options *options, size_t struct_size);

/**
 * Writes the primed backbone to one GGUF file, with tokenizer and card, and, unless `adapter` is NULL, the method's
 * starting point to another file. Paths are NUL-terminated UTF-8. `embedding` and `encoder` are PRIMER_STORAGE_*:
 * how the word embedding and how the layers' matrices are stored. The adapter belongs to the backbone as it was
 * written, by its fingerprint: after another primer_primed_save_model with another storage it needs to be written anew.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * Errors: PRIMER_ERR_IO, also for a full disk; PRIMER_ERR_INVALID_ARGUMENT, also for a storage that the model's widths
 * do not allow.
 * Threads: safe to call concurrently, but not with the same paths.
 * On failure: what was at `path` before is untouched and nothing is left beside it; where it was the adapter that could
 * not be written, the backbone is at `path`, and what was at `adapter` is untouched.
 */
primer_status primer_primed_save_model(const struct primer_primed *primed,
                                       const char *path,
                                       int32_t embedding,
                                       int32_t encoder,
                                       const char *adapter,
                                       struct primer_error **err);

/**
 * The method's starting point with the head, bound to `model`, which is what primer_primed_save_model wrote and
 * primer_model_load has read. It tags the primed entity types as it is, and primer_adapt starts from it.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * Ownership: the caller frees `*out` by primer_adapter_free.
 * Errors: PRIMER_ERR_MISMATCH for a model of another shape; PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_primed_adapter(const struct primer_primed *primed,
                                    const struct primer_model *model,
                                    struct primer_adapter **out,
                                    struct primer_error **err);

/**
 * The record of the run, a JSON object: options, types, tasks, steps, seconds, ranks, threads, device where that was not the
 * processor, peak_memory, compute, word_rows, and dev_f1, the F1 of every dev task at the end without any adaptation.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * Ownership: the caller frees `*out` by primer_buffer_free.
 * Errors: PRIMER_ERR_INVALID_ARGUMENT.
 * Threads: safe to call concurrently.
 * On failure: `*out` is NULL.
 */
primer_status primer_primed_report(const struct primer_primed *primed,
                                   struct primer_buffer **out,
                                   struct primer_error **err);

/**
 * Frees what priming made; NULL is fine. Files and adapters made of it go on working.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * Threads: the last call on this handle.
 */
void primer_primed_free(struct primer_primed *primed);

/**
 * Primes `model` on `task_count` tasks: meta-learning that prepares it for adaptation by one method, and the method's
 * starting point with it. The F1 of the `dev_count` dev tasks, of which there may be none, is told along the way.
 * `initial`, which may be NULL, is an adapter of the same method to start from.
 *
 * Experimental: may change or go with any minor version; not covered by the ABI promise.
 *
 * `options` may be NULL, for first-order MAML with bottleneck adapters. `checkpoint` (NUL-terminated UTF-8, or NULL) is
 * a file that keeps the state: where it exists and belongs to the same run, priming goes on from it and ends with the
 * very same numbers. Unlike that of primer_adapt it stays after the run: remove it when what came out is saved. `log`
 * (NUL-terminated UTF-8, or NULL) is a file that gets one JSON object a line for every update. `progress` (may be NULL)
 * is called with `user` while the data is encoded and after every update; `cancel` (may be NULL) stops the run from any
 * thread within one micro-batch.
 *
 * Ownership: the caller frees `*out` by primer_primed_free; everything given is only borrowed. The data of the tasks is
 * copied for the time of the call.
 * Errors: PRIMER_ERR_DATA, naming the task, for one with fewer sentences than an episode takes, without entities, or
 * with a type that `types` lacks; PRIMER_ERR_MISMATCH for an initial adapter of another method or model, or PRIMER_ERR_STALE for another
 * run's checkpoint; PRIMER_ERR_NON_FINITE where training diverges; PRIMER_ERR_UNSUPPORTED for a
 * precision that the model's device does not have; PRIMER_ERR_OUT_OF_MEMORY where the device's memory does not hold
 * what a step needs; PRIMER_ERR_IO for checkpoint and log; PRIMER_ERR_CANCELLED; PRIMER_ERR_INVALID_ARGUMENT, also for no task and for tasks of one name.
 * Threads: safe to call concurrently; runs with the same checkpoint or log must not be.
 * On failure: `*out` is NULL; the model and everything given is what it was; the checkpoint is the last that was
 * written, and that of the very update after which `progress` cancelled.
 */
primer_status primer_prime(const struct primer_model *model,
                           const struct primer_task *tasks,
                           size_t task_count,
                           const struct primer_task *dev,
                           size_t dev_count,
                           const struct primer_adapter *initial,
                           const struct primer_prime_options *options,
                           const char *checkpoint,
                           const char *log,
                           primer_prime_progress_fn progress,
                           void *user,
                           const struct primer_cancel *cancel,
                           struct primer_primed **out,
                           struct primer_error **err);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PRIMER_H */
