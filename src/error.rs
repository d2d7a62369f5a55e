//! One error for the whole library: what went wrong, of which kind, and where.
//!
//! The detail is private, so that messages can improve without breaking anybody; [`Error::kind`] is what programs
//! decide on. Every kind is one status code of the C interface.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of thing went wrong. The numbers are the C interface's status codes: never reused, never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument or option has a value that cannot be used.
    InvalidArgument = 1,
    /// Text is not valid UTF-8; [`Error::byte`] is the first bad byte.
    InvalidUtf8 = 2,
    /// The operating system refused: no such file, no permission, disk full.
    Io = 3,
    /// A model, tokenizer or adapter file is damaged or not what it claims to be.
    Format = 4,
    /// Labelled data cannot be read; [`Error::file`] and [`Error::line`] say where.
    Data = 5,
    /// Two things that are fine by themselves do not fit: an adapter and another backbone.
    Mismatch = 6,
    /// A file is well formed but asks for something that this library does not do.
    Unsupported = 7,
    /// The caller asked to stop.
    Cancelled = 8,
    /// The handle is in use by another thread.
    Busy = 9,
    /// A loss or a gradient is not finite.
    NonFinite = 10,
    /// Something is larger than the limit that protects the process.
    TooLarge = 11,
    /// A computation failed inside the tensor library or on the device.
    Compute = 12,
    /// A defect of this library: a panic was caught at the boundary.
    Panic = 13,
    /// A device's memory does not hold what was asked of it. Smaller batches may fit; the model can be used on.
    OutOfMemory = 14,
    /// The device that was asked for is not there, or cannot be used.
    Device = 15,
    /// A checkpoint is one of a run with other data, options or backbone.
    Stale = 16,
}

impl ErrorKind {
    /// Every kind, in the order of the numbers.
    pub const ALL: [ErrorKind; 16] = [
        ErrorKind::InvalidArgument,
        ErrorKind::InvalidUtf8,
        ErrorKind::Io,
        ErrorKind::Format,
        ErrorKind::Data,
        ErrorKind::Mismatch,
        ErrorKind::Unsupported,
        ErrorKind::Cancelled,
        ErrorKind::Busy,
        ErrorKind::NonFinite,
        ErrorKind::TooLarge,
        ErrorKind::Compute,
        ErrorKind::Panic,
        ErrorKind::OutOfMemory,
        ErrorKind::Device,
        ErrorKind::Stale,
    ];

    /// The kind's name as the C header spells it after `PRIMER_ERR_`.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::InvalidArgument => "INVALID_ARGUMENT",
            ErrorKind::InvalidUtf8 => "INVALID_UTF8",
            ErrorKind::Io => "IO",
            ErrorKind::Format => "FORMAT",
            ErrorKind::Data => "DATA",
            ErrorKind::Mismatch => "MISMATCH",
            ErrorKind::Unsupported => "UNSUPPORTED",
            ErrorKind::Cancelled => "CANCELLED",
            ErrorKind::Busy => "BUSY",
            ErrorKind::NonFinite => "NON_FINITE",
            ErrorKind::TooLarge => "TOO_LARGE",
            ErrorKind::Compute => "COMPUTE",
            ErrorKind::Panic => "PANIC",
            ErrorKind::OutOfMemory => "OUT_OF_MEMORY",
            ErrorKind::Device => "DEVICE",
            ErrorKind::Stale => "STALE",
        }
    }
}

/// An error: a kind, a message for people, and the place that it is about.
pub struct Error(Box<Detail>);

struct Detail {
    kind: ErrorKind,
    message: String,
    /// Where `message` names options.
    options: Vec<Range<usize>>,
    file: Option<PathBuf>,
    line: Option<u64>,
    byte: Option<u64>,
    tensor: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Detail {
            kind,
            message: message.into(),
            options: Vec::new(),
            file: None,
            line: None,
            byte: None,
            tensor: None,
            source: None,
        }))
    }

    pub(crate) fn argument(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidArgument, message)
    }

    /// An argument error about options, which `message` names by [`OptionName`].
    pub(crate) fn option(message: &str) -> Error {
        Error::about_options(ErrorKind::InvalidArgument, message)
    }

    /// An error of any kind whose `message` names options by [`OptionName`].
    pub(crate) fn about_options(kind: ErrorKind, message: &str) -> Error {
        let (mut plain, mut options) = (String::with_capacity(message.len()), Vec::new());
        for (i, part) in message.split(OPTION_MARK).enumerate() {
            let start = plain.len();
            plain.push_str(part);
            if i % 2 == 1 {
                options.push(start..plain.len());
            }
        }
        let mut e = Error::new(kind, plain);
        e.0.options = options;
        e
    }

    pub(crate) fn format(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Format, message)
    }

    pub(crate) fn data(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Data, message)
    }

    pub(crate) fn mismatch(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Mismatch, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, message)
    }

    pub(crate) fn cancelled() -> Error {
        Error::new(ErrorKind::Cancelled, "cancelled by the caller")
    }

    /// The operating system's error `e` while doing `what` ("cannot read") with `path`.
    pub(crate) fn io(what: &str, path: &Path, e: std::io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("{what}: {e}")).in_file(path).caused_by(e)
    }

    /// The same with another message, which names no option.
    pub(crate) fn with_message(mut self, message: String) -> Error {
        self.0.options.clear();
        self.0.message = message;
        self
    }

    /// Says before the message what it is about.
    pub(crate) fn with_prefix(mut self, prefix: &str) -> Error {
        self.0.message.insert_str(0, prefix);
        for option in &mut self.0.options {
            *option = option.start + prefix.len()..option.end + prefix.len();
        }
        self
    }

    /// Names the file, unless a place closer to the cause has named one already.
    pub(crate) fn in_file(mut self, path: impl Into<PathBuf>) -> Error {
        self.0.file.get_or_insert_with(|| path.into());
        self
    }

    pub(crate) fn at_line(mut self, line: u64) -> Error {
        self.0.line.get_or_insert(line);
        self
    }

    pub(crate) fn at_byte(mut self, byte: u64) -> Error {
        self.0.byte.get_or_insert(byte);
        self
    }

    pub(crate) fn about_tensor(mut self, name: impl Into<String>) -> Error {
        self.0.tensor.get_or_insert_with(|| name.into());
        self
    }

    pub(crate) fn caused_by(mut self, e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.0.source = Some(e.into());
        self
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without its place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The message without its place, with the names of options as the caller writes them: `name` is given the name of the
    /// field in the options' structs, such as `lora_rank`, and says for instance `--lora-rank`.
    pub fn message_as(&self, name: impl Fn(&str) -> String) -> String {
        let Detail { message, options, .. } = &*self.0;
        let (mut text, mut end) = (String::with_capacity(message.len()), 0);
        for option in options {
            text += &message[end..option.start];
            text += &name(&message[option.clone()]);
            end = option.end;
        }
        text + &message[end..]
    }

    /// The error as it is displayed, with the names of options as in [`Error::message_as`].
    pub fn display_as(&self, name: impl Fn(&str) -> String) -> String {
        self.with_place(&self.message_as(name))
    }

    /// The names of the options that the message is about, as the options' structs have them.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.0.options.iter().map(|option| &self.0.message[option.clone()])
    }

    fn with_place(&self, message: &str) -> String {
        let d = &self.0;
        let mut text = match (&d.file, d.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", file.display()),
            (Some(file), None) => format!("{}: ", file.display()),
            (None, Some(line)) => format!("line {line}: "),
            (None, None) => String::new(),
        };
        text += message;
        if let Some(tensor) = &d.tensor {
            text += &format!(" (tensor {tensor})");
        }
        if let Some(byte) = d.byte {
            text += &format!(" (byte {byte})");
        }
        text
    }

    /// The file that the error is about.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The line in that file or text, from 1.
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The byte in that file, line or text, from 0.
    pub fn byte(&self) -> Option<u64> {
        self.0.byte
    }

    /// The tensor that the error is about.
    pub fn tensor(&self) -> Option<&str> {
        self.0.tensor.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_place(&self.0.message))
    }
}

/// Stands before and behind an option's name in a message that is still being made.
const OPTION_MARK: char = '\u{2}';

/// The name of an option in a message for [`Error::option`].
pub(crate) struct OptionName<'a>(pub &'a str);

impl fmt::Display for OptionName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPTION_MARK}{}{OPTION_MARK}", self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_named_as_the_caller_writes_them() {
        let (rank, alpha) = (OptionName("lora_rank"), OptionName("lora_alpha"));
        let e = Error::option(&format!("{rank} is 0; {alpha} is {:?}", "a\u{2}b")).in_file("plan");
        assert_eq!(e.message(), "lora_rank is 0; lora_alpha is \"a\\u{2}b\"");
        let flag = |name: &str| format!("--{}", name.replace('_', "-"));
        assert_eq!(e.message_as(flag), "--lora-rank is 0; --lora-alpha is \"a\\u{2}b\"");
        assert_eq!(e.display_as(flag), format!("plan: {}", e.message_as(flag)));
        assert_eq!(e.to_string(), format!("plan: {}", e.message()));
        assert_eq!(e.options().collect::<Vec<_>>(), ["lora_rank", "lora_alpha"]);
        let plain = Error::argument("lora_rank is 0");
        assert_eq!((plain.message_as(flag), plain.options().count()), ("lora_rank is 0".to_owned(), 0));
    }

    #[test]
    fn display_names_the_place_once() {
        let e = Error::data("unknown tag \"X\"").at_line(7).in_file("a.conll").in_file("outer");
        assert_eq!(e.to_string(), "a.conll:7: unknown tag \"X\"");
        assert_eq!((e.kind(), e.line()), (ErrorKind::Data, Some(7)));
        let e = Error::format("too short").about_tensor("w").at_byte(3);
        assert_eq!(e.to_string(), "too short (tensor w) (byte 3)");
    }
}
