// Generated from interface/ by `make generate`. Do not edit: change the source.
//
// The names that primer.h gives to the values of every enumeration, as the conformance suite writes them.
#pragma once

#include <map>
#include <string>

#include "primer.hpp"

namespace names {

template <class Enum>
struct Table;

template <class Enum>
Enum value(const std::string &name) {
    return Table<Enum>::values.at(name);
}

template <>
struct Table<primer::Status> {
    static inline const std::map<std::string, primer::Status> values = {
        {"PRIMER_OK", primer::Status::Ok},
        {"PRIMER_ERR_INVALID_ARGUMENT", primer::Status::InvalidArgument},
        {"PRIMER_ERR_INVALID_UTF8", primer::Status::InvalidUtf8},
        {"PRIMER_ERR_IO", primer::Status::Io},
        {"PRIMER_ERR_FORMAT", primer::Status::Format},
        {"PRIMER_ERR_DATA", primer::Status::Data},
        {"PRIMER_ERR_MISMATCH", primer::Status::Mismatch},
        {"PRIMER_ERR_UNSUPPORTED", primer::Status::Unsupported},
        {"PRIMER_ERR_CANCELLED", primer::Status::Cancelled},
        {"PRIMER_ERR_BUSY", primer::Status::Busy},
        {"PRIMER_ERR_NON_FINITE", primer::Status::NonFinite},
        {"PRIMER_ERR_TOO_LARGE", primer::Status::TooLarge},
        {"PRIMER_ERR_COMPUTE", primer::Status::Compute},
        {"PRIMER_ERR_PANIC", primer::Status::Panic},
        {"PRIMER_ERR_OUT_OF_MEMORY", primer::Status::OutOfMemory},
        {"PRIMER_ERR_DEVICE", primer::Status::Device},
        {"PRIMER_ERR_STALE", primer::Status::Stale},
    };
};

template <>
struct Table<primer::LogLevel> {
    static inline const std::map<std::string, primer::LogLevel> values = {
        {"PRIMER_LOG_WARN", primer::LogLevel::Warn},
        {"PRIMER_LOG_INFO", primer::LogLevel::Info},
    };
};

template <>
struct Table<primer::Device> {
    static inline const std::map<std::string, primer::Device> values = {
        {"PRIMER_DEVICE_CPU", primer::Device::Cpu},
        {"PRIMER_DEVICE_AUTO", primer::Device::Auto},
        {"PRIMER_DEVICE_CUDA", primer::Device::Cuda},
        {"PRIMER_DEVICE_METAL", primer::Device::Metal},
    };
};

template <>
struct Table<primer::Format> {
    static inline const std::map<std::string, primer::Format> values = {
        {"PRIMER_FORMAT_AUTO", primer::Format::Auto},
        {"PRIMER_FORMAT_CONLL", primer::Format::Conll},
        {"PRIMER_FORMAT_JSONL", primer::Format::Jsonl},
    };
};

template <>
struct Table<primer::Scheme> {
    static inline const std::map<std::string, primer::Scheme> values = {
        {"PRIMER_SCHEME_AUTO", primer::Scheme::Auto},
        {"PRIMER_SCHEME_IOB1", primer::Scheme::Iob1},
        {"PRIMER_SCHEME_IOB2", primer::Scheme::Iob2},
        {"PRIMER_SCHEME_BIOES", primer::Scheme::Bioes},
    };
};

template <>
struct Table<primer::Unit> {
    static inline const std::map<std::string, primer::Unit> values = {
        {"PRIMER_UNIT_BYTE", primer::Unit::Byte},
        {"PRIMER_UNIT_UTF16", primer::Unit::Utf16},
        {"PRIMER_UNIT_CODE_POINT", primer::Unit::CodePoint},
    };
};

template <>
struct Table<primer::FolderFormat> {
    static inline const std::map<std::string, primer::FolderFormat> values = {
        {"PRIMER_FOLDER_PEFT", primer::FolderFormat::Peft},
        {"PRIMER_FOLDER_ADAPTERHUB", primer::FolderFormat::AdapterHub},
    };
};

template <>
struct Table<primer::Method> {
    static inline const std::map<std::string, primer::Method> values = {
        {"PRIMER_METHOD_INITIAL", primer::Method::Initial},
        {"PRIMER_METHOD_HEAD", primer::Method::Head},
        {"PRIMER_METHOD_ADAPTER", primer::Method::Adapter},
        {"PRIMER_METHOD_LORA", primer::Method::Lora},
        {"PRIMER_METHOD_BITFIT", primer::Method::Bitfit},
        {"PRIMER_METHOD_FULL", primer::Method::Full},
        {"PRIMER_METHOD_IA3", primer::Method::Ia3},
        {"PRIMER_METHOD_PARALLEL", primer::Method::Parallel},
    };
};

template <>
struct Table<primer::Activation> {
    static inline const std::map<std::string, primer::Activation> values = {
        {"PRIMER_ACTIVATION_RELU", primer::Activation::Relu},
        {"PRIMER_ACTIVATION_SWISH", primer::Activation::Swish},
        {"PRIMER_ACTIVATION_GELU", primer::Activation::Gelu},
    };
};

template <>
struct Table<primer::LoraSites> {
    static inline const std::map<std::string, primer::LoraSites> values = {
        {"PRIMER_SITE_QUERY", primer::LoraSites::Query},
        {"PRIMER_SITE_KEY", primer::LoraSites::Key},
        {"PRIMER_SITE_VALUE", primer::LoraSites::Value},
        {"PRIMER_SITE_ATTENTION_OUTPUT", primer::LoraSites::AttentionOutput},
        {"PRIMER_SITE_INTERMEDIATE", primer::LoraSites::Intermediate},
        {"PRIMER_SITE_OUTPUT", primer::LoraSites::Output},
    };
};

template <>
struct Table<primer::Overlap> {
    static inline const std::map<std::string, primer::Overlap> values = {
        {"PRIMER_OVERLAP_NEW", primer::Overlap::New},
        {"PRIMER_OVERLAP_OLD", primer::Overlap::Old},
    };
};

template <>
struct Table<primer::StartChoice> {
    static inline const std::map<std::string, primer::StartChoice> values = {
        {"PRIMER_START_AUTO", primer::StartChoice::Auto},
        {"PRIMER_START_FRESH", primer::StartChoice::Fresh},
    };
};

template <>
struct Table<primer::HeadInit> {
    static inline const std::map<std::string, primer::HeadInit> values = {
        {"PRIMER_HEAD_INIT_AUTO", primer::HeadInit::Auto},
        {"PRIMER_HEAD_INIT_PROTOTYPE", primer::HeadInit::Prototype},
        {"PRIMER_HEAD_INIT_NAME", primer::HeadInit::Name},
        {"PRIMER_HEAD_INIT_ZERO", primer::HeadInit::Zero},
        {"PRIMER_HEAD_INIT_RANDOM", primer::HeadInit::Random},
    };
};

template <>
struct Table<primer::Effort> {
    static inline const std::map<std::string, primer::Effort> values = {
        {"PRIMER_EFFORT_NONE", primer::Effort::None},
        {"PRIMER_EFFORT_QUICK", primer::Effort::Quick},
        {"PRIMER_EFFORT_USUAL", primer::Effort::Usual},
        {"PRIMER_EFFORT_THOROUGH", primer::Effort::Thorough},
    };
};

template <>
struct Table<primer::Stage> {
    static inline const std::map<std::string, primer::Stage> values = {
        {"PRIMER_STAGE_START", primer::Stage::Start},
        {"PRIMER_STAGE_STEP", primer::Stage::Step},
        {"PRIMER_STAGE_EPOCH", primer::Stage::Epoch},
        {"PRIMER_STAGE_ENCODE", primer::Stage::Encode},
        {"PRIMER_STAGE_PREFIX", primer::Stage::Prefix},
    };
};

template <>
struct Table<primer::Engine> {
    static inline const std::map<std::string, primer::Engine> values = {
        {"PRIMER_ENGINE_NATIVE", primer::Engine::Native},
        {"PRIMER_ENGINE_ONNX", primer::Engine::Onnx},
        {"PRIMER_ENGINE_AUTO", primer::Engine::Auto},
    };
};

template <>
struct Table<primer::Precision> {
    static inline const std::map<std::string, primer::Precision> values = {
        {"PRIMER_PRECISION_F32", primer::Precision::F32},
        {"PRIMER_PRECISION_INT8", primer::Precision::Int8},
        {"PRIMER_PRECISION_BF16", primer::Precision::Bf16},
    };
};

template <>
struct Table<primer::Split> {
    static inline const std::map<std::string, primer::Split> values = {
        {"PRIMER_SPLIT_SENTENCES", primer::Split::Sentences},
        {"PRIMER_SPLIT_LINES", primer::Split::Lines},
        {"PRIMER_SPLIT_NONE", primer::Split::None},
    };
};

template <>
struct Table<primer::experimental::Algorithm> {
    static inline const std::map<std::string, primer::experimental::Algorithm> values = {
        {"PRIMER_ALGORITHM_MAML", primer::experimental::Algorithm::Maml},
        {"PRIMER_ALGORITHM_MULTI_TASK", primer::experimental::Algorithm::MultiTask},
        {"PRIMER_ALGORITHM_REPTILE", primer::experimental::Algorithm::Reptile},
    };
};

template <>
struct Table<primer::experimental::Order> {
    static inline const std::map<std::string, primer::experimental::Order> values = {
        {"PRIMER_ORDER_FIRST", primer::experimental::Order::First},
        {"PRIMER_ORDER_TANGENTS", primer::experimental::Order::Tangents},
        {"PRIMER_ORDER_DIFFERENCES", primer::experimental::Order::Differences},
    };
};

template <>
struct Table<primer::experimental::InnerScope> {
    static inline const std::map<std::string, primer::experimental::InnerScope> values = {
        {"PRIMER_INNER_PHI", primer::experimental::InnerScope::Phi},
        {"PRIMER_INNER_HEAD", primer::experimental::InnerScope::Head},
        {"PRIMER_INNER_EVERYTHING", primer::experimental::InnerScope::Everything},
    };
};

template <>
struct Table<primer::experimental::OuterScope> {
    static inline const std::map<std::string, primer::experimental::OuterScope> values = {
        {"PRIMER_OUTER_BOTH", primer::experimental::OuterScope::Both},
        {"PRIMER_OUTER_BACKBONE", primer::experimental::OuterScope::Backbone},
        {"PRIMER_OUTER_PHI", primer::experimental::OuterScope::Phi},
    };
};

template <>
struct Table<primer::experimental::EpisodeHead> {
    static inline const std::map<std::string, primer::experimental::EpisodeHead> values = {
        {"PRIMER_EPISODE_HEAD_SHARED", primer::experimental::EpisodeHead::Shared},
        {"PRIMER_EPISODE_HEAD_MADE", primer::experimental::EpisodeHead::Made},
    };
};

template <>
struct Table<primer::experimental::Storage> {
    static inline const std::map<std::string, primer::experimental::Storage> values = {
        {"PRIMER_STORAGE_F32", primer::experimental::Storage::F32},
        {"PRIMER_STORAGE_F16", primer::experimental::Storage::F16},
        {"PRIMER_STORAGE_Q4_0", primer::experimental::Storage::Q4_0},
        {"PRIMER_STORAGE_Q8_0", primer::experimental::Storage::Q8_0},
        {"PRIMER_STORAGE_BF16", primer::experimental::Storage::Bf16},
    };
};

// Calls `each` with the group's name and a value of its enumeration, for every group.
template <class Each>
void for_every_group(Each each) {
    each("STATUS", primer::Status{});
    each("LOG", primer::LogLevel{});
    each("DEVICE", primer::Device{});
    each("FORMAT", primer::Format{});
    each("SCHEME", primer::Scheme{});
    each("UNIT", primer::Unit{});
    each("FOLDER", primer::FolderFormat{});
    each("METHOD", primer::Method{});
    each("ACTIVATION", primer::Activation{});
    each("SITE", primer::LoraSites{});
    each("OVERLAP", primer::Overlap{});
    each("START", primer::StartChoice{});
    each("HEAD_INIT", primer::HeadInit{});
    each("EFFORT", primer::Effort{});
    each("STAGE", primer::Stage{});
    each("ENGINE", primer::Engine{});
    each("PRECISION", primer::Precision{});
    each("SPLIT", primer::Split{});
    each("ALGORITHM", primer::experimental::Algorithm{});
    each("ORDER", primer::experimental::Order{});
    each("INNER", primer::experimental::InnerScope{});
    each("OUTER", primer::experimental::OuterScope{});
    each("EPISODE_HEAD", primer::experimental::EpisodeHead{});
    each("STORAGE", primer::experimental::Storage{});
}

} // namespace names
