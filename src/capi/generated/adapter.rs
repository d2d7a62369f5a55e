// Generated from interface/adapter.toml by `make generate`. Do not edit: change the source.
#![allow(dead_code, reason = "what one area uses of its constants differs")]

/// A folder of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors. LoRA.
pub const PRIMER_FOLDER_PEFT: i32 = 1;
/// A folder of AdapterHub: adapter_config.json, adapter.safetensors and the head beside them. Bottleneck adapters.
pub const PRIMER_FOLDER_ADAPTERHUB: i32 = 2;
