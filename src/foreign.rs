//! Files that are not read here, told by their first bytes: what each is and what can be done with it.
//!
//! Readers ask when they have failed: a name says what a file should be, its first bytes say what it is.

use crate::error::Error;

/// A kind of file that is often found under a name that a reader expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// The stand-in that Git keeps for a large file.
    LfsPointer,
    /// A page or message in HTML or XML, as a failed download leaves it.
    WebPage,
    /// Python's pickle.
    Pickle,
    /// A ZIP archive: PyTorch's pickles, office documents.
    Zip,
    /// HDF5: weights of TensorFlow and Keras.
    Hdf5,
    /// One file that was compressed, or an archive of several.
    Gzip,
    /// As [`Gzip`](Foreign::Gzip).
    Bzip2,
    /// As [`Gzip`](Foreign::Gzip).
    Xz,
    /// As [`Gzip`](Foreign::Gzip).
    Zstandard,
    /// As [`Gzip`](Foreign::Gzip).
    SevenZip,
    /// Columns of Apache Parquet.
    Parquet,
    /// Columns of Apache Arrow, as `datasets` keeps them.
    Arrow,
    /// A PDF document.
    Pdf,
    /// An office document before there were ZIP archives of XML.
    Office,
    /// An SQLite database, as Prodigy has one.
    Sqlite,
    /// A model in the GGUF format.
    Gguf,
    /// Its predecessors.
    Ggml,
    /// A safetensors file.
    Safetensors,
    /// A SentencePiece model.
    SentencePiece,
    /// An ONNX model.
    Onnx,
    /// No byte at all.
    Empty,
}

/// How to write a PyTorch pickle's tensors as safetensors, for messages.
pub(crate) const UNPICKLE: &str = "in Python: from safetensors.torch import save_file; \
    save_file(torch.load(\"FILE.bin\", map_location=\"cpu\", weights_only=True), \"FILE.safetensors\", \
    metadata={\"format\": \"pt\"})";

/// How to let `transformers` write what is read here, for messages.
pub(crate) const SAVE_AGAIN: &str = "in Python: AutoModel.from_pretrained(FOLDER).save_pretrained(NEW); \
    AutoTokenizer.from_pretrained(FOLDER).save_pretrained(NEW)";

/// The first bytes of files that are not text.
const MAGIC: [(&[u8], Foreign); 22] = [
    (b"PK\x03\x04", Foreign::Zip),
    (b"\x1f\x8b", Foreign::Gzip),
    (b"BZh", Foreign::Bzip2),
    (b"\xfd7zXZ\0", Foreign::Xz),
    (b"\x28\xb5\x2f\xfd", Foreign::Zstandard),
    (b"7z\xbc\xaf", Foreign::SevenZip),
    (b"PAR1", Foreign::Parquet),
    (b"ARROW1", Foreign::Arrow),
    // A stream of Arrow: the mark of a message that goes on, its length, and a flat buffer's offset.
    (b"\xff\xff\xff\xff", Foreign::Arrow),
    (b"%PDF-", Foreign::Pdf),
    (b"\xd0\xcf\x11\xe0", Foreign::Office),
    (b"SQLite format 3\0", Foreign::Sqlite),
    (b"\x89HDF\r\n\x1a\n", Foreign::Hdf5),
    (b"\x80\x02", Foreign::Pickle),
    (b"\x80\x03", Foreign::Pickle),
    (b"\x80\x04", Foreign::Pickle),
    (b"\x80\x05", Foreign::Pickle),
    (b"GGUF", Foreign::Gguf),
    (b"lmgg", Foreign::Ggml),
    (b"fmgg", Foreign::Ggml),
    (b"tjgg", Foreign::Ggml),
    (b"algg", Foreign::Ggml),
];

/// Bytes within which a file whose first ones are letters shows that it is no text.
const NEAR: usize = 64;

impl Foreign {
    /// What `bytes` are by their first few alone. Letters that begin a text (`PAR1`, the name of a gene) are none.
    fn by_magic(bytes: &[u8]) -> Option<Foreign> {
        let near = &bytes[..bytes.len().min(NEAR)];
        let text = || {
            let control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r');
            !near.iter().any(control) && std::str::from_utf8(near).map_or_else(|e| e.error_len().is_none(), |_| true)
        };
        let (_, found) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic))?;
        (*found == Foreign::Pdf || !text()).then_some(*found)
    }

    /// What `bytes`, the beginning of a file that should be text, are; nothing for what may be text.
    pub(crate) fn of_text(bytes: &[u8]) -> Option<Foreign> {
        Foreign::by_magic(bytes).or_else(|| is_safetensors(bytes).then_some(Foreign::Safetensors))
    }

    /// What `bytes`, the whole file or its beginning, are; nothing where they are none of these.
    pub(crate) fn of(bytes: &[u8]) -> Option<Foreign> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let tag = |name: &str| text.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes()));
        Some(if bytes.is_empty() {
            Foreign::Empty
        } else if starts(b"version https://git-lfs") {
            Foreign::LfsPointer
        } else if ["<!doctype", "<html", "<?xml", "<head", "<error", "<body"].into_iter().any(tag) {
            Foreign::WebPage
        } else if let Some(found) = Foreign::by_magic(bytes) {
            found
        } else if is_safetensors(bytes) {
            Foreign::Safetensors
        } else if bytes[0] == 0x0a && bytes[..bytes.len().min(64)].windows(5).any(|w| w == b"<unk>") {
            Foreign::SentencePiece
        } else if matches!(bytes, [0x08, 1..=32, 0x12, length, rest @ ..]
            if rest.get(..usize::from(*length)).is_some_and(|name| name.is_ascii()))
        {
            Foreign::Onnx
        } else {
            return None;
        })
    }

    /// What the file is, with its article.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Foreign::LfsPointer => "a Git LFS pointer, not the file that it stands for",
            Foreign::WebPage => "a web page (HTML or XML), as a failed download leaves it",
            Foreign::Pickle => "a Python pickle",
            Foreign::Zip => "a ZIP archive (a PyTorch pickle, an office document)",
            Foreign::Hdf5 => "an HDF5 file, as TensorFlow and Keras write",
            Foreign::Gzip => "a gzip archive",
            Foreign::Bzip2 => "a bzip2 archive",
            Foreign::Xz => "an xz archive",
            Foreign::Zstandard => "a Zstandard archive",
            Foreign::SevenZip => "a 7z archive",
            Foreign::Parquet => "a Parquet file",
            Foreign::Arrow => "an Arrow file",
            Foreign::Pdf => "a PDF document",
            Foreign::Office => "an office document",
            Foreign::Sqlite => "an SQLite database",
            Foreign::Gguf => "a GGUF file",
            Foreign::Ggml => "a GGML file, older than GGUF",
            Foreign::Safetensors => "a safetensors file",
            Foreign::SentencePiece => "a SentencePiece model",
            Foreign::Onnx => "an ONNX model",
            Foreign::Empty => "an empty file",
        }
    }

    /// What can be done.
    pub(crate) fn remedy(self) -> String {
        match self {
            Foreign::LfsPointer => "fetch the file itself with `git lfs pull`, or download it".to_owned(),
            Foreign::WebPage | Foreign::Empty => "download the file again".to_owned(),
            Foreign::Pickle | Foreign::Zip => format!("it is not opened, since that can run code; {UNPICKLE}"),
            Foreign::Hdf5 => {
                "load it with from_tf=True in a version of transformers that reads TensorFlow weights, and \
                write it with save_pretrained"
                    .to_owned()
            }
            Foreign::Gzip | Foreign::Bzip2 | Foreign::Xz | Foreign::Zstandard | Foreign::SevenZip => {
                "unpack it first".to_owned()
            }
            Foreign::Parquet | Foreign::Arrow | Foreign::Pdf | Foreign::Office | Foreign::Sqlite => {
                "it holds no model; give another file".to_owned()
            }
            Foreign::Gguf | Foreign::Ggml | Foreign::Onnx => {
                "what is read: a GGUF file that `primer import` wrote, or a Hugging Face folder".to_owned()
            }
            Foreign::Safetensors => {
                "a model is a whole folder (config.json, model.safetensors, tokenizer.json): give the folder".to_owned()
            }
            Foreign::SentencePiece => format!("tokenizer.json is needed; {SAVE_AGAIN}"),
        }
    }

    /// What can be done where text or labelled data was wanted.
    pub(crate) fn remedy_for_text(self) -> &'static str {
        match self {
            Foreign::Gzip => "unpack it first (gunzip)",
            Foreign::Bzip2 => "unpack it first (bunzip2)",
            Foreign::Xz => "unpack it first (unxz)",
            Foreign::Zstandard => "unpack it first (unzstd)",
            Foreign::SevenZip => "unpack it first",
            Foreign::Zip => "unpack it, or save the sheet as tab-separated text",
            Foreign::Parquet => "write it as JSON Lines first (in Python: datasets.Dataset.from_parquet(F).to_json(G))",
            Foreign::Arrow => "write it as JSON Lines first (in Python: datasets.Dataset.from_file(F).to_json(G))",
            Foreign::Pdf => "take the text out of it first",
            Foreign::Office => "save it as text in UTF-8",
            Foreign::Sqlite => "export its annotations first (prodigy db-out, for instance)",
            Foreign::Pickle => {
                "it is not opened, since that can run code; write JSON Lines or CoNLL in Python (spaCy: see \
                 `DocBin` and `offsets_to_biluo_tags`)"
            }
            Foreign::LfsPointer => "fetch the file itself with `git lfs pull`, or download it",
            Foreign::WebPage | Foreign::Empty => "download the file again",
            Foreign::Hdf5
            | Foreign::Gguf
            | Foreign::Ggml
            | Foreign::Safetensors
            | Foreign::SentencePiece
            | Foreign::Onnx => "a model or an adapter holds no text; give a file of text or labelled data",
        }
    }

    /// `otherwise`, or where `bytes` are one of these files, a `Format` error that says which. `wanted` is what they should
    /// have been ("a GGUF file").
    pub(crate) fn or(bytes: &[u8], wanted: &str, otherwise: Error) -> Error {
        match Foreign::of(bytes).filter(|found| found.what() != wanted) {
            None => otherwise,
            Some(found) => Error::format(format!("not {wanted}, but {}: {}", found.what(), found.remedy())),
        }
    }
}

/// True for a header length below 100 MB (the format's limit) with a JSON object behind it.
fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|n| (2..100_000_000).contains(&u64::from_le_bytes(*n)))
        && bytes.get(8) == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const KNOWN: [(&[u8], Foreign); 23] = [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", Foreign::LfsPointer),
        (b"<!DOCTYPE html>\n<html>", Foreign::WebPage),
        (b"\xef\xbb\xbf\r\n  <HTML lang=en>", Foreign::WebPage),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", Foreign::WebPage),
        (b"PK\x03\x04\0\0", Foreign::Zip),
        (b"BZh91AY&SY\x0c\xa6", Foreign::Bzip2),
        (b"PAR1\x15\x04", Foreign::Parquet),
        (b"ARROW1\0\0", Foreign::Arrow),
        (b"%PDF-1.4\n", Foreign::Pdf),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", Foreign::Office),
        (b"SQLite format 3\0", Foreign::Sqlite),
        (b"\x80\x02\x8a\x0a", Foreign::Pickle),
        (b"\x89HDF\r\n\x1a\n\0", Foreign::Hdf5),
        (b"\x1f\x8b\x08", Foreign::Gzip),
        (b"GGUF\x03\0\0\0", Foreign::Gguf),
        (b"lmgg\x01", Foreign::Ggml),
        (b"\x02\0\0\0\0\0\0\0{}", Foreign::Safetensors),
        (b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02", Foreign::SentencePiece),
        (b"\x08\x07\x12\x07pytorch\x1a", Foreign::Onnx),
        (b"", Foreign::Empty),
        (b"\xfd7zXZ\0", Foreign::Xz),
        (b"tjgg\x01", Foreign::Ggml),
        (b"\x80\x05\x95", Foreign::Pickle),
    ];

    #[test]
    fn files_are_told_by_their_first_bytes_and_each_has_a_remedy() {
        for (bytes, kind) in KNOWN {
            assert_eq!(Foreign::of(bytes), Some(kind), "{}", String::from_utf8_lossy(bytes));
            let e = Foreign::or(bytes, "a list", Error::data("other"));
            assert!(e.message().contains(kind.what()) && e.message().contains(&kind.remedy()), "{e}");
            assert_eq!(Foreign::or(bytes, kind.what(), Error::data("other")).kind(), ErrorKind::Data);
        }
    }

    #[test]
    fn texts_and_noise_are_nothing_special() {
        let long = "word\tO\n".repeat(40);
        for text in ["PAR1\tB-GENE\n", "GGUF is", "BZh\tO\n", "7z\tO\n", "ARROW1\tB-GENE\n", "Anna\tO\n"] {
            assert_eq!((Foreign::of(text.as_bytes()), Foreign::of_text(text.as_bytes())), (None, None), "{text}");
        }
        for bytes in [&b"{\"a\": 1}"[..], b"Ada lives", long.as_bytes(), b"\xff\xfe{\0", &[0; 64], b"\n<unk", b"<s>"] {
            assert_eq!(Foreign::of(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn no_beginning_of_a_known_file_panics() {
        for (bytes, _) in KNOWN {
            (0..bytes.len()).for_each(|end| _ = Foreign::of(&bytes[..end]));
        }
    }
}
