/// \file
/// Primer for C++17 and later: tags named entities and learns new entity types on the user's own device.
///
/// Header-only, over primer.h; docs/cpp.md is its introduction. In short:
///
/// - **Handles** (Model, Dataset, Adapter, Tagger, Result, ...) own what they stand for. They are moved, not copied, and
///   go in any order. One that was moved from is empty: calls with it fail with Status::InvalidArgument, and what cannot
///   fail answers 0 or nothing.
/// - **Errors.** What can fail exists twice: `load(...)` throws an Error, `try_load(...)` returns an Expected. With
///   exceptions off (or PRIMER_NO_EXCEPTIONS defined) the throwing forms are not there; all else is the same.
/// - **Threads.** A `const` function may be called on one object from several threads at once. Others need an object to
///   themselves; a Tagger that is used twice at once answers Status::Busy.
/// - **Text** is UTF-8 and may hold NUL bytes. Positions are half-open ranges of bytes, as std::string counts.
/// - **Borrowed** are all std::string_view and Span results: from the object that was asked, until it is destroyed or
///   assigned to; moving it leaves them valid. Arguments are borrowed until the call returns, unless said otherwise.
#ifndef PRIMER_HPP
#define PRIMER_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if __cplusplus >= 202002L
#include <ranges>
#endif

#include "primer.h"

#if !defined(PRIMER_NO_EXCEPTIONS) && (defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND))
/// 1 where the throwing forms exist.
#define PRIMER_EXCEPTIONS 1
/// Code that was compiled with and without exceptions may meet in one program: each gets types of its own.
#define PRIMER_INLINE_NAMESPACE with_exceptions
#else
#define PRIMER_EXCEPTIONS 0
#define PRIMER_INLINE_NAMESPACE without_exceptions
#endif

/// All of Primer; what may still change is in primer::experimental.
namespace primer {
inline namespace PRIMER_INLINE_NAMESPACE {

// ---------------------------------------------------------------------------------------------------------------------
// Enumerations
// ---------------------------------------------------------------------------------------------------------------------

// generated: enumerations
/// What came of a call. Values are never reused; treat one that is not listed as a failure.
enum class Status : std::int32_t {
    /// Success.
    Ok = PRIMER_OK,
    /// An argument or option has a value that cannot be used; the message names it.
    InvalidArgument = PRIMER_ERR_INVALID_ARGUMENT,
    /// Text is not valid UTF-8; the error's byte is the first bad one.
    InvalidUtf8 = PRIMER_ERR_INVALID_UTF8,
    /// The operating system refused: no such file, no permission, disk full.
    Io = PRIMER_ERR_IO,
    /// A model, tokenizer or adapter file is damaged or not what it claims to be.
    Format = PRIMER_ERR_FORMAT,
    /// Labelled data cannot be read; the error's file and line say where.
    Data = PRIMER_ERR_DATA,
    /// Two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other options.
    Mismatch = PRIMER_ERR_MISMATCH,
    /// A file or an option is well formed but asks for something that this library, as it was built, does not do.
    Unsupported = PRIMER_ERR_UNSUPPORTED,
    /// The caller asked to stop.
    Cancelled = PRIMER_ERR_CANCELLED,
    /// The handle is exclusive and in use by another call.
    Busy = PRIMER_ERR_BUSY,
    /// A loss or a gradient is not finite: training has diverged.
    NonFinite = PRIMER_ERR_NON_FINITE,
    /// Something is larger than the limit that protects the process.
    TooLarge = PRIMER_ERR_TOO_LARGE,
    /// A computation failed inside the tensor library or on the device.
    Compute = PRIMER_ERR_COMPUTE,
    /// A defect of this library was caught; please report the message. An exclusive handle that was in the call gives
    /// this status from then on and can only be freed.
    Panic = PRIMER_ERR_PANIC,
    /// A device's memory does not hold what was asked of it; the message names the size. Smaller batches may fit; the
    /// handles can be used on.
    OutOfMemory = PRIMER_ERR_OUT_OF_MEMORY,
    /// The device that was asked for is not there, or cannot be used.
    Device = PRIMER_ERR_DEVICE,
    /// A checkpoint is one of a run with other data, options or backbone; the message says what differs.
    Stale = PRIMER_ERR_STALE,
};

/// How important a message is: the lower, the more it matters.
enum class LogLevel : std::int32_t {
    /// Something does not work as it should, but the call goes on.
    Warn = PRIMER_LOG_WARN,
    /// Something that happens once a model or a training run.
    Info = PRIMER_LOG_INFO,
};

/// Where a model computes.
enum class Device : std::int32_t {
    /// The processor.
    Cpu = PRIMER_DEVICE_CPU,
    /// The first GPU that the library and the machine can use, else the processor.
    Auto = PRIMER_DEVICE_AUTO,
    /// An NVIDIA GPU; needs the feature "cuda".
    Cuda = PRIMER_DEVICE_CUDA,
    /// The GPU of an Apple machine; needs the feature "metal".
    Metal = PRIMER_DEVICE_METAL,
};

/// How labelled data is written.
enum class Format : std::int32_t {
    /// The format is found out from the file's name or its first line.
    Auto = PRIMER_FORMAT_AUTO,
    /// CoNLL: a word a line in columns, an empty line after each sentence.
    Conll = PRIMER_FORMAT_CONLL,
    /// JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end", "label"}]} a
    /// line.
    Jsonl = PRIMER_FORMAT_JSONL,
};

/// How tags mark where an entity begins and ends.
enum class Scheme : std::int32_t {
    /// The scheme is found out from the tags; for an adapter, Scheme::Iob2.
    Auto = PRIMER_SCHEME_AUTO,
    /// B- only where two entities of one type touch. Can be read, not learnt.
    Iob1 = PRIMER_SCHEME_IOB1,
    /// B- at every start.
    Iob2 = PRIMER_SCHEME_IOB2,
    /// Single words (S-) and ends (E-) are marked too.
    Bioes = PRIMER_SCHEME_BIOES,
};

/// What positions in a text count.
enum class Unit : std::int32_t {
    /// Bytes of the text in UTF-8 (C, C++, Go, Rust).
    Byte = PRIMER_UNIT_BYTE,
    /// UTF-16 code units (JavaScript, Java, NSString).
    Utf16 = PRIMER_UNIT_UTF16,
    /// Unicode code points (Python).
    CodePoint = PRIMER_UNIT_CODE_POINT,
};

/// A folder that another library reads.
enum class FolderFormat : std::int32_t {
    /// A folder of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors. LoRA.
    Peft = PRIMER_FOLDER_PEFT,
    /// A folder of AdapterHub: adapter_config.json, adapter.safetensors and the head beside them. Bottleneck adapters.
    AdapterHub = PRIMER_FOLDER_ADAPTERHUB,
};

/// What an adaptation trains.
enum class Method : std::int32_t {
    /// The method of the adapter to start from, with that adapter's settings.
    Initial = PRIMER_METHOD_INITIAL,
    /// The tag head alone.
    Head = PRIMER_METHOD_HEAD,
    /// Bottleneck adapters and head.
    Adapter = PRIMER_METHOD_ADAPTER,
    /// LoRA and head.
    Lora = PRIMER_METHOD_LORA,
    /// The biases and head.
    Bitfit = PRIMER_METHOD_BITFIT,
    /// Every parameter of the model.
    Full = PRIMER_METHOD_FULL,
    /// (IA)^3: factors of keys, values and the feed-forward network's inner activations, and head.
    Ia3 = PRIMER_METHOD_IA3,
    /// Scaled bottleneck adapters beside the feed-forward networks, and head.
    Parallel = PRIMER_METHOD_PARALLEL,
};

/// The non-linearity of a bottleneck adapter.
enum class Activation : std::int32_t {
    /// max(x, 0).
    Relu = PRIMER_ACTIVATION_RELU,
    /// x / (1 + exp(-x)), also called SiLU.
    Swish = PRIMER_ACTIVATION_SWISH,
    /// The exact GELU.
    Gelu = PRIMER_ACTIVATION_GELU,
};

/// The linear layers that LoRA updates: a set.
enum class LoraSites : std::uint32_t {
    /// The projection to queries.
    Query = PRIMER_SITE_QUERY,
    /// The projection to keys.
    Key = PRIMER_SITE_KEY,
    /// The projection to values.
    Value = PRIMER_SITE_VALUE,
    /// The projection behind attention.
    AttentionOutput = PRIMER_SITE_ATTENTION_OUTPUT,
    /// The first layer of the feed-forward network.
    Intermediate = PRIMER_SITE_INTERMEDIATE,
    /// The second layer of the feed-forward network.
    Output = PRIMER_SITE_OUTPUT,
};

/// Both sets together.
constexpr LoraSites operator|(LoraSites a, LoraSites b) noexcept {
    return static_cast<LoraSites>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// What both sets have.
constexpr LoraSites operator&(LoraSites a, LoraSites b) noexcept {
    return static_cast<LoraSites>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}

/// Adds a set.
constexpr LoraSites &operator|=(LoraSites &a, LoraSites b) noexcept { return a = a | b; }

/// Which entity stays where one of the training data and one that the initial adapter finds overlap.
enum class Overlap : std::int32_t {
    /// That of the data; the other is no entity then, not even the rest of it.
    New = PRIMER_OVERLAP_NEW,
    /// That of the initial adapter; the other is not learnt there.
    Old = PRIMER_OVERLAP_OLD,
};

/// What the method's parameters start from.
enum class StartChoice : std::int32_t {
    /// What the model carries for the method; where it carries nothing, what the seed draws.
    Auto = PRIMER_START_AUTO,
    /// What the seed draws.
    Fresh = PRIMER_START_FRESH,
};

/// What the rows of the head start from, but for those that an adapter to start from has.
enum class HeadInit : std::int32_t {
    /// Names of the types and words of the sentences, where the model carries a start of the method; words alone where
    /// it is of another; else what the seed draws.
    Auto = PRIMER_HEAD_INIT_AUTO,
    /// Words of the sentences alone.
    Prototype = PRIMER_HEAD_INIT_PROTOTYPE,
    /// Names of the types alone; only where the model carries a start of the method.
    Name = PRIMER_HEAD_INIT_NAME,
    /// Zeros.
    Zero = PRIMER_HEAD_INIT_ZERO,
    /// What the seed draws.
    Random = PRIMER_HEAD_INIT_RANDOM,
};

/// How much an adaptation trains.
enum class Effort : std::int32_t {
    /// Nothing: the head as it starts, at once.
    None = PRIMER_EFFORT_NONE,
    /// A few updates of the uppermost layers.
    Quick = PRIMER_EFFORT_QUICK,
    /// On a model that carries a start, the uppermost layers in seconds; on another, as Effort::Thorough.
    Usual = PRIMER_EFFORT_USUAL,
    /// All that the method touches, about 600 updates.
    Thorough = PRIMER_EFFORT_THOROUGH,
};

/// What has just happened in a training run.
enum class Stage : std::int32_t {
    /// The dev data was tagged before training.
    Start = PRIMER_STAGE_START,
    /// An update was made.
    Step = PRIMER_STAGE_STEP,
    /// An epoch has ended and the dev data, if any, was tagged.
    Epoch = PRIMER_STAGE_EPOCH,
    /// Before training, sentences are cut into tokens. Told where it is asked for.
    Encode = PRIMER_STAGE_ENCODE,
    /// Before training, what frozen lower layers give is computed. Told where it is asked for.
    Prefix = PRIMER_STAGE_PREFIX,
};

/// What runs the forward pass of a tagger.
enum class Engine : std::int32_t {
    /// The library's own encoder: nothing else is needed.
    Native = PRIMER_ENGINE_NATIVE,
    /// ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an error
    /// where there is none.
    Onnx = PRIMER_ENGINE_ONNX,
    /// ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
    Auto = PRIMER_ENGINE_AUTO,
};

/// The dtype in which a model computes.
enum class Precision : std::int32_t {
    /// 32-bit floats: the numbers of the reference implementation.
    F32 = PRIMER_PRECISION_F32,
    /// 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and smaller,
    /// for a small loss of accuracy. The native engine has it on the processor, in tagging.
    Int8 = PRIMER_PRECISION_INT8,
    /// Activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit floats. The
    /// native engine, adaptation and priming have it on GPUs.
    Bf16 = PRIMER_PRECISION_BF16,
};

/// Where texts are cut before they are tagged.
enum class Split : std::int32_t {
    /// Into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence boundaries of
    /// Unicode, but not behind initials and abbreviations.
    Sentences = PRIMER_SPLIT_SENTENCES,
    /// At the ends of lines alone.
    Lines = PRIMER_SPLIT_LINES,
    /// Nowhere but where a window is full.
    None = PRIMER_SPLIT_NONE,
};

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(LogLevel value) noexcept {
    switch (value) {
    case LogLevel::Warn: return "warn";
    case LogLevel::Info: return "info";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Device value) noexcept {
    switch (value) {
    case Device::Cpu: return "cpu";
    case Device::Auto: return "auto";
    case Device::Cuda: return "cuda";
    case Device::Metal: return "metal";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Format value) noexcept {
    switch (value) {
    case Format::Auto: return "auto";
    case Format::Conll: return "conll";
    case Format::Jsonl: return "jsonl";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Scheme value) noexcept {
    switch (value) {
    case Scheme::Auto: return "auto";
    case Scheme::Iob1: return "iob1";
    case Scheme::Iob2: return "iob2";
    case Scheme::Bioes: return "bioes";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Unit value) noexcept {
    switch (value) {
    case Unit::Byte: return "byte";
    case Unit::Utf16: return "utf16";
    case Unit::CodePoint: return "code_point";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(FolderFormat value) noexcept {
    switch (value) {
    case FolderFormat::Peft: return "peft";
    case FolderFormat::AdapterHub: return "adapterhub";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Method value) noexcept {
    switch (value) {
    case Method::Initial: return "initial";
    case Method::Head: return "head";
    case Method::Adapter: return "adapter";
    case Method::Lora: return "lora";
    case Method::Bitfit: return "bitfit";
    case Method::Full: return "full";
    case Method::Ia3: return "ia3";
    case Method::Parallel: return "parallel";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Activation value) noexcept {
    switch (value) {
    case Activation::Relu: return "relu";
    case Activation::Swish: return "swish";
    case Activation::Gelu: return "gelu";
    }
    return "unknown";
}

/// The name of one value; "unknown" for a set of several.
constexpr std::string_view to_string(LoraSites value) noexcept {
    switch (value) {
    case LoraSites::Query: return "query";
    case LoraSites::Key: return "key";
    case LoraSites::Value: return "value";
    case LoraSites::AttentionOutput: return "attention_output";
    case LoraSites::Intermediate: return "intermediate";
    case LoraSites::Output: return "output";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Overlap value) noexcept {
    switch (value) {
    case Overlap::New: return "new";
    case Overlap::Old: return "old";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(StartChoice value) noexcept {
    switch (value) {
    case StartChoice::Auto: return "auto";
    case StartChoice::Fresh: return "fresh";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(HeadInit value) noexcept {
    switch (value) {
    case HeadInit::Auto: return "auto";
    case HeadInit::Prototype: return "prototype";
    case HeadInit::Name: return "name";
    case HeadInit::Zero: return "zero";
    case HeadInit::Random: return "random";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Effort value) noexcept {
    switch (value) {
    case Effort::None: return "none";
    case Effort::Quick: return "quick";
    case Effort::Usual: return "usual";
    case Effort::Thorough: return "thorough";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Stage value) noexcept {
    switch (value) {
    case Stage::Start: return "start";
    case Stage::Step: return "step";
    case Stage::Epoch: return "epoch";
    case Stage::Encode: return "encode";
    case Stage::Prefix: return "prefix";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Engine value) noexcept {
    switch (value) {
    case Engine::Native: return "native";
    case Engine::Onnx: return "onnx";
    case Engine::Auto: return "auto";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Precision value) noexcept {
    switch (value) {
    case Precision::F32: return "f32";
    case Precision::Int8: return "int8";
    case Precision::Bf16: return "bf16";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Split value) noexcept {
    switch (value) {
    case Split::Sentences: return "sentences";
    case Split::Lines: return "lines";
    case Split::None: return "none";
    }
    return "unknown";
}
// end of generated

/// The name as primer.h spells it ("PRIMER_ERR_IO"); "unknown" for a status that the library does not know.
inline std::string_view to_string(Status status) noexcept {
    return ::primer_status_name(static_cast<primer_status>(status));
}

// ---------------------------------------------------------------------------------------------------------------------
// Arguments and results
// ---------------------------------------------------------------------------------------------------------------------

/// Contiguous objects that somebody else owns: std::span for C++17, which C++20's std::span can be made of.
template <class T>
class Span {
public:
    using element_type = T;                 ///< What it holds, with its const.
    using value_type = std::remove_cv_t<T>; ///< What it holds.
    using size_type = std::size_t;          ///< Counts elements.
    using difference_type = std::ptrdiff_t; ///< Between two elements.
    using pointer = T *;                    ///< To an element.
    using reference = T &;                  ///< To an element.
    using iterator = T *;                   ///< Contiguous.

    /// Nothing.
    constexpr Span() noexcept = default;
    /// `size` objects from `data` on.
    constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /// A vector, array, string or other container with data() and size().
    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<
                  std::remove_pointer_t<decltype(std::declval<Container &>().data())> (*)[], T (*)[]>>,
              class = decltype(std::declval<Container &>().size())>
    constexpr Span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}
    /// A built-in array.
    template <std::size_t N>
    constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
    /// `{a, b}` as an argument. It lives until the end of the call alone: do not keep such a span.
    template <class U = T, class = std::enable_if_t<std::is_const_v<U>>>
    constexpr Span(std::initializer_list<value_type> list) noexcept : data_(list.begin()), size_(list.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

    constexpr T *data() const noexcept { return data_; }              ///< The first element.
    constexpr std::size_t size() const noexcept { return size_; }     ///< Number of elements.
    constexpr bool empty() const noexcept { return size_ == 0; }      ///< Whether there is none.
    constexpr T *begin() const noexcept { return data_; }             ///< The first element.
    constexpr T *end() const noexcept { return data_ + size_; }       ///< Past the last element.
    constexpr T &operator[](std::size_t i) const { return data_[i]; } ///< Element `i`, below size().
    constexpr T &front() const { return data_[0]; }                   ///< The first of at least one.
    constexpr T &back() const { return data_[size_ - 1]; }            ///< The last of at least one.

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail {

inline std::string_view view(primer_str text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.len);
}

inline primer_str raw(std::string_view text) noexcept { return {text.data(), text.size()}; }

} // namespace detail

namespace detail {

// What std::string_view can be made of, and what lives on when an iterator has moved on: no string by value.
template <class Reference>
constexpr bool is_lasting_string = std::is_convertible_v<Reference, std::string_view> &&
                                   (std::is_reference_v<Reference> || std::is_pointer_v<Reference> ||
                                    std::is_same_v<Reference, std::string_view>);

} // namespace detail

/// Strings that a call borrows: of any range of what std::string_view can be made of, or `{"a", "b"}`.
class Strings {
public:
    /// None.
    Strings() = default;
    /// Those of a vector, an array, a set, ...
    template <class Range,
              class = std::enable_if_t<detail::is_lasting_string<decltype(*std::begin(std::declval<const Range &>()))>>>
    Strings(const Range &range) {
        for (const auto &string : range) strings_.push_back(detail::raw(string));
    }
    /// Those listed.
    Strings(std::initializer_list<std::string_view> list) {
        for (std::string_view string : list) strings_.push_back(detail::raw(string));
    }

    std::size_t size() const noexcept { return strings_.size(); }       ///< Number of strings.
    const primer_str *data() const noexcept { return strings_.data(); } ///< The strings as primer.h has them.

private:
    std::vector<primer_str> strings_;
};

/// A path in UTF-8, as an argument: of a string or of a std::filesystem::path. Empty means none where a path may be
/// left out.
class Path {
public:
    /// None.
    Path() = default;
    /// In UTF-8; NULL means none.
    Path(const char *path) : path_(path == nullptr ? "" : path) {}
    /// In UTF-8.
    Path(std::string path) : path_(std::move(path)) {}
    /// In UTF-8.
    Path(std::string_view path) : path_(path) {}
    /// A std::filesystem::path.
    template <class P, class = decltype(std::declval<const P &>().u8string())>
    Path(const P &path) {
        const auto utf8 = path.u8string();
        path_.assign(reinterpret_cast<const char *>(utf8.data()), utf8.size());
    }

    bool empty() const noexcept { return path_.empty(); }        ///< Whether there is none.
    const std::string &string() const noexcept { return path_; } ///< The path in UTF-8.

private:
    std::string path_;
};

/// A file's contents, as an argument: of a string, or of a vector, array or Span of bytes or characters.
class Bytes {
public:
    /// `size` bytes from `data` on.
    constexpr Bytes(const void *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /// A string up to its NUL byte; NULL means no bytes.
    Bytes(const char *text) noexcept : data_(text), size_(text == nullptr ? 0 : std::strlen(text)) {}
    /// A container of bytes.
    template <class Container,
              class Element = std::remove_pointer_t<decltype(std::declval<const Container &>().data())>,
              class = std::enable_if_t<sizeof(Element) == 1 && std::is_trivially_copyable_v<Element>>>
    constexpr Bytes(const Container &bytes) noexcept : data_(bytes.data()), size_(bytes.size()) {}

    constexpr const void *data() const noexcept { return data_; } ///< The first byte.
    constexpr std::size_t size() const noexcept { return size_; } ///< Number of bytes.

private:
    const void *data_;
    std::size_t size_;
};

/// Why a call failed. Cheap to copy, and safe to share between threads.
class Error : public std::runtime_error {
public:
    /// An error of one's own, as for tests.
    Error(Status status, const std::string &message)
        : std::runtime_error(message), about_(std::make_shared<const About>(About{status, message, {}, {}, {}, {}})) {}

    /// What kind of failure it is.
    Status status() const noexcept { return about_->status; }
    /// The message for people, in English, with file, line, tensor and byte where they are known; as what().
    std::string_view message() const noexcept { return about_->message; }
    /// The file that it is about, as it was given, or the name of data from memory; empty where there is none.
    std::string_view file() const noexcept { return about_->file; }
    /// The tensor that it is about; empty where there is none.
    std::string_view tensor() const noexcept { return about_->tensor; }
    /// The line that it is about, counted from 1.
    std::optional<std::size_t> line() const noexcept { return about_->line; }
    /// The byte that it is about, counted from 0 in the file, line or text.
    std::optional<std::size_t> byte() const noexcept { return about_->byte; }

    /// Takes over what a function of primer.h has left in `err`, which may be NULL.
    static Error take(primer_status status, primer_error *err) {
        const std::unique_ptr<primer_error, void (*)(primer_error *)> owned(err, ::primer_error_free);
        About about{static_cast<Status>(status), std::string(to_string(static_cast<Status>(status))), {}, {}, {}, {}};
        if (err != nullptr) {
            about.message = detail::view(::primer_error_message(err));
            about.file = detail::view(::primer_error_file(err));
            about.tensor = detail::view(::primer_error_tensor(err));
            about.status = static_cast<Status>(::primer_error_status(err));
            const auto position = [](std::int64_t n) {
                return n < 0 ? std::nullopt : std::optional<std::size_t>(static_cast<std::size_t>(n));
            };
            about.line = position(::primer_error_line(err));
            about.byte = position(::primer_error_byte(err));
        }
        return Error(std::move(about));
    }

#if PRIMER_EXCEPTIONS
    /// Throws this error, one of Status::Cancelled as a Cancelled.
    [[noreturn]] void raise() const;
#endif

private:
    struct About {
        Status status;
        std::string message, file, tensor;
        std::optional<std::size_t> line, byte;
    };

    explicit Error(About &&about)
        : std::runtime_error(about.message), about_(std::make_shared<const About>(std::move(about))) {}

    // Shared, since copying an exception must not throw.
    std::shared_ptr<const About> about_;
};

/// The error of a call that its caller has stopped: rarely a failure, so it can be caught by itself.
class Cancelled : public Error {
public:
    /// Of an error with Status::Cancelled.
    explicit Cancelled(const Error &error) : Error(error) {}
};

#if PRIMER_EXCEPTIONS
inline void Error::raise() const {
    if (status() == Status::Cancelled) throw Cancelled(*this);
    throw *this;
}
#endif

namespace detail {

[[noreturn]] inline void raise(const Error &error) {
#if PRIMER_EXCEPTIONS
    error.raise();
#else
    static_cast<void>(error);
    std::abort();
#endif
}

} // namespace detail

/// A value, or the Error why there is none: what the `try_` functions return. As C++23's std::expected.
template <class T>
class [[nodiscard]] Expected {
public:
    using value_type = T; ///< What it holds in case of success.

    /// A value.
    Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    /// An error.
    Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const noexcept { return state_.index() == 0; } ///< Whether the call has succeeded.
    explicit operator bool() const noexcept { return has_value(); } ///< Whether the call has succeeded.
    /// The value. Without one it throws the error; where exceptions are off it aborts: ask has_value() first.
    T &value() & { return check(), **this; }
    const T &value() const & { return check(), **this; } ///< \copydoc value()
    T value() && { return check(), std::move(**this); }  ///< \copydoc value()
    /// The value, or `other` where there is none.
    template <class U>
    T value_or(U &&other) && {
        return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(other));
    }
    /// The value, which must be there.
    T &operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T &operator*() const & noexcept { return *std::get_if<0>(&state_); }  ///< \copydoc operator*()
    T &&operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); } ///< \copydoc operator*()
    T *operator->() noexcept { return std::get_if<0>(&state_); }               ///< \copydoc operator*()
    const T *operator->() const noexcept { return std::get_if<0>(&state_); }   ///< \copydoc operator*()
    /// The error, which must be there.
    const Error &error() const & noexcept { return *std::get_if<1>(&state_); }
    /// The status; Status::Ok where there is a value.
    Status status() const noexcept { return has_value() ? Status::Ok : error().status(); }

private:
    void check() const {
        if (!has_value()) detail::raise(error());
    }

    std::variant<T, Error> state_;
};

/// Success, or the Error why not.
template <>
class [[nodiscard]] Expected<void> {
public:
    using value_type = void; ///< Nothing.

    /// Success.
    Expected() = default;
    /// An error.
    Expected(Error error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return !error_.has_value(); } ///< Whether the call has succeeded.
    explicit operator bool() const noexcept { return has_value(); } ///< Whether the call has succeeded.
    /// Nothing. After a failure it throws the error; where exceptions are off it aborts.
    void value() const {
        if (error_) detail::raise(*error_);
    }
    /// The error, which must be there.
    const Error &error() const & noexcept { return *error_; }
    /// The status; Status::Ok after success.
    Status status() const noexcept { return error_ ? error_->status() : Status::Ok; }

private:
    std::optional<Error> error_;
};

// ---------------------------------------------------------------------------------------------------------------------
// The library
// ---------------------------------------------------------------------------------------------------------------------

/// The version of the library that is running, as "0.1.0". PRIMER_VERSION is that of the header.
inline std::string_view version() noexcept { return ::primer_version(); }

/// The running library's ABI: major version times 65536 plus minor version. PRIMER_ABI_VERSION is the header's.
inline std::uint32_t abi_version() noexcept { return ::primer_abi_version(); }

/// Whether the library was built with an optional feature such as "cuda".
inline bool has_feature(const std::string &name) noexcept { return ::primer_has_feature(name.c_str()) != 0; }

namespace detail {

/// Whether a library of one ABI version serves a program that was compiled with the header of another.
constexpr bool serves(std::uint32_t library, std::uint32_t header) noexcept {
    return library >> 16 == header >> 16 && (library & 0xFFFF) >= (header & 0xFFFF);
}

inline Expected<void> check_abi(std::uint32_t library) {
    if (serves(library, PRIMER_ABI_VERSION)) return {};
    return Error(Status::Unsupported, "this program was compiled with Primer " PRIMER_VERSION
                                      " and cannot run with the library " +
                                          std::string(version()));
}

} // namespace detail

/// Whether the library that is running suits the header that was compiled: equal major, no lower minor version. The
/// functions that load a model or data ask it themselves.
inline Expected<void> check_abi() { return detail::check_abi(abi_version()); }

namespace detail {

// An object of the library and its way to be freed.
template <class C, void (*Free)(C *)>
class Handle {
public:
    /// The handle for functions of primer.h, still owned by this object; NULL after a move.
    C *get() const noexcept { return handle_.get(); }
    /// Gives the handle to the caller, who frees it; the object is then as after a move.
    C *release() noexcept { return handle_.release(); }
    /// False after a move.
    explicit operator bool() const noexcept { return handle_ != nullptr; }

protected:
    explicit Handle(C *handle) noexcept : handle_(handle) {}

private:
    struct Deleter {
        void operator()(C *handle) const noexcept { Free(handle); }
    };
    std::unique_ptr<C, Deleter> handle_;
};

// What a function of primer.h gives out, as a T; `call` is given where to put the handle and the error.
template <class T, class C, class Call>
Expected<T> make(Call &&call) {
    C *out = nullptr;
    primer_error *err = nullptr;
    const primer_status status = call(&out, &err);
    if (status != PRIMER_OK) return Error::take(status, err);
    return T(out);
}

// Success or failure of a function of primer.h; `call` is given where to put the error.
template <class Call>
Expected<void> done(Call &&call) {
    primer_error *err = nullptr;
    const primer_status status = call(&err);
    if (status != PRIMER_OK) return Error::take(status, err);
    return {};
}

// C ends a string where NUL is: such a path would be another one.
inline Expected<void> check_string(const char *what, std::string_view string) {
    if (string.find('\0') == std::string_view::npos) return {};
    return Error(Status::InvalidArgument, std::string(what) + " has a NUL byte");
}

inline const char *or_null(const Path &path) noexcept { return path.empty() ? nullptr : path.string().c_str(); }

// NULL would mean that none was given, where one was given and moved away.
template <class T>
Expected<void> check_given(const char *what, const T *object) {
    if (object == nullptr || *object) return {};
    return Error(Status::InvalidArgument, std::string(what) + " was moved from");
}

template <class T>
auto or_null(const T *object) noexcept -> decltype(object->get()) {
    return object == nullptr ? nullptr : object->get();
}

// The first failure of several checks.
inline Expected<void> all(std::initializer_list<Expected<void>> checks) {
    for (const Expected<void> &check : checks)
        if (!check) return check;
    return {};
}

// The initial values of options, which the library knows.
template <class C, void (*Init)(C *, std::size_t)>
const C &initial() {
    static const C options = [] {
        C fresh{};
        Init(&fresh, sizeof fresh);
        return fresh;
    }();
    return options;
}

// Tells a C++ function of progress. An exception of its ends the run and is kept for the caller.
template <class CProgress, class Progress>
class Relay {
public:
    using Function = std::function<bool(const Progress &)>;

    explicit Relay(const Function &function) noexcept : function_(function) {}

    std::int32_t (*callback() const noexcept)(const CProgress *, void *) { return function_ ? &call : nullptr; }

    void rethrow() const {
#if PRIMER_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    static std::int32_t call(const CProgress *progress, void *user) noexcept {
        Relay &self = *static_cast<Relay *>(user);
#if PRIMER_EXCEPTIONS
        try {
            return self.function_(Progress(*progress)) ? 0 : 1;
        } catch (...) {
            self.thrown_ = std::current_exception();
            return 1;
        }
#else
        return self.function_(Progress(*progress)) ? 0 : 1;
#endif
    }

    const Function &function_;
    std::exception_ptr thrown_;
};

/// A number that a struct of the library's has since it grew; 0 where the library is older.
template <class Raw>
std::uint64_t grown(const Raw &raw, std::uint64_t Raw::*field) noexcept {
    const auto at = reinterpret_cast<const char *>(&(raw.*field)) - reinterpret_cast<const char *>(&raw);
    return static_cast<std::size_t>(at) + sizeof(std::uint64_t) <= raw.struct_size ? raw.*field : 0;
}

inline std::optional<double> known(double score) noexcept {
    return score < 0 ? std::nullopt : std::optional<double>(score);
}

} // namespace detail

/// Bytes that the library made. Immutable.
class Buffer : public detail::Handle<primer_buffer, primer_buffer_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Buffer(primer_buffer *handle) noexcept : Handle(handle) {}

    /// The first byte. A NUL byte that size() does not count follows the last.
    const std::byte *data() const noexcept { return static_cast<const std::byte *>(::primer_buffer_data(get())); }
    /// Number of bytes.
    std::size_t size() const noexcept { return ::primer_buffer_size(get()); }
    /// The bytes as text.
    std::string_view text() const noexcept { return {reinterpret_cast<const char *>(data()), size()}; }
};

/// Receives messages of the library.
using LogFunction = std::function<void(LogLevel, std::string_view message)>;

namespace detail {

// The functions that log callbacks are told of. It is never destroyed: messages may come until the very end.
struct LogTarget {
    std::mutex mutex;
    std::unique_ptr<LogFunction> function;
    // The library lets no call run before a function is set or after it is replaced. This shows the order to tools that
    // see the program alone, as ThreadSanitizer does.
    std::atomic<unsigned> handovers{0};

    static LogTarget &get() {
        static LogTarget *const target = new LogTarget;
        return *target;
    }

    static bool &inside() noexcept {
        thread_local bool is_inside = false;
        return is_inside;
    }

    static void call(std::int32_t level, primer_str message, void *user) noexcept {
        LogTarget &target = get();
        static_cast<void>(target.handovers.load(std::memory_order_acquire));
        const bool outer = inside();
        inside() = true;
#if PRIMER_EXCEPTIONS
        try {
            (*static_cast<LogFunction *>(user))(static_cast<LogLevel>(level), view(message));
        } catch (...) { // There is nobody whom it could reach.
        }
#else
        (*static_cast<LogFunction *>(user))(static_cast<LogLevel>(level), view(message));
#endif
        inside() = outer;
        target.handovers.fetch_add(1, std::memory_order_release);
    }
};

} // namespace detail

/// Sends the library's messages of `level` and more important ones to `function`; an empty one turns logging off, as it
/// is at the start. One setting serves the whole process.
///
/// The function is kept until another is set, and the one before is not called any more once this returns. It is called
/// on any thread, also on several at once. What it throws is dropped. It must not call log_set: Status::Busy.
inline Expected<void> try_log_set(LogLevel level, LogFunction function) {
    if (Expected<void> fits = check_abi(); !fits) return fits;
    auto fresh = function ? std::make_unique<LogFunction>(std::move(function)) : nullptr;
    const auto set = [&](primer_error **err) {
        return ::primer_log_set(static_cast<std::int32_t>(level), fresh ? &detail::LogTarget::call : nullptr,
                                fresh.get(), err);
    };
    // The library refuses a call by the callback itself; waiting for the lock there would never end.
    if (detail::LogTarget::inside()) return detail::done(set);
    detail::LogTarget &target = detail::LogTarget::get();
    const std::lock_guard<std::mutex> lock(target.mutex);
    target.handovers.fetch_add(1, std::memory_order_release);
    Expected<void> result = detail::done(set);
    static_cast<void>(target.handovers.load(std::memory_order_acquire));
    if (result) target.function = std::move(fresh);
    return result;
}

/// A request to stop, which any thread may make. Once made it stays: a token serves one call or one group of calls.
///
/// Copies are the same token, as of std::stop_token: give one to the thread that may stop the run.
class CancelToken {
public:
#if PRIMER_EXCEPTIONS
    /// A new token. \throws Error where there is no memory or the library does not fit.
    CancelToken() : CancelToken(try_create().value()) {}
#endif
    /// A new token.
    static Expected<CancelToken> try_create() {
        if (Expected<void> fits = check_abi(); !fits) return fits.error();
        return detail::make<CancelToken, primer_cancel>(::primer_cancel_new);
    }
    /// Takes over a handle of primer.h.
    explicit CancelToken(primer_cancel *handle) : handle_(handle, ::primer_cancel_free) {}

    /// Asks every call that was given this token to stop: each fails with Status::Cancelled within some ten to a few
    /// hundred milliseconds. From any thread, but not from a signal handler.
    void request() const noexcept { ::primer_cancel_request(get()); }
    /// Whether request() was called.
    bool is_requested() const noexcept { return ::primer_cancel_is_requested(get()) != 0; }
    /// The handle for functions of primer.h, still owned by the tokens; NULL after a move.
    primer_cancel *get() const noexcept { return handle_.get(); }
    /// False after a move.
    explicit operator bool() const noexcept { return handle_ != nullptr; }

private:
    std::shared_ptr<primer_cancel> handle_;
};

// ---------------------------------------------------------------------------------------------------------------------
// Model
// ---------------------------------------------------------------------------------------------------------------------

// generated: options of model
/// How a backbone is loaded.
struct ModelOptions {
    /// Threads that tagging and training with this model use; initially 0, for all that the machine offers.
    std::uint32_t threads = initial().threads;
    /// Keeps the encoder's matrices in memory as the file has them and expands each while it is used: less memory, a
    /// little slower, the same numbers; initially false.
    bool quantised = initial().quantised != 0;
    /// Reads all of a GGUF file and compares it with the fingerprint that it carries, so that damage anywhere is found
    /// on loading. Without it only what is needed is read, and damage among the weights shows as wrong numbers;
    /// initially true.
    bool verify = initial().verify != 0;
    /// Where the model computes: all that is done with it, tagging, adaptation and priming. quantised is for the
    /// processor alone; initially Device::Cpu.
    Device device = static_cast<Device>(initial().device);
    /// Which GPU, from 0, where device is Device::Cuda; else 0; initially 0.
    std::uint32_t device_number = initial().device_number;

    /// The initial values, as primer.h has them.
    static const primer_model_options &initial() {
        return detail::initial<primer_model_options, primer_model_options_init>();
    }
    /// These options as primer.h has them.
    primer_model_options raw() const {
        primer_model_options raw = initial();
        raw.threads = threads;
        raw.quantised = quantised;
        raw.verify = verify;
        raw.device = static_cast<std::int32_t>(device);
        raw.device_number = device_number;
        return raw;
    }
};
// end of generated

/// A backbone's sizes.
struct ModelSizes {
    std::uint32_t layers = 0;       ///< Layers of the encoder.
    std::uint32_t hidden = 0;       ///< Width of the encoder.
    std::uint32_t intermediate = 0; ///< Width of the feed-forward network.
    std::uint32_t heads = 0;        ///< Attention heads of a layer.
    std::uint32_t vocabulary = 0;   ///< Pieces that the tokenizer's vocabulary may hold.
    std::uint32_t positions = 0;    ///< Pieces in a window; longer text is cut into windows that overlap.
    std::uint32_t threads = 0;      ///< Threads that work for this model.
};

/// A backbone: a multilingual encoder with its tokenizer. Immutable and safe to share between threads; one serves any
/// number of adapters, taggers and training runs, which keep alive what they need of it.
class Model : public detail::Handle<primer_model, primer_model_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Model(primer_model *handle) noexcept : Handle(handle) {}

    /// Loads a GGUF file of this library, or a Hugging Face folder of the BERT or XLM-RoBERTa family.
    ///
    /// The file is mapped into memory: while the model or anything made of it lives, it must not be changed or cut
    /// short. Replacing it by renaming another file over it is fine.
    ///
    /// Fails with Status::Io, Format (with Error::tensor()), Unsupported (also for a device that the library was built
    /// without), Device, TooLarge or InvalidArgument.
    static Expected<Model> try_load(const Path &path, const ModelOptions &options = {}) {
        if (auto bad = detail::all({check_abi(), detail::check_string("path", path.string())}); !bad)
            return bad.error();
        const primer_model_options raw = options.raw();
        return detail::make<Model, primer_model>(
            [&](auto out, auto err) { return ::primer_model_load(path.string().c_str(), &raw, out, err); });
    }
    /// Loads the contents of a GGUF file, which are copied. Fails as try_load().
    static Expected<Model> try_from_memory(Bytes data, const ModelOptions &options = {}) {
        if (auto bad = check_abi(); !bad) return bad.error();
        const primer_model_options raw = options.raw();
        return detail::make<Model, primer_model>(
            [&](auto out, auto err) { return ::primer_model_from_memory(data.data(), data.size(), &raw, out, err); });
    }

    /// The name, for people; may be empty.
    std::string_view name() const noexcept { return detail::view(::primer_model_name(get())); }
    /// Identifies the exact contents: 64 hexadecimal digits. For a folder the first call reads it all.
    std::string_view fingerprint() const noexcept { return detail::view(::primer_model_fingerprint(get())); }
    /// What the model says of itself (licence, attribution and the like): a JSON object whose values are strings.
    std::string_view card() const noexcept { return detail::view(::primer_model_card(get())); }
    /// Where the model computes, never Device::Auto; Device::Cpu after a move.
    Device device() const noexcept { return static_cast<Device>(::primer_model_device(get(), nullptr)); }
    /// Which GPU that is, for Device::Cuda; 0 for the others.
    std::uint32_t device_number() const noexcept {
        std::uint32_t number = 0;
        ::primer_model_device(get(), &number);
        return number;
    }
    /// The sizes. Fails after a move alone.
    Expected<ModelSizes> try_sizes() const {
        primer_model_sizes raw{};
        raw.struct_size = sizeof raw;
        if (auto bad = detail::done([&](auto err) { return ::primer_model_get_sizes(get(), &raw, err); }); !bad)
            return bad.error();
        return ModelSizes{raw.layers,     raw.hidden,    raw.intermediate, raw.heads,
                          raw.vocabulary, raw.positions, raw.threads};
    }

#if PRIMER_EXCEPTIONS
    /// As try_load(). \throws Error
    static Model load(const Path &path, const ModelOptions &options = {}) { return try_load(path, options).value(); }
    /// As try_from_memory(). \throws Error
    static Model from_memory(Bytes data, const ModelOptions &options = {}) {
        return try_from_memory(data, options).value();
    }
    /// As try_sizes(). \throws Error
    ModelSizes sizes() const { return try_sizes().value(); }
#endif
};

// ---------------------------------------------------------------------------------------------------------------------
// Labelled data
// ---------------------------------------------------------------------------------------------------------------------

// generated: options of dataset
/// How labelled data is read. The initial values find everything out from the data.
struct DatasetOptions {
    /// The format of the data; initially Format::Auto.
    Format format = static_cast<Format>(initial().format);
    /// How the tags are to be read; initially Scheme::Auto.
    Scheme scheme = static_cast<Scheme>(initial().scheme);
    /// What start and end of an entity in JSON count; code points are what Python counts; initially Unit::CodePoint.
    Unit unit = static_cast<Unit>(initial().unit);
    /// CoNLL: the column of the word, from 0; initially -1, for finding it out, usually the first.
    std::int32_t word_column = initial().word_column;
    /// CoNLL: the column of the tag, from 0; initially -1, for finding it out, usually the last.
    std::int32_t tag_column = initial().tag_column;
    /// The data must have labels; without it they are not read; initially true.
    bool labelled = initial().labelled != 0;
    /// Refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap stays,
    /// and a word that is cut belongs to the entity where that covers at least half of its characters; initially false.
    bool strict = initial().strict != 0;
    /// The names of tags that are numbers, in their order from 0: O, B-PER and so on; initially none, for data whose
    /// tags are names.
    std::vector<std::string> tag_names = {};
    /// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A
    /// sentence may name its own; initially none, for all types of the data.
    std::vector<std::string> labelled_types = {};

    /// The initial values, as primer.h has them.
    static const primer_dataset_options &initial() {
        return detail::initial<primer_dataset_options, primer_dataset_options_init>();
    }
    /// Room for what raw() lends.
    struct Room {
        Strings tag_names; ///< tag_names as primer.h has it.
        Strings labelled_types; ///< labelled_types as primer.h has it.
    };
    /// These options as primer.h has them, borrowed from this object and from `room`, which is overwritten.
    primer_dataset_options raw(Room &room) const {
        room.tag_names = Strings(tag_names);
        room.labelled_types = Strings(labelled_types);
        primer_dataset_options raw = initial();
        raw.format = static_cast<std::int32_t>(format);
        raw.scheme = static_cast<std::int32_t>(scheme);
        raw.unit = static_cast<std::int32_t>(unit);
        raw.word_column = word_column;
        raw.tag_column = tag_column;
        raw.labelled = labelled;
        raw.strict = strict;
        raw.tag_names = room.tag_names.data();
        raw.tag_name_count = room.tag_names.size();
        raw.labelled_types = room.labelled_types.data();
        raw.labelled_type_count = room.labelled_types.size();
        return raw;
    }
};
// end of generated

struct Shots;

/// An entity of data that starts or ends inside a word; texts are shortened to 60 characters.
struct CutSpan {
    std::uint64_t line;    ///< The line of the file, from 1.
    std::string_view text; ///< The entity's text, borrowed from the data set.
    std::string_view word; ///< The word that it cuts, borrowed from the data set.
};

/// Labelled sentences. Immutable and safe to share between threads.
class Dataset : public detail::Handle<primer_dataset, primer_dataset_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Dataset(primer_dataset *handle) noexcept : Handle(handle) {}

    /// Reads a file. Fails with Status::Io; Data with Error::file() and line(); InvalidUtf8 with byte() too;
    /// InvalidArgument.
    static Expected<Dataset> try_load(const Path &path, const DatasetOptions &options = {}) {
        if (auto bad = detail::all({check_abi(), detail::check_string("path", path.string())}); !bad)
            return bad.error();
        DatasetOptions::Room room;
        const primer_dataset_options raw = options.raw(room);
        return detail::make<Dataset, primer_dataset>(
            [&](auto out, auto err) { return ::primer_dataset_load(path.string().c_str(), &raw, out, err); });
    }
    /// try_load(), which a request by `cancel` ends with Status::Cancelled.
    static Expected<Dataset> try_load(const Path &path, const DatasetOptions &options, const CancelToken &cancel) {
        if (auto bad = detail::all({check_abi(), detail::check_string("path", path.string())}); !bad)
            return bad.error();
        DatasetOptions::Room room;
        const primer_dataset_options raw = options.raw(room);
        return detail::make<Dataset, primer_dataset>([&](auto out, auto err) {
            return ::primer_dataset_load_with_cancel(path.string().c_str(), &raw, cancel.get(), out, err);
        });
    }
    /// Reads a file's contents. `name` stands for the file in errors and where its format is guessed by its ending;
    /// none for "memory". Fails as try_load().
    static Expected<Dataset> try_from_memory(Bytes data, const Path &name = {}, const DatasetOptions &options = {}) {
        if (auto bad = detail::all({check_abi(), detail::check_string("name", name.string())}); !bad)
            return bad.error();
        DatasetOptions::Room room;
        const primer_dataset_options raw = options.raw(room);
        return detail::make<Dataset, primer_dataset>([&](auto out, auto err) {
            return ::primer_dataset_from_memory(data.data(), data.size(), detail::or_null(name), &raw, out, err);
        });
    }

    /// Number of sentences.
    std::size_t size() const noexcept { return ::primer_dataset_size(get()); }
    /// Number of entities in all sentences.
    std::size_t entity_count() const noexcept { return ::primer_dataset_entity_count(get()); }
    /// The file's path as it was given, or the name of data from memory.
    std::string_view name() const noexcept { return detail::view(::primer_dataset_name(get())); }
    /// The scheme of the tags.
    Scheme scheme() const noexcept { return static_cast<Scheme>(::primer_dataset_scheme(get())); }
    /// The entity types, sorted by name.
    std::vector<std::string_view> types() const {
        std::vector<std::string_view> types(::primer_dataset_type_count(get()));
        for (std::size_t i = 0; i < types.size(); i++) types[i] = detail::view(::primer_dataset_type(get(), i));
        return types;
    }
    /// Number of entities that start or end inside a word: no tagger of words can find them as they are, and evaluation
    /// counts them as missed.
    std::size_t cut_span_count() const noexcept { return ::primer_dataset_cut_span_count(get()); }
    /// The first few of them.
    std::vector<CutSpan> cut_spans() const {
        std::vector<CutSpan> spans;
        for (std::size_t i = 0; const std::uint64_t line = ::primer_dataset_cut_span_line(get(), i); i++)
            spans.push_back({line, detail::view(::primer_dataset_cut_span_text(get(), i)),
                             detail::view(::primer_dataset_cut_span_word(get(), i))});
        return spans;
    }
    /// What the reader passed over, or read in another way than it stands: what, how often, and the first few lines.
    std::vector<std::string_view> notes() const {
        std::vector<std::string_view> notes(::primer_dataset_note_count(get()));
        for (std::size_t i = 0; i < notes.size(); i++) notes[i] = detail::view(::primer_dataset_note(get(), i));
        return notes;
    }

    /// Draws `count` sentences by `seed`, the same on every machine, none twice. Fails with Status::InvalidArgument
    /// where `count` is 0 or more than there are.
    Expected<Shots> try_shots(std::size_t count, std::uint64_t seed) const;
    /// The sentences with these indices, from 0, in this order. Scheme and types stay those of the whole. Fails with
    /// Status::InvalidArgument where there is no such sentence.
    Expected<Dataset> try_select(Span<const std::size_t> indices) const {
        return detail::make<Dataset, primer_dataset>([&](auto out, auto err) {
            return ::primer_dataset_select(get(), indices.data(), indices.size(), out, err);
        });
    }

#if PRIMER_EXCEPTIONS
    /// As try_load(). \throws Error
    static Dataset load(const Path &path, const DatasetOptions &options = {}) {
        return try_load(path, options).value();
    }
    /// As try_load(). \throws Error
    static Dataset load(const Path &path, const DatasetOptions &options, const CancelToken &cancel) {
        return try_load(path, options, cancel).value();
    }
    /// As try_from_memory(). \throws Error
    static Dataset from_memory(Bytes data, const Path &name = {}, const DatasetOptions &options = {}) {
        return try_from_memory(data, name, options).value();
    }
    /// As try_shots(). \throws Error
    Shots shots(std::size_t count, std::uint64_t seed) const;
    /// As try_select(). \throws Error
    Dataset select(Span<const std::size_t> indices) const { return try_select(indices).value(); }
#endif
};

/// Sentences drawn from a data set, and their places in it, from 0.
struct Shots {
    Dataset dataset;                  ///< The sentences.
    std::vector<std::size_t> indices; ///< Where each stands in the data set that it was drawn from.
};

inline Expected<Shots> Dataset::try_shots(std::size_t count, std::uint64_t seed) const {
    // A count that cannot be drawn needs no room: the library refuses it before it writes.
    std::vector<std::size_t> indices(count <= size() ? count : 0);
    auto dataset = detail::make<Dataset, primer_dataset>(
        [&](auto out, auto err) { return ::primer_dataset_shots(get(), count, seed, indices.data(), out, err); });
    if (!dataset) return dataset.error();
    return Shots{std::move(*dataset), std::move(indices)};
}

#if PRIMER_EXCEPTIONS
inline Shots Dataset::shots(std::size_t count, std::uint64_t seed) const { return try_shots(count, seed).value(); }
#endif

// ---------------------------------------------------------------------------------------------------------------------
// Adapters
// ---------------------------------------------------------------------------------------------------------------------

/// The method of a name, such as "lora": what to_string gives for it. Another name fails with Status::InvalidArgument.
inline Expected<Method> try_method_by_name(const std::string &name) {
    if (auto bad = detail::check_string("name", name); !bad) return bad.error();
    std::int32_t method = 0;
    if (auto bad = detail::done([&](auto err) { return ::primer_method_by_name(name.c_str(), &method, err); }); !bad)
        return bad.error();
    return static_cast<Method>(method);
}

/// A trained method with its tag head, and the card that says what it is. Immutable and safe to share between threads;
/// it keeps its model alive. One model serves any number of adapters, chosen per call.
class Adapter : public detail::Handle<primer_adapter, primer_adapter_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Adapter(primer_adapter *handle) noexcept : Handle(handle) {}

    /// Reads an adapter file, or a folder of PEFT or AdapterHub that names its tags, and checks that it belongs to
    /// `model`. Fails with Status::Io, Format, Unsupported, Mismatch for another model's, TooLarge or InvalidArgument.
    static Expected<Adapter> try_load(const Path &path, const Model &model) {
        if (auto bad = detail::check_string("path", path.string()); !bad) return bad.error();
        return detail::make<Adapter, primer_adapter>(
            [&](auto out, auto err) { return ::primer_adapter_load(path.string().c_str(), model.get(), out, err); });
    }
    /// Reads an adapter file's contents. Fails as try_load().
    static Expected<Adapter> try_from_memory(Bytes data, const Model &model) {
        return detail::make<Adapter, primer_adapter>([&](auto out, auto err) {
            return ::primer_adapter_from_memory(data.data(), data.size(), model.get(), out, err);
        });
    }
    /// Reads a folder of PEFT or AdapterHub, whichever it is, naming the rows of its head: tag O first, then for each
    /// type its B- and I- tag, or with Scheme::Bioes its B-, I-, E- and S- tag. No types leave the names to the folder,
    /// as try_load() does. Fails as try_load(), with Status::Unsupported also for settings that are not computed here.
    static Expected<Adapter> try_import_folder(const Path &folder, const Model &model, Scheme scheme = Scheme::Auto,
                                               const Strings &types = {}) {
        if (auto bad = detail::check_string("folder", folder.string()); !bad) return bad.error();
        return detail::make<Adapter, primer_adapter>([&](auto out, auto err) {
            return ::primer_adapter_import(folder.string().c_str(), model.get(), static_cast<std::int32_t>(scheme),
                                           types.data(), types.size(), out, err);
        });
    }

    /// Writes the adapter to one file. After a failure (Status::Io, also for a full disk) what was at `path` before is
    /// untouched.
    Expected<void> try_save(const Path &path) const {
        if (auto bad = detail::check_string("path", path.string()); !bad) return bad;
        return detail::done([&](auto err) { return ::primer_adapter_save(get(), path.string().c_str(), err); });
    }
    /// The bytes that try_save() writes. Fails after a move alone.
    Expected<Buffer> try_to_memory() const {
        return detail::make<Buffer, primer_buffer>(
            [&](auto out, auto err) { return ::primer_adapter_to_memory(get(), out, err); });
    }
    /// Writes the adapter as a folder that another library loads; the folder is made where it is missing. Fails with
    /// Status::Unsupported for an adapter of a method that the format lacks, or Io.
    Expected<void> try_export_folder(FolderFormat format, const Path &folder) const {
        if (auto bad = detail::check_string("folder", folder.string()); !bad) return bad;
        return detail::done([&](auto err) {
            return ::primer_adapter_export(get(), static_cast<std::int32_t>(format), folder.string().c_str(), err);
        });
    }

    /// Writes the adapter and its model as one ONNX file, opset 17: `input_ids` and `attention_mask` in, `logits` out,
    /// weights in 32-bit floats. Fails with Status::Io, TooLarge beyond 2 GiB, or Unsupported without the feature
    /// "onnx"; what was at `path` before is then untouched.
    Expected<void> try_save_onnx(const Path &path) const {
        if (auto bad = detail::check_string("path", path.string()); !bad) return bad;
        return detail::done([&](auto err) { return ::primer_adapter_save_onnx(get(), path.string().c_str(), err); });
    }
    /// The bytes that try_save_onnx() writes. Fails with Status::TooLarge or Unsupported.
    Expected<Buffer> try_to_onnx() const {
        return detail::make<Buffer, primer_buffer>(
            [&](auto out, auto err) { return ::primer_adapter_to_onnx(get(), out, err); });
    }

    /// The name, for people; may be empty.
    std::string_view name() const noexcept { return detail::view(::primer_adapter_name(get())); }
    /// The card, a JSON object: version, name, method and its settings, tags, backbone, and how it was trained.
    std::string_view card() const noexcept { return detail::view(::primer_adapter_card(get())); }
    /// Number of parameters, head included.
    std::size_t parameter_count() const noexcept { return ::primer_adapter_parameter_count(get()); }
    /// The entity types that it tags: Entity::label is an index of them.
    std::vector<std::string_view> types() const {
        std::vector<std::string_view> types(::primer_adapter_type_count(get()));
        for (std::size_t i = 0; i < types.size(); i++) types[i] = detail::view(::primer_adapter_type(get(), i));
        return types;
    }
    /// The tags: O, and the types with the scheme's prefixes. Word::tag is an index of them.
    std::vector<std::string_view> tags() const {
        std::vector<std::string_view> tags(::primer_adapter_tag_count(get()));
        for (std::size_t i = 0; i < tags.size(); i++) tags[i] = detail::view(::primer_adapter_tag(get(), i));
        return tags;
    }

#if PRIMER_EXCEPTIONS
    /// As try_load(). \throws Error
    static Adapter load(const Path &path, const Model &model) { return try_load(path, model).value(); }
    /// As try_from_memory(). \throws Error
    static Adapter from_memory(Bytes data, const Model &model) { return try_from_memory(data, model).value(); }
    /// As try_import_folder(). \throws Error
    static Adapter import_folder(const Path &folder, const Model &model, Scheme scheme = Scheme::Auto,
                                 const Strings &types = {}) {
        return try_import_folder(folder, model, scheme, types).value();
    }
    /// As try_save(). \throws Error
    void save(const Path &path) const { try_save(path).value(); }
    /// As try_to_memory(). \throws Error
    Buffer to_memory() const { return try_to_memory().value(); }
    /// As try_save_onnx(). \throws Error
    void save_onnx(const Path &path) const { try_save_onnx(path).value(); }
    /// As try_to_onnx(). \throws Error
    Buffer to_onnx() const { return try_to_onnx().value(); }
    /// As try_export_folder(). \throws Error
    void export_folder(FolderFormat format, const Path &folder) const { try_export_folder(format, folder).value(); }
#endif
};

// ---------------------------------------------------------------------------------------------------------------------
// Adaptation
// ---------------------------------------------------------------------------------------------------------------------

// generated: options of adapt
/// How an adapter is trained. The initial values work for a few dozen to a few thousand sentences.
struct AdaptOptions {
    /// What is trained. Method::Initial does not read layers and what starts with adapter_ or lora_; initially
    /// Method::Adapter.
    Method method = static_cast<Method>(initial().method);
    /// How tags are written: Scheme::Iob2, also the meaning of Scheme::Auto, or Scheme::Bioes; initially Scheme::Auto.
    Scheme scheme = static_cast<Scheme>(initial().scheme);
    /// Passes over the data; initially 0, for what effort says: usually about 600 updates, between 3 and 30 passes; on
    /// a model that carries a start 120, between 4 and 10, and none on few mentions.
    std::uint32_t epochs = initial().epochs;
    /// Sentences in an update. On a model that carries a start the initial value stands for 4, but with
    /// Effort::Thorough; initially 16.
    std::uint32_t batch_size = initial().batch_size;
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 512.
    std::uint32_t micro_batch_pieces = initial().micro_batch_pieces;
    /// Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
    std::uint32_t evaluate_every = initial().evaluate_every;
    /// Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early
    /// stop.
    std::uint32_t patience = initial().patience;
    /// Trains on this many sentences drawn by the seed; initially 0, for all.
    std::uint32_t shots = initial().shots;
    /// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more
    /// goes to a temporary file; initially 256. 0 stands for computing them anew in every epoch.
    std::uint32_t cache_mib = initial().cache_mib;
    /// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit;
    /// initially 0.
    std::uint64_t seed = initial().seed;
    /// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
    double learning_rate = initial().learning_rate;
    /// Peak learning rate of the head; initially 0, for the method's usual one, in proportion where learning_rate is
    /// given, and with head_only for that of head tuning.
    double head_learning_rate = initial().head_learning_rate;
    /// AdamW's weight decay; initially 0.01.
    double weight_decay = initial().weight_decay;
    /// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
    double warmup = initial().warmup;
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    double clip = initial().clip;
    /// The entity types to learn; initially none, for those of the training data.
    std::vector<std::string> types = {};
    /// A name for the adapter's card; initially empty.
    std::string name = {};
    /// The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
    std::vector<std::uint32_t> layers = {};
    /// Bottleneck and parallel adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width;
    /// half of it for Method::Parallel.
    std::uint32_t adapter_size = initial().adapter_size;
    /// Bottleneck adapters: one behind self-attention; parallel ones: beside it; initially false.
    bool adapter_attention = initial().adapter_attention != 0;
    /// Bottleneck adapters: one behind the feed-forward network; parallel ones: beside it; initially true.
    bool adapter_output = initial().adapter_output != 0;
    /// Bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation; initially
    /// true.
    bool adapter_norm_before = initial().adapter_norm_before != 0;
    /// Bottleneck and parallel adapters: the non-linearity; initially Activation::Relu.
    Activation adapter_activation = static_cast<Activation>(initial().adapter_activation);
    /// LoRA: rank of the updates; initially 8.
    std::uint32_t lora_rank = initial().lora_rank;
    /// Bottleneck and parallel adapters: factor of their output. For Method::Parallel the initial value stands for 4;
    /// initially 1.
    double adapter_scaling = initial().adapter_scaling;
    /// LoRA: numerator of the scale; initially 0, for twice lora_rank.
    double lora_alpha = initial().lora_alpha;
    /// LoRA: the rank-stabilised scale, alpha / sqrt(rank); initially false.
    bool lora_rslora = initial().lora_rslora != 0;
    /// LoRA: the linear layers with an update; initially LoraSites::Query and LoraSites::Value.
    LoraSites lora_sites = static_cast<LoraSites>(initial().lora_sites);
    /// Tokens in an update: as many sentences as fit, at least one; batch_size must then have its initial value;
    /// initially 0, for updates of batch_size sentences.
    std::uint32_t batch_pieces = initial().batch_pieces;
    /// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
    /// time for less memory, the same numbers to the bit; initially false.
    bool recompute = initial().recompute != 0;
    /// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is
    /// given; initially false.
    bool head_only = initial().head_only != 0;
    /// The dtype in which the model computes: Precision::F32, which the processor has alone, or on GPUs
    /// Precision::Bf16, which is quicker; initially Precision::F32.
    Precision precision = static_cast<Precision>(initial().precision);
    /// Leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are kept:
    /// what that adapter finds of them in the sentences is learnt, too; initially false.
    bool drop_types = initial().drop_types != 0;
    /// Which entity stays where one of the data and one that the initial adapter finds overlap; initially Overlap::New.
    Overlap overlap = static_cast<Overlap>(initial().overlap);
    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially false.
    bool restart = initial().restart != 0;
    /// Progress is told before training, too: Stage::Encode and Stage::Prefix, which programs of earlier versions do
    /// not know; initially false.
    bool preparation = initial().preparation != 0;
    /// What the method's parameters start from where no adapter to start from is given; initially StartChoice::Auto.
    StartChoice start = static_cast<StartChoice>(initial().start);
    /// What the head starts from, but for the rows that an adapter to start from has; initially HeadInit::Auto.
    HeadInit head_init = static_cast<HeadInit>(initial().head_init);
    /// What describes each of types beside its name, in their order; an empty text where there is nothing to say;
    /// initially none, for names alone.
    std::vector<std::string> descriptions = {};
    /// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once
    /// a sentence; initially 0, for all that the method touches.
    std::uint32_t trained_layers = initial().trained_layers;
    /// How much is trained where epochs, trained_layers and rates are not given; initially Effort::Usual.
    Effort effort = static_cast<Effort>(initial().effort);

    /// The initial values, as primer.h has them.
    static const primer_adapt_options &initial() {
        return detail::initial<primer_adapt_options, primer_adapt_options_init>();
    }
    /// Room for what raw() lends.
    struct Room {
        Strings types; ///< types as primer.h has it.
        Strings descriptions; ///< descriptions as primer.h has it.
    };
    /// These options as primer.h has them, borrowed from this object and from `room`, which is overwritten.
    primer_adapt_options raw(Room &room) const {
        room.types = Strings(types);
        room.descriptions = Strings(descriptions);
        primer_adapt_options raw = initial();
        raw.method = static_cast<std::int32_t>(method);
        raw.scheme = static_cast<std::int32_t>(scheme);
        raw.epochs = epochs;
        raw.batch_size = batch_size;
        raw.micro_batch_pieces = micro_batch_pieces;
        raw.evaluate_every = evaluate_every;
        raw.patience = patience;
        raw.shots = shots;
        raw.cache_mib = cache_mib;
        raw.seed = seed;
        raw.learning_rate = learning_rate;
        raw.head_learning_rate = head_learning_rate;
        raw.weight_decay = weight_decay;
        raw.warmup = warmup;
        raw.clip = clip;
        raw.types = room.types.data();
        raw.type_count = room.types.size();
        raw.name = detail::raw(name);
        raw.layers = layers.data();
        raw.layer_count = layers.size();
        raw.adapter_size = adapter_size;
        raw.adapter_attention = adapter_attention;
        raw.adapter_output = adapter_output;
        raw.adapter_norm_before = adapter_norm_before;
        raw.adapter_activation = static_cast<std::int32_t>(adapter_activation);
        raw.lora_rank = lora_rank;
        raw.adapter_scaling = adapter_scaling;
        raw.lora_alpha = lora_alpha;
        raw.lora_rslora = lora_rslora;
        raw.lora_sites = static_cast<std::uint32_t>(lora_sites);
        raw.batch_pieces = batch_pieces;
        raw.recompute = recompute;
        raw.head_only = head_only;
        raw.precision = static_cast<std::int32_t>(precision);
        raw.drop_types = drop_types;
        raw.overlap = static_cast<std::int32_t>(overlap);
        raw.restart = restart;
        raw.preparation = preparation;
        raw.start = static_cast<std::int32_t>(start);
        raw.head_init = static_cast<std::int32_t>(head_init);
        raw.descriptions = room.descriptions.data();
        raw.description_count = room.descriptions.size();
        raw.trained_layers = trained_layers;
        raw.effort = static_cast<std::int32_t>(effort);
        return raw;
    }
};
// end of generated

/// The state of a training run.
struct Progress {
    Stage stage;                   ///< What has just happened.
    std::uint64_t epoch;           ///< The current epoch, from 1; 0 before training.
    std::uint64_t epochs;          ///< Epochs in all, if training does not stop early.
    std::uint64_t step;            ///< Updates made.
    std::uint64_t steps;           ///< Updates in all, if training does not stop early.
    double loss;                   ///< Loss of the last update; at the end of an epoch the mean over its updates.
    double gradient_norm;          ///< Norm of the last update's gradient before clipping.
    std::optional<double> dev_f1;  ///< The last F1 on the dev data, in 0 to 1; none where there is none yet.
    std::optional<double> best_f1; ///< The best F1 on the dev data so far; none where there is none yet.
    double seconds;                ///< Seconds since the start.
    double seconds_left;           ///< Estimate of the seconds left.
    std::uint64_t done;            ///< How much of a stage before training is done; in training, updates made.
    std::uint64_t total;           ///< Of how much.

    /// Of primer.h's.
    explicit Progress(const primer_progress &raw) noexcept
        : stage(static_cast<Stage>(raw.stage)), epoch(raw.epoch), epochs(raw.epochs), step(raw.step), steps(raw.steps),
          loss(raw.loss), gradient_norm(raw.gradient_norm), dev_f1(detail::known(raw.dev_f1)),
          best_f1(detail::known(raw.best_f1)), seconds(raw.seconds), seconds_left(raw.seconds_left),
          done(detail::grown(raw, &primer_progress::done)), total(detail::grown(raw, &primer_progress::total)) {}
};

/// Is told of progress on the thread that called; true goes on, false cancels the run. It may use this library. What it
/// throws cancels the run and reaches the caller of adapt() or try_adapt().
using ProgressFunction = std::function<bool(const Progress &)>;

/// What else a training run is given; all may be left out. Objects are borrowed until the run ends.
struct AdaptRun {
    const Dataset *dev = nullptr;     ///< The epoch with the best F1 on this data is kept, the start included.
    const Adapter *initial = nullptr; ///< An adapter of the same method to start from.
    /// A file that keeps the state after every epoch: where it exists and belongs to the same run, training goes on
    /// from it. It is removed at the end.
    Path checkpoint = {};
    ProgressFunction progress = {};      ///< Is told of every update and every evaluation.
    const CancelToken *cancel = nullptr; ///< Stops the run from any thread.
};

namespace detail {

inline Expected<Adapter> adapt(const Model &model, const Dataset *train, const AdaptOptions &options,
                               const AdaptRun &run) {
    if (auto bad = all({check_given("train", train), check_given("dev", run.dev), check_given("initial", run.initial),
                        check_given("cancel", run.cancel), check_string("checkpoint", run.checkpoint.string())});
        !bad)
        return bad.error();
    AdaptOptions::Room room;
    const primer_adapt_options raw = options.raw(room);
    Relay<primer_progress, Progress> relay(run.progress);
    auto adapter = make<Adapter, primer_adapter>([&](auto out, auto err) {
        return ::primer_adapt(model.get(), or_null(train), or_null(run.dev), or_null(run.initial), &raw,
                              or_null(run.checkpoint), relay.callback(), &relay, or_null(run.cancel), out, err);
    });
    relay.rethrow();
    return adapter;
}

} // namespace detail

/// Trains an adapter for `model` on `train`. Safe to call concurrently, unless with one checkpoint.
///
/// Fails with Status::Data for data without an entity; Mismatch for entity types that were not asked for, an initial
/// adapter of another method or model, or another run's checkpoint; NonFinite where training diverges; Io for the
/// checkpoint; Cancelled; InvalidArgument. Everything given is then what it was; the checkpoint is that of the last
/// whole epoch.
inline Expected<Adapter> try_adapt(const Model &model, const Dataset &train, const AdaptOptions &options = {},
                                   const AdaptRun &run = {}) {
    return detail::adapt(model, &train, options, run);
}

/// An adapter that finds `options.types` by their names alone, at once: for a `model` that carries a start which reads
/// names. Fails with Status::InvalidArgument for another model.
inline Expected<Adapter> try_adapt(const Model &model, const AdaptOptions &options, const AdaptRun &run = {}) {
    return detail::adapt(model, nullptr, options, run);
}

// ---------------------------------------------------------------------------------------------------------------------
// Tagging
// ---------------------------------------------------------------------------------------------------------------------

/// A named entity: bytes `start` to `end` of the text, words `first_word` to `end_word`, both half-open.
struct Entity {
    std::size_t start;      ///< The first byte in the text.
    std::size_t end;        ///< One past the last byte.
    std::size_t first_word; ///< The first word.
    std::size_t end_word;   ///< One past the last word.
    std::uint32_t label;    ///< The entity's type: an index of Adapter::types().
    float score;            ///< How sure the tagger is, in 0 to 1.
    primer_str label_text;  ///< The name of the type as primer.h has it.

    /// The name of the type, such as "PER", borrowed from the Result.
    std::string_view label_name() const noexcept { return detail::view(label_text); }
    /// The bytes of `text` from start to end; empty where it is shorter.
    std::string_view in(std::string_view text) const noexcept {
        return start <= end && end <= text.size() ? std::string_view(text.data() + start, end - start)
                                                  : std::string_view();
    }
};

/// A word and its tag.
struct Word {
    std::size_t start;   ///< The first byte in the text.
    std::size_t end;     ///< One past the last byte.
    std::size_t tag;     ///< The word's tag: an index of Adapter::tags().
    primer_str tag_text; ///< The tag's name as primer.h has it.

    /// The tag's name, such as "B-PER", borrowed from the Result.
    std::string_view tag_name() const noexcept { return detail::view(tag_text); }
    /// \copydoc Entity::in
    std::string_view in(std::string_view text) const noexcept {
        return start <= end && end <= text.size() ? std::string_view(text.data() + start, end - start)
                                                  : std::string_view();
    }
};

// Entities and words are read where the library has written them: both have the layout of primer.h's.
static_assert(sizeof(Entity) == sizeof(primer_entity) && std::is_standard_layout_v<Entity> &&
              offsetof(Entity, start) == offsetof(primer_entity, start) &&
              offsetof(Entity, end) == offsetof(primer_entity, end) &&
              offsetof(Entity, first_word) == offsetof(primer_entity, first_word) &&
              offsetof(Entity, end_word) == offsetof(primer_entity, end_word) &&
              offsetof(Entity, label) == offsetof(primer_entity, label) &&
              offsetof(Entity, score) == offsetof(primer_entity, score) &&
              offsetof(Entity, label_text) == offsetof(primer_entity, label_name));
static_assert(sizeof(Word) == sizeof(primer_word) && std::is_standard_layout_v<Word> &&
              offsetof(Word, start) == offsetof(primer_word, start) &&
              offsetof(Word, end) == offsetof(primer_word, end) && offsetof(Word, tag) == offsetof(primer_word, tag) &&
              offsetof(Word, tag_text) == offsetof(primer_word, tag_name));

/// What tagging found, an item an input. Immutable and safe to share between threads.
class Result : public detail::Handle<primer_result, primer_result_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Result(primer_result *handle) noexcept : Handle(handle) {}

    /// Number of items: one for a text or a sentence, one an input for a batch.
    std::size_t size() const noexcept { return ::primer_result_size(get()); }
    /// The entities of an item in the order of the text, none overlapping another; none where there is no such item.
    Span<const Entity> entities(std::size_t item = 0) const & noexcept {
        std::size_t count = 0;
        const primer_entity *entities = ::primer_result_entities(get(), item, &count);
        return {reinterpret_cast<const Entity *>(entities), count};
    }
    /// The words of an item with their tags in the order of the text; none where there is no such item.
    Span<const Word> words(std::size_t item = 0) const & noexcept {
        std::size_t count = 0;
        const primer_word *words = ::primer_result_words(get(), item, &count);
        return {reinterpret_cast<const Word *>(words), count};
    }
    /// Keep the result in a variable: in `for (... : tagger.tag_text(...).entities())` it would be gone at once.
    Span<const Entity> entities(std::size_t item = 0) const && = delete;
    /// Keep the result in a variable, as for entities().
    Span<const Word> words(std::size_t item = 0) const && = delete;
};

/// Something to tag, and the adapter to tag it with. Both are borrowed until the call that is given it returns.
class Input {
public:
    /// A text.
    Input(const Adapter &adapter, std::string_view text) noexcept : adapter_(adapter.get()), text_(detail::raw(text)) {}
    /// A sentence in words that the caller has found.
    static Input words(const Adapter &adapter, Strings words) {
        Input input(adapter, std::string_view());
        input.words_ = std::move(words);
        input.has_words_ = true;
        return input;
    }
    /// A text, for the labels of the tagger's own model (Tagger::load_onnx()).
    explicit Input(std::string_view text) noexcept : adapter_(nullptr), text_(detail::raw(text)) {}
    /// A sentence in words, for the labels of the tagger's own model.
    static Input words(Strings words) {
        Input input{std::string_view()};
        input.words_ = std::move(words);
        input.has_words_ = true;
        return input;
    }
    Input(const Adapter &&, std::string_view) = delete;     ///< The adapter would be gone before the call.
    static Input words(const Adapter &&, Strings) = delete; ///< The adapter would be gone before the call.

    /// As primer.h has it, borrowed from this object.
    primer_input raw() const noexcept {
        // NULL would stand for text: a sentence without words needs a place, too.
        static constexpr primer_str none = {nullptr, 0};
        const primer_str *words = words_.size() == 0 ? &none : words_.data();
        return {adapter_, text_, has_words_ ? words : nullptr, words_.size()};
    }

private:
    const primer_adapter *adapter_;
    primer_str text_;
    Strings words_;
    bool has_words_ = false;
};

/// Precision, recall and F1 over entities, each in 0 to 1, with the counts behind them. A division by zero gives 0.
struct Score {
    double precision = 0;        ///< The share of the predicted entities that are right.
    double recall = 0;           ///< The share of the true entities that were found.
    double f1 = 0;               ///< The harmonic mean of precision and recall.
    std::uint64_t support = 0;   ///< How many entities the truth has.
    std::uint64_t predicted = 0; ///< How many entities were predicted.
    std::uint64_t correct = 0;   ///< How many predicted entities are right.
};

/// Scores over all types together (micro), equal to those of Python's seqeval; `json` has those of each type, too.
struct Scores {
    std::uint64_t sentences = 0; ///< How many sentences were compared.
    Score micro;                 ///< As seqeval scores by default.
    Score strict_micro;          ///< As seqeval scores with mode="strict".
    double accuracy = 0;         ///< The share of the words whose tag is the true one, O included.
    /// All numbers as a JSON object: micro, macro, weighted, accuracy and types at the top, the strict ones below
    /// "strict".
    std::string json;
};

namespace detail {

/// What `call` gives, a primer_evaluate with its arguments but for the last three.
template <class Call>
Expected<Scores> scores(Call call) {
    primer_scores raw{};
    raw.struct_size = sizeof raw;
    const auto json = make<Buffer, primer_buffer>([&](auto out, auto err) { return call(&raw, out, err); });
    if (!json) return json.error();
    const auto score = [](const primer_score &s) {
        return Score{s.precision, s.recall, s.f1, s.support, s.predicted, s.correct};
    };
    return Scores{raw.sentences, score(raw.micro), score(raw.strict_micro), raw.accuracy, std::string(json->text())};
}

} // namespace detail

// generated: options of tagger
/// What a tagger runs on, and how exactly it computes.
struct TaggerOptions {
    /// What runs the model; an ONNX model of others runs on ONNX Runtime whatever is said here; initially
    /// Engine::Native.
    Engine engine = static_cast<Engine>(initial().engine);
    /// The dtype in which it computes; an ONNX model of others has its own; initially Precision::F32.
    Precision precision = static_cast<Precision>(initial().precision);
    /// Threads of an ONNX model of others. Others use their model's; initially 0, for all that the machine offers.
    std::uint32_t threads = initial().threads;
    /// The path of ONNX Runtime's shared library. A process loads one and keeps it; initially none, for the one that
    /// the environment variable PRIMER_ONNXRUNTIME names, or else the system's.
    Path onnxruntime = {};
    /// Execution providers of ONNX Runtime by name ("cpu", "cuda", "coreml", ...), the most wanted first; initially
    /// none, for the processor alone.
    std::vector<std::string> providers = {};
    /// Entities with a lower score are left out, and their words are tagged O; a tiny score leaves none out; initially
    /// 0, for as the adapter's card says of types that were learnt from little, else none.
    double min_score = initial().min_score;
    /// Where texts are cut. Training cuts into sentences, so other choices are for hosts that know their texts;
    /// initially Split::Sentences.
    Split split = static_cast<Split>(initial().split);
    /// Tokens in a window at most; a longer sentence is cut into windows that overlap by an eighth. Never more than the
    /// encoder has positions; initially 0, for as in training, 256.
    std::uint32_t window = initial().window;

    /// The initial values, as primer.h has them.
    static const primer_tagger_options &initial() {
        return detail::initial<primer_tagger_options, primer_tagger_options_init>();
    }
    /// Room for what raw() lends.
    struct Room {
        std::vector<const char *> providers; ///< providers as primer.h has it.
    };
    /// These options as primer.h has them, borrowed from this object and from `room`, which is overwritten.
    primer_tagger_options raw(Room &room) const {
        room.providers.clear();
        for (const std::string &one : providers) room.providers.push_back(one.c_str());
        primer_tagger_options raw = initial();
        raw.engine = static_cast<std::int32_t>(engine);
        raw.precision = static_cast<std::int32_t>(precision);
        raw.threads = threads;
        raw.onnxruntime = detail::or_null(onnxruntime);
        raw.providers = room.providers.data();
        raw.provider_count = room.providers.size();
        raw.min_score = min_score;
        raw.split = static_cast<std::int32_t>(split);
        raw.window = window;
        return raw;
    }
    /// Fails where a path or a name has a NUL character inside.
    Expected<void> check() const {
        if (auto bad = detail::check_string("onnxruntime", onnxruntime.string()); !bad) return bad;
        for (const std::string &one : providers)
            if (auto bad = detail::check_string("providers", one); !bad) return bad;
        return {};
    }
};
// end of generated

/// Tags text with any adapter of its model, or, from load_onnx(), with the labels of a model that others have trained. One
/// call at a time may use it: make one a thread, it is cheap for a model that is loaded. It keeps its model alive.
class Tagger : public detail::Handle<primer_tagger, primer_tagger_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Tagger(primer_tagger *handle) noexcept : Handle(handle) {}

    /// A tagger for `model`. Fails after the model's move alone.
    static Expected<Tagger> try_create(const Model &model) {
        return detail::make<Tagger, primer_tagger>(
            [&](auto out, auto err) { return ::primer_tagger_new(model.get(), out, err); });
    }
    /// A tagger for `model` on the engine that `options` name. With Engine::Onnx it fails with Status::Io where ONNX
    /// Runtime is not found, with Unsupported where it is too old or lacks a provider, for another precision than
    /// F32 there, or without the feature "onnx". It fails with Unsupported for a precision that the model's device does not
    /// have; with InvalidArgument also for another ONNX Runtime than the process has loaded.
    static Expected<Tagger> try_create(const Model &model, const TaggerOptions &options) {
        if (auto bad = options.check(); !bad) return bad.error();
        TaggerOptions::Room room;
        const primer_tagger_options raw = options.raw(room);
        return detail::make<Tagger, primer_tagger>(
            [&](auto out, auto err) { return ::primer_tagger_new_with_options(model.get(), &raw, out, err); });
    }
    /// A tagger of a token classification model that others have exported to ONNX: a folder with config.json,
    /// tokenizer.json and model.onnx (or onnx/model.onnx), or the ONNX file in such a folder. It tags with the labels
    /// of config.json and takes no adapter. Fails as try_create() with Engine::Onnx, and with Status::Io, Format,
    /// Unsupported or Mismatch for files that are missing, damaged, of another kind, or do not fit each other.
    static Expected<Tagger> try_load_onnx(const Path &path, const TaggerOptions &options = {}) {
        if (auto bad = detail::all({check_abi(), detail::check_string("path", path.string()), options.check()}); !bad)
            return bad.error();
        TaggerOptions::Room room;
        const primer_tagger_options raw = options.raw(room);
        return detail::make<Tagger, primer_tagger>([&](auto out, auto err) {
            return ::primer_tagger_load_onnx(path.string().c_str(), &raw, out, err);
        });
    }

    /// The entity types of a model that has labels of its own; none where adapters bring them.
    std::vector<std::string_view> types() const {
        std::vector<std::string_view> types(::primer_tagger_type_count(get()));
        for (std::size_t i = 0; i < types.size(); i++) types[i] = detail::view(::primer_tagger_type(get(), i));
        return types;
    }

    /// Tags one text of any length below 4 GiB; the result has one item. Fails with Status::InvalidUtf8 with
    /// Error::byte(), Mismatch for another model's adapter, Busy, TooLarge or InvalidArgument. The tagger may then be
    /// used again, but after Status::Panic.
    Expected<Result> try_tag_text(const Adapter &adapter, std::string_view text) {
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_text(get(), adapter.get(), text.data(), text.size(), out, err);
        });
    }
    /// The same, stopped by `cancel` from any thread: then it fails with Status::Cancelled.
    Expected<Result> try_tag_text(const Adapter &adapter, std::string_view text, const CancelToken &cancel) {
        if (auto bad = detail::check_given("cancel", &cancel); !bad) return bad.error();
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_text_with_cancel(get(), adapter.get(), text.data(), text.size(), cancel.get(),
                                                        out, err);
        });
    }
    /// The same with the labels of the model itself: for load_onnx().
    Expected<Result> try_tag_text(std::string_view text) {
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_text(get(), nullptr, text.data(), text.size(), out, err);
        });
    }
    /// Tags one sentence of words that the caller has found; the result has one item, with exactly these words.
    /// Positions refer to the words joined by single blanks. Fails as try_tag_text(); the message names the word.
    Expected<Result> try_tag_words(const Adapter &adapter, const Strings &words) {
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_words(get(), adapter.get(), words.data(), words.size(), out, err);
        });
    }
    /// The same with the labels of the model itself: for load_onnx().
    Expected<Result> try_tag_words(const Strings &words) {
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_words(get(), nullptr, words.data(), words.size(), out, err);
        });
    }
    /// Tags inputs together, each with its own adapter; the result has one item an input, in their order. `cancel` may
    /// be NULL. Fails as try_tag_text(), naming the input, or with Status::Cancelled.
    Expected<Result> try_tag_batch(Span<const Input> inputs, const CancelToken *cancel = nullptr) {
        if (auto bad = detail::check_given("cancel", cancel); !bad) return bad.error();
        std::vector<primer_input> raw;
        raw.reserve(inputs.size());
        for (const Input &input : inputs) raw.push_back(input.raw());
        return detail::make<Result, primer_result>([&](auto out, auto err) {
            return ::primer_tagger_tag_batch(get(), raw.data(), raw.size(), detail::or_null(cancel), out, err);
        });
    }
    /// As primer::try_evaluate() on this tagger's engine. Fails as that, or with Status::Busy.
    Expected<Scores> try_evaluate(const Adapter &adapter, const Dataset &dataset, const CancelToken *cancel = nullptr) {
        return evaluated(adapter.get(), dataset, cancel);
    }
    /// The same with the labels of the model itself: for load_onnx().
    Expected<Scores> try_evaluate(const Dataset &dataset, const CancelToken *cancel = nullptr) {
        return evaluated(nullptr, dataset, cancel);
    }

#if PRIMER_EXCEPTIONS
    /// As try_create(). \throws Error
    explicit Tagger(const Model &model) : Tagger(try_create(model).value()) {}
    /// As try_create(). \throws Error
    Tagger(const Model &model, const TaggerOptions &options) : Tagger(try_create(model, options).value()) {}
    /// As try_load_onnx(). \throws Error
    static Tagger load_onnx(const Path &path, const TaggerOptions &options = {}) {
        return try_load_onnx(path, options).value();
    }
    /// As try_tag_text(). \throws Error
    Result tag_text(std::string_view text) { return try_tag_text(text).value(); }
    /// As try_tag_words(). \throws Error
    Result tag_words(const Strings &words) { return try_tag_words(words).value(); }
    /// As try_evaluate(). \throws Error
    Scores evaluate(const Adapter &adapter, const Dataset &dataset, const CancelToken *cancel = nullptr) {
        return try_evaluate(adapter, dataset, cancel).value();
    }
    /// As try_evaluate(). \throws Error
    Scores evaluate(const Dataset &dataset, const CancelToken *cancel = nullptr) {
        return try_evaluate(dataset, cancel).value();
    }
    /// As try_tag_text(). \throws Error
    Result tag_text(const Adapter &adapter, std::string_view text) { return try_tag_text(adapter, text).value(); }
    /// As try_tag_text() with a CancelToken. \throws Error, Cancelled
    Result tag_text(const Adapter &adapter, std::string_view text, const CancelToken &cancel) {
        return try_tag_text(adapter, text, cancel).value();
    }
    /// As try_tag_words(). \throws Error
    Result tag_words(const Adapter &adapter, const Strings &words) { return try_tag_words(adapter, words).value(); }
    /// As try_tag_batch(). \throws Error
    Result tag_batch(Span<const Input> inputs, const CancelToken *cancel = nullptr) {
        return try_tag_batch(inputs, cancel).value();
    }
#endif

private:
    Expected<Scores> evaluated(const primer_adapter *adapter, const Dataset &dataset, const CancelToken *cancel) {
        if (auto bad = detail::check_given("cancel", cancel); !bad) return bad.error();
        return detail::scores([&](auto scores, auto json, auto err) {
            return ::primer_tagger_evaluate(get(), adapter, dataset.get(), detail::or_null(cancel), scores, json, err);
        });
    }
};

// ---------------------------------------------------------------------------------------------------------------------
// Evaluation
// ---------------------------------------------------------------------------------------------------------------------

/// Tags `dataset` with `adapter` and compares the entities with the data's own. `cancel` may be NULL. Safe to call
/// concurrently. Fails with Status::Mismatch for another model's adapter, Cancelled or InvalidArgument.
inline Expected<Scores> try_evaluate(const Model &model, const Adapter &adapter, const Dataset &dataset,
                                     const CancelToken *cancel = nullptr) {
    if (auto bad = detail::check_given("cancel", cancel); !bad) return bad.error();
    return detail::scores([&](auto scores, auto json, auto err) {
        return ::primer_evaluate(model.get(), adapter.get(), dataset.get(), detail::or_null(cancel), scores, json, err);
    });
}

// ---------------------------------------------------------------------------------------------------------------------
// Positions
// ---------------------------------------------------------------------------------------------------------------------

/// Translates positions of a text from one unit to another. Fails with Status::InvalidUtf8 with Error::byte(), or with
/// InvalidArgument for a position inside a code point or past the end, which the message names.
inline Expected<std::vector<std::size_t>> try_offsets_convert(std::string_view text, Unit from, Unit to,
                                                              Span<const std::size_t> positions) {
    std::vector<std::size_t> converted(positions.size());
    const auto done = detail::done([&](auto err) {
        return ::primer_offsets_convert(text.data(), text.size(), static_cast<std::int32_t>(from),
                                        static_cast<std::int32_t>(to), positions.data(), converted.data(),
                                        converted.size(), err);
    });
    if (!done) return done.error();
    return converted;
}

/// Copies entities of a text with `start` and `end` in another unit; their names stay borrowed from the Result. Fails
/// as try_offsets_convert(), for entities that are not of this text.
inline Expected<std::vector<Entity>> try_entities_convert(std::string_view text, Unit unit,
                                                          Span<const Entity> entities) {
    std::vector<Entity> converted(entities.begin(), entities.end());
    const auto done = detail::done([&](auto err) {
        auto *raw = reinterpret_cast<primer_entity *>(converted.data());
        return ::primer_entities_convert(text.data(), text.size(), static_cast<std::int32_t>(unit), raw, raw,
                                         converted.size(), err);
    });
    if (!done) return done.error();
    return converted;
}

#if PRIMER_EXCEPTIONS
/// As try_log_set(). \throws Error
inline void log_set(LogLevel level, LogFunction function) { try_log_set(level, std::move(function)).value(); }
/// As try_method_by_name(). \throws Error
inline Method method_by_name(const std::string &name) { return try_method_by_name(name).value(); }
/// As try_adapt(). \throws Error, Cancelled, and what the progress function throws.
inline Adapter adapt(const Model &model, const Dataset &train, const AdaptOptions &options = {},
                     const AdaptRun &run = {}) {
    return try_adapt(model, train, options, run).value();
}

/// As try_adapt(). \throws Error, Cancelled, and what the progress function throws.
inline Adapter adapt(const Model &model, const AdaptOptions &options, const AdaptRun &run = {}) {
    return try_adapt(model, options, run).value();
}
/// As try_evaluate(). \throws Error
inline Scores evaluate(const Model &model, const Adapter &adapter, const Dataset &dataset,
                       const CancelToken *cancel = nullptr) {
    return try_evaluate(model, adapter, dataset, cancel).value();
}
/// As try_offsets_convert(). \throws Error
inline std::vector<std::size_t> offsets_convert(std::string_view text, Unit from, Unit to,
                                                Span<const std::size_t> positions) {
    return try_offsets_convert(text, from, to, positions).value();
}
/// As try_entities_convert(). \throws Error
inline std::vector<Entity> entities_convert(std::string_view text, Unit unit, Span<const Entity> entities) {
    return try_entities_convert(text, unit, entities).value();
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// Priming
// ---------------------------------------------------------------------------------------------------------------------

/// Priming, the meta-training of backbones. It may change or go with any minor version; docs/priming.md explains it.
namespace experimental {

// generated: experimental enumerations
/// How a backbone is primed.
enum class Algorithm : std::int32_t {
    /// MAML: the loss after a few steps of what a device will do.
    Maml = PRIMER_ALGORITHM_MAML,
    /// Multi-task training, the baseline: no inner steps.
    MultiTask = PRIMER_ALGORITHM_MULTI_TASK,
    /// Reptile: a share of the way to where the inner steps lead.
    Reptile = PRIMER_ALGORITHM_REPTILE,
};

/// Which gradient MAML takes through the inner steps.
enum class Order : std::int32_t {
    /// MAML as if the inner steps were fixed: the cheapest.
    First = PRIMER_ORDER_FIRST,
    /// The exact gradient through the inner steps.
    Tangents = PRIMER_ORDER_TANGENTS,
    /// The same by central differences of gradients.
    Differences = PRIMER_ORDER_DIFFERENCES,
};

/// What inner steps change.
enum class InnerScope : std::int32_t {
    /// The method's parameters and the head, as a device will.
    Phi = PRIMER_INNER_PHI,
    /// The head alone (ANIL).
    Head = PRIMER_INNER_HEAD,
    /// Everything, the backbone included (plain MAML).
    Everything = PRIMER_INNER_EVERYTHING,
};

/// What is learnt.
enum class OuterScope : std::int32_t {
    /// The backbone, the method's parameters and the head.
    Both = PRIMER_OUTER_BOTH,
    /// The backbone alone.
    Backbone = PRIMER_OUTER_BACKBONE,
    /// The method's parameters and the head alone.
    Phi = PRIMER_OUTER_PHI,
};

/// What an episode tags, and where its head comes from.
enum class EpisodeHead : std::int32_t {
    /// All types, with one head for all tasks, whose rows are parameters.
    Shared = PRIMER_EPISODE_HEAD_SHARED,
    /// Some of the task's types, the rest is O; the head is made anew of the types' names and the support words. What
    /// it is made with is learnt, and becomes the start that the model carries.
    Made = PRIMER_EPISODE_HEAD_MADE,
};

/// How numbers are stored. The values are those that GGUF files know them by.
enum class Storage : std::int32_t {
    /// 32-bit floats.
    F32 = PRIMER_STORAGE_F32,
    /// 16-bit floats.
    F16 = PRIMER_STORAGE_F16,
    /// 4 bits a number and a scale for 32 numbers.
    Q4_0 = PRIMER_STORAGE_Q4_0,
    /// 8 bits a number and a scale for 32 numbers.
    Q8_0 = PRIMER_STORAGE_Q8_0,
    /// The upper half of 32-bit floats.
    Bf16 = PRIMER_STORAGE_BF16,
};

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Algorithm value) noexcept {
    switch (value) {
    case Algorithm::Maml: return "maml";
    case Algorithm::MultiTask: return "multi_task";
    case Algorithm::Reptile: return "reptile";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Order value) noexcept {
    switch (value) {
    case Order::First: return "first";
    case Order::Tangents: return "tangents";
    case Order::Differences: return "differences";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(InnerScope value) noexcept {
    switch (value) {
    case InnerScope::Phi: return "phi";
    case InnerScope::Head: return "head";
    case InnerScope::Everything: return "everything";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(OuterScope value) noexcept {
    switch (value) {
    case OuterScope::Both: return "both";
    case OuterScope::Backbone: return "backbone";
    case OuterScope::Phi: return "phi";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(EpisodeHead value) noexcept {
    switch (value) {
    case EpisodeHead::Shared: return "shared";
    case EpisodeHead::Made: return "made";
    }
    return "unknown";
}

/// A name for people; "unknown" for a value that is not listed.
constexpr std::string_view to_string(Storage value) noexcept {
    switch (value) {
    case Storage::F32: return "f32";
    case Storage::F16: return "f16";
    case Storage::Q4_0: return "q4_0";
    case Storage::Q8_0: return "q8_0";
    case Storage::Bf16: return "bf16";
    }
    return "unknown";
}
// end of generated

// generated: options of prime
/// How a backbone is primed; docs/priming.md explains it.
struct PrimeOptions {
    /// How the model is trained over tasks; initially Algorithm::Maml.
    Algorithm algorithm = static_cast<Algorithm>(initial().algorithm);
    /// MAML: how far its gradient goes; initially Order::First.
    Order order = static_cast<Order>(initial().order);
    /// What inner steps change. Not for multi-task training; initially InnerScope::Phi.
    InnerScope inner_scope = static_cast<InnerScope>(initial().inner_scope);
    /// What is learnt in the end; initially OuterScope::Both.
    OuterScope outer_scope = static_cast<OuterScope>(initial().outer_scope);
    /// Inner steps of an episode; initially 1.
    std::uint32_t inner_steps = initial().inner_steps;
    /// Every inner step sees support sentences of its own; initially false.
    bool fresh_support = initial().fresh_support != 0;
    /// Every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone
    /// carries the gain; initially false.
    bool redraw = initial().redraw != 0;
    /// The query loss counts after every inner step, not after the last alone; initially false.
    bool multi_step_loss = initial().multi_step_loss != 0;
    /// Support sentences of an episode, for each inner step; initially 16.
    std::uint32_t support = initial().support;
    /// Query sentences of an episode; initially 16.
    std::uint32_t query = initial().query;
    /// Episodes in an update; initially 1.
    std::uint32_t episodes = initial().episodes;
    /// Updates; initially 700.
    std::uint32_t steps = initial().steps;
    /// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
    /// memory and the time until a cancellation is noticed; initially 1024.
    std::uint32_t micro_batch_pieces = initial().micro_batch_pieces;
    /// How tags are written: Scheme::Iob2, also the meaning of Scheme::Auto, or Scheme::Bioes; initially Scheme::Auto.
    Scheme scheme = static_cast<Scheme>(initial().scheme);
    /// Updates from one evaluation on the dev tasks to the next; initially 0, for one at the end.
    std::uint32_t evaluate_every = initial().evaluate_every;
    /// Updates from one checkpoint to the next; initially 50.
    std::uint32_t checkpoint_every = initial().checkpoint_every;
    /// The dtype in which the model computes: Precision::F32, which the processor has alone, or on GPUs
    /// Precision::Bf16, which is quicker; initially Precision::F32.
    Precision precision = static_cast<Precision>(initial().precision);
    /// The options of the adaptation that the backbone is prepared for: give the ones that the device will use. Of them
    /// the method, the layers and what starts with adapter_ or lora_ are read, and nothing else; not Method::Full;
    /// initially none, for bottleneck adapters with their usual settings.
    AdaptOptions adaptation = {};
    /// Seed of initialisation and episodes: the same seed gives the same result to the bit; initially 0.
    std::uint64_t seed = initial().seed;
    /// Step size of the inner gradient descent; initially 0.1.
    double inner_rate = initial().inner_rate;
    /// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at inner_rate (Meta-SGD);
    /// initially 0, for step sizes that stay.
    double learn_inner_rate = initial().learn_inner_rate;
    /// Reptile: the share of the way that an update goes; initially 0.1.
    double reptile_rate = initial().reptile_rate;
    /// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for
    /// equal probabilities; initially 0.
    double temperature = initial().temperature;
    /// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two; initially 1e-4.
    double encoder_rate = initial().encoder_rate;
    /// Peak learning rate of the embeddings; initially 1e-4.
    double embedding_rate = initial().embedding_rate;
    /// Peak learning rate of the method's parameters and the head; initially 1e-3.
    double method_rate = initial().method_rate;
    /// A layer's learning rate is that of the layer above times this; initially 1.
    double layer_decay = initial().layer_decay;
    /// AdamW's weight decay, for the encoder's layers alone; initially 0.01.
    double weight_decay = initial().weight_decay;
    /// Share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
    double warmup = initial().warmup;
    /// Largest norm of an update's gradient; 0 for no clipping; initially 1.
    double clip = initial().clip;
    /// The entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
    std::vector<std::string> types = {};
    /// A name for the cards of backbone and adapter; initially empty.
    std::string name = {};
    /// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
    /// initially false.
    bool restart = initial().restart != 0;
    /// What an episode tags, and where its head comes from; initially EpisodeHead::Shared.
    EpisodeHead head = static_cast<EpisodeHead>(initial().head);
    /// With EpisodeHead::Made, the share of the episodes in which the head is made of words alone, without names;
    /// initially 0.3.
    double nameless = initial().nameless;
    /// With EpisodeHead::Made, tokens of a sentence that an episode takes at most; what stands further behind is more
    /// of the same sentence, and costs as much as further sentences; initially 100.
    std::uint32_t episode_tokens = initial().episode_tokens;

    /// The initial values, as primer.h has them.
    static const primer_prime_options &initial() {
        return detail::initial<primer_prime_options, primer_prime_options_init>();
    }
    /// Room for what raw() lends.
    struct Room {
        primer_adapt_options adaptation; ///< adaptation as primer.h has it.
        AdaptOptions::Room of_adaptation; ///< What adaptation lends.
        Strings types; ///< types as primer.h has it.
    };
    /// These options as primer.h has them, borrowed from this object and from `room`, which is overwritten.
    primer_prime_options raw(Room &room) const {
        room.adaptation = adaptation.raw(room.of_adaptation);
        room.types = Strings(types);
        primer_prime_options raw = initial();
        raw.algorithm = static_cast<std::int32_t>(algorithm);
        raw.order = static_cast<std::int32_t>(order);
        raw.inner_scope = static_cast<std::int32_t>(inner_scope);
        raw.outer_scope = static_cast<std::int32_t>(outer_scope);
        raw.inner_steps = inner_steps;
        raw.fresh_support = fresh_support;
        raw.redraw = redraw;
        raw.multi_step_loss = multi_step_loss;
        raw.support = support;
        raw.query = query;
        raw.episodes = episodes;
        raw.steps = steps;
        raw.micro_batch_pieces = micro_batch_pieces;
        raw.scheme = static_cast<std::int32_t>(scheme);
        raw.evaluate_every = evaluate_every;
        raw.checkpoint_every = checkpoint_every;
        raw.precision = static_cast<std::int32_t>(precision);
        raw.adaptation = &room.adaptation;
        raw.seed = seed;
        raw.inner_rate = inner_rate;
        raw.learn_inner_rate = learn_inner_rate;
        raw.reptile_rate = reptile_rate;
        raw.temperature = temperature;
        raw.encoder_rate = encoder_rate;
        raw.embedding_rate = embedding_rate;
        raw.method_rate = method_rate;
        raw.layer_decay = layer_decay;
        raw.weight_decay = weight_decay;
        raw.warmup = warmup;
        raw.clip = clip;
        raw.types = room.types.data();
        raw.type_count = room.types.size();
        raw.name = detail::raw(name);
        raw.restart = restart;
        raw.head = static_cast<std::int32_t>(head);
        raw.nameless = nameless;
        raw.episode_tokens = episode_tokens;
        return raw;
    }
};
// end of generated

/// A named data set, one a language or a domain.
struct Task {
    std::string name;    ///< A name for the log, the report and errors; no two tasks to prime on share one.
    const Dataset *data; ///< The labelled sentences, borrowed until priming ends.
};

/// The state of a priming run.
struct PrimeProgress {
    Stage stage;         ///< Stage::Encode before the first update, Stage::Step after every one.
    std::uint64_t step;  ///< Updates made, those of a checkpoint included.
    std::uint64_t steps; ///< Updates in all.
    double support_loss; ///< Mean support loss before the first inner step; for multi-task training the one loss.
    std::optional<double> query_loss; ///< Mean query loss; for multi-task training the one loss; Reptile has none.
    double gradient_norm;             ///< Norm of the update's gradient before clipping.
    std::optional<double> dev_f1; ///< The dev tasks' mean F1 at the last look, in 0 to 1; none where there is none yet.
    double seconds;               ///< Seconds since the start, those of a checkpoint included.
    double seconds_left;          ///< Estimate of the seconds left.
    std::uint64_t done;           ///< How many sentences of a task are encoded; later, updates made.
    std::uint64_t total;          ///< Of how many.

    /// Of primer.h's.
    explicit PrimeProgress(const primer_prime_progress &raw) noexcept
        : stage(static_cast<Stage>(raw.stage)), step(raw.step), steps(raw.steps), support_loss(raw.support_loss),
          query_loss(detail::known(raw.query_loss)), gradient_norm(raw.gradient_norm),
          dev_f1(detail::known(raw.dev_f1)), seconds(raw.seconds), seconds_left(raw.seconds_left), done(detail::grown(raw, &primer_prime_progress::done)),
          total(detail::grown(raw, &primer_prime_progress::total)) {}
};

/// Is told of progress on the thread that called; as ProgressFunction.
using PrimeProgressFunction = std::function<bool(const PrimeProgress &)>;

/// What else a priming run is given; all may be left out. Objects are borrowed until the run ends.
struct PrimeRun {
    std::vector<Task> dev = {};       ///< Tasks whose F1 is told along the way.
    const Adapter *initial = nullptr; ///< An adapter of the same method to start from.
    /// A file that keeps the state: where it exists and belongs to the same run, priming goes on from it. It stays
    /// after the run: remove it when what came out is saved.
    Path checkpoint = {};
    Path log = {};                       ///< A file that gets one JSON object a line for every update.
    PrimeProgressFunction progress = {}; ///< Is told while data is encoded and of every update.
    const CancelToken *cancel = nullptr; ///< Stops the run from any thread.
};

/// A primed backbone in memory, with the starting point of its method. Immutable and safe to share between threads.
class Primed : public detail::Handle<primer_primed, primer_primed_free> {
public:
    /// Takes over a handle of primer.h.
    explicit Primed(primer_primed *handle) noexcept : Handle(handle) {}

    /// Writes the backbone to one GGUF file, with tokenizer and card, and, where `adapter` is given, the method's
    /// starting point to another file. The adapter belongs to the backbone as it was written. Fails with Status::Io, or
    /// with InvalidArgument, also for a storage that the model's widths do not allow.
    Expected<void> try_save_model(const Path &path, Storage embedding, Storage encoder,
                                  const Path &adapter = {}) const {
        if (auto bad = detail::all(
                {detail::check_string("path", path.string()), detail::check_string("adapter", adapter.string())});
            !bad)
            return bad;
        return detail::done([&](auto err) {
            return ::primer_primed_save_model(get(), path.string().c_str(), static_cast<std::int32_t>(embedding),
                                              static_cast<std::int32_t>(encoder), detail::or_null(adapter), err);
        });
    }
    /// The method's starting point, bound to `model`, which was loaded from what try_save_model() wrote. It tags the
    /// primed entity types as it is, and adapt() starts from it. Fails with Status::Mismatch for a model of another
    /// shape.
    Expected<Adapter> try_adapter(const Model &model) const {
        return detail::make<Adapter, primer_adapter>(
            [&](auto out, auto err) { return ::primer_primed_adapter(get(), model.get(), out, err); });
    }
    /// The record of the run, a JSON object. Fails after a move alone.
    Expected<std::string> try_report() const {
        const auto json = detail::make<Buffer, primer_buffer>(
            [&](auto out, auto err) { return ::primer_primed_report(get(), out, err); });
        if (!json) return json.error();
        return std::string(json->text());
    }

#if PRIMER_EXCEPTIONS
    /// As try_save_model(). \throws Error
    void save_model(const Path &path, Storage embedding, Storage encoder, const Path &adapter = {}) const {
        try_save_model(path, embedding, encoder, adapter).value();
    }
    /// As try_adapter(). \throws Error
    Adapter adapter(const Model &model) const { return try_adapter(model).value(); }
    /// As try_report(). \throws Error
    std::string report() const { return try_report().value(); }
#endif
};

/// Primes `model` on `tasks`: meta-learning that prepares it for adaptation by one method, and the method's starting
/// point with it. Safe to call concurrently, unless with one checkpoint or log.
///
/// Fails with Status::Data, naming the task, for one with fewer sentences than an episode takes, without entities, or
/// with a type that the options lack; Mismatch for an initial adapter of another method or model, or another run's
/// checkpoint; NonFinite where training diverges; Io for checkpoint and log; Cancelled; InvalidArgument.
inline Expected<Primed> try_prime(const Model &model, Span<const Task> tasks, const PrimeOptions &options = {},
                                  const PrimeRun &run = {}) {
    if (auto bad = detail::all({detail::check_given("initial", run.initial), detail::check_given("cancel", run.cancel),
                                detail::check_string("checkpoint", run.checkpoint.string()),
                                detail::check_string("log", run.log.string())});
        !bad)
        return bad.error();
    const auto raw_tasks = [](Span<const Task> given) {
        std::vector<primer_task> raw;
        for (const Task &task : given) raw.push_back({detail::raw(task.name), detail::or_null(task.data)});
        return raw;
    };
    const std::vector<primer_task> train = raw_tasks(tasks), dev = raw_tasks(run.dev);
    PrimeOptions::Room room;
    const primer_prime_options raw = options.raw(room);
    detail::Relay<primer_prime_progress, PrimeProgress> relay(run.progress);
    auto primed = detail::make<Primed, primer_primed>([&](auto out, auto err) {
        return ::primer_prime(model.get(), train.data(), train.size(), dev.data(), dev.size(),
                              detail::or_null(run.initial), &raw, detail::or_null(run.checkpoint),
                              detail::or_null(run.log), relay.callback(), &relay, detail::or_null(run.cancel), out,
                              err);
    });
    relay.rethrow();
    return primed;
}

#if PRIMER_EXCEPTIONS
/// As try_prime(). \throws Error, Cancelled, and what the progress function throws.
inline Primed prime(const Model &model, Span<const Task> tasks, const PrimeOptions &options = {},
                    const PrimeRun &run = {}) {
    return try_prime(model, tasks, options, run).value();
}
#endif

} // namespace experimental
} // namespace PRIMER_INLINE_NAMESPACE
} // namespace primer

#if __cplusplus >= 202002L
/// What a Span refers to lives on without it.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<primer::Span<T>> = true;
/// A Span does not own what it shows.
template <class T>
inline constexpr bool std::ranges::enable_view<primer::Span<T>> = true;
#endif

#endif // PRIMER_HPP
