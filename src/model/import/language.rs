//! Which pieces a language can use, told by its letters alone.

use crate::error::{Error, Result};

/// A script: the blocks of code points that its letters and marks stand in.
pub(super) struct Script {
    blocks: &'static [(u32, u32)],
}

const fn script(blocks: &'static [(u32, u32)]) -> Script {
    Script { blocks }
}

const LATIN: Script =
    script(&[(0x41, 0x5a), (0x61, 0x7a), (0xaa, 0xaa), (0xba, 0xba), (0xc0, 0x2af), (0x1e00, 0x1eff)]);
const GREEK: Script = script(&[(0x370, 0x3ff), (0x1f00, 0x1fff)]);
const CYRILLIC: Script = script(&[(0x400, 0x52f), (0x1c80, 0x1c8f), (0xa640, 0xa69f)]);
const ARMENIAN: Script = script(&[(0x530, 0x58f)]);
const HEBREW: Script = script(&[(0x590, 0x5ff), (0xfb1d, 0xfb4f)]);
const ARABIC: Script = script(&[(0x600, 0x6ff), (0x750, 0x77f), (0x8a0, 0x8ff), (0xfb50, 0xfdff), (0xfe70, 0xfefe)]);
const ETHIOPIC: Script = script(&[(0x1200, 0x139f), (0x2d80, 0x2ddf)]);
const DEVANAGARI: Script = script(&[(0x900, 0x963), (0x966, 0x97f)]);
const BENGALI: Script = script(&[(0x980, 0x9ff)]);
const GURMUKHI: Script = script(&[(0xa00, 0xa7f)]);
const GUJARATI: Script = script(&[(0xa80, 0xaff)]);
const ORIYA: Script = script(&[(0xb00, 0xb7f)]);
const TAMIL: Script = script(&[(0xb80, 0xbff)]);
const TELUGU: Script = script(&[(0xc00, 0xc7f)]);
const KANNADA: Script = script(&[(0xc80, 0xcff)]);
const MALAYALAM: Script = script(&[(0xd00, 0xd7f)]);
const SINHALA: Script = script(&[(0xd80, 0xdff)]);
const THAI: Script = script(&[(0xe00, 0xe7f)]);
const LAO: Script = script(&[(0xe80, 0xeff)]);
const MYANMAR: Script = script(&[(0x1000, 0x109f), (0xa9e0, 0xa9ff), (0xaa60, 0xaa7f)]);
const GEORGIAN: Script = script(&[(0x10a0, 0x10ff), (0x1c90, 0x1cbf), (0x2d00, 0x2d2f)]);
const KHMER: Script = script(&[(0x1780, 0x17ff)]);
pub(super) const HAN: Script = script(&[(0x3400, 0x9fff), (0xf900, 0xfaff), (0x20000, 0x3ffff)]);
pub(super) const HANGUL: Script = script(&[(0x1100, 0x11ff), (0x3130, 0x318f), (0xac00, 0xd7ff)]);
const JAPANESE: Script = script(&[(0x3005, 0x3007), (0x3040, 0x30ff), (0x3400, 0x9fff), (0xf900, 0xfaff)]);

impl Script {
    pub(super) fn has(&self, c: char) -> bool {
        self.blocks.iter().any(|(first, last)| (*first..=*last).contains(&(c as u32)))
    }
}

/// How a language is written.
pub(super) struct Language {
    /// ISO 639 code.
    pub(super) code: &'static str,
    script: &'static Script,
    /// The small letters that it uses; empty means all of the script.
    alphabet: &'static str,
    /// Letters that few other languages of the script share: pieces with one come before all others.
    typical: &'static str,
}

const fn language(code: &'static str, script: &'static Script) -> Language {
    Language { code, script, alphabet: "", typical: "" }
}

const A_TO_Z: &str = "abcdefghijklmnopqrstuvwxyz";

/// The languages that can be told by their letters.
static LANGUAGES: [Language; 39] = [
    language("am", &ETHIOPIC),
    language("ar", &ARABIC),
    language("bg", &CYRILLIC),
    language("bn", &BENGALI),
    language("el", &GREEK),
    Language { code: "en", script: &LATIN, alphabet: A_TO_Z, typical: "" },
    Language { code: "fa", script: &ARABIC, alphabet: "", typical: "پچژگ" },
    language("gu", &GUJARATI),
    language("he", &HEBREW),
    language("hi", &DEVANAGARI),
    language("hy", &ARMENIAN),
    Language { code: "id", script: &LATIN, alphabet: A_TO_Z, typical: "" },
    language("ja", &JAPANESE),
    language("ka", &GEORGIAN),
    Language {
        code: "kk",
        script: &CYRILLIC,
        alphabet: "абвгдежзийклмнопрстуфхцчшщъыьэюяёәғқңөұүһі",
        typical: "әғқңөұүһ",
    },
    language("km", &KHMER),
    language("kn", &KANNADA),
    language("ko", &HANGUL),
    language("lo", &LAO),
    language("ml", &MALAYALAM),
    Language { code: "mr", script: &DEVANAGARI, alphabet: "", typical: "ळ" },
    Language { code: "ms", script: &LATIN, alphabet: A_TO_Z, typical: "" },
    language("my", &MYANMAR),
    language("ne", &DEVANAGARI),
    language("or", &ORIYA),
    language("pa", &GURMUKHI),
    language("ru", &CYRILLIC),
    Language { code: "so", script: &LATIN, alphabet: A_TO_Z, typical: "" },
    language("si", &SINHALA),
    language("sr", &CYRILLIC),
    Language { code: "sw", script: &LATIN, alphabet: "abcdefghijklmnoprstuvwyz", typical: "" },
    language("ta", &TAMIL),
    language("te", &TELUGU),
    language("th", &THAI),
    Language { code: "tl", script: &LATIN, alphabet: "abcdefghijklmnopqrstuvwxyzñ", typical: "" },
    Language { code: "uk", script: &CYRILLIC, alphabet: "", typical: "іїєґ" },
    Language {
        code: "ur",
        script: &ARABIC,
        alphabet: "ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوؤہۂۃھءیئےۓآأ",
        typical: "ٹڈڑںےھہۂۓ",
    },
    Language {
        code: "vi",
        script: &LATIN,
        alphabet: "",
        typical: "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    },
    language("zh", &HAN),
];

/// How well a piece fits a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// All its letters are the language's.
    Possible,
    /// And one of them few other languages have.
    Typical,
}

impl Language {
    /// The language of an ISO 639 code.
    pub(super) fn of(code: &str) -> Result<&'static Language> {
        LANGUAGES.iter().find(|l| l.code == code).ok_or_else(|| {
            let all: Vec<_> = LANGUAGES.iter().map(|l| l.code).collect();
            Error::argument(format!(
                "no letters are known for the language {code:?}, only for {}; give text of it instead",
                all.join(" ")
            ))
        })
    }

    /// Whether the language can use a piece, bare of the marks that tokenizers put before it. A piece without a letter
    /// belongs to no language.
    pub(super) fn fit(&self, piece: &str) -> Option<Fit> {
        let (mut letters, mut typical) = (false, false);
        for c in piece.chars().filter(|c| c.is_alphabetic()) {
            if !self.script.has(c) {
                return None;
            }
            letters = true;
            let is_in = |set: &str| set.contains(c) || c.to_lowercase().all(|c| set.contains(c));
            if !self.alphabet.is_empty() && !is_in(self.alphabet) {
                return None;
            }
            typical |= is_in(self.typical);
        }
        letters.then_some(if typical { Fit::Typical } else { Fit::Possible })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_belong_to_the_languages_whose_letters_they_have() {
        for (code, piece, fit) in [
            ("kk", "Қазақстан", Some(Fit::Typical)),
            ("kk", "город", Some(Fit::Possible)),
            ("kk", "који", None),
            ("ka", "თბილისი", Some(Fit::Possible)),
            ("ka", "город", None),
            ("ta", "தமிழ்", Some(Fit::Possible)),
            ("bn", "বাংলা", Some(Fit::Possible)),
            ("te", "తెలుగు", Some(Fit::Possible)),
            ("ml", "കേരളം", Some(Fit::Possible)),
            ("mr", "मराठी", Some(Fit::Possible)),
            ("mr", "मिळ", Some(Fit::Typical)),
            ("ur", "میں", Some(Fit::Typical)),
            ("ur", "عربي", None),
            ("sw", "katika", Some(Fit::Possible)),
            ("sw", "että", None),
            ("tl", "12", None),
            ("tl", "", None),
        ] {
            assert_eq!(Language::of(code).unwrap().fit(piece), fit, "{code} {piece}");
        }
    }

    #[test]
    fn an_unknown_language_is_an_error_that_lists_the_known() {
        let e = Language::of("xx").err().unwrap();
        assert!(e.message().contains("bn") && e.message().contains("give text"));
    }
}
