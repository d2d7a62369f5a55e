//! Abbreviations behind whose full stop a sentence goes on, in several languages.

use std::collections::HashSet;

use once_cell::sync::Lazy;

/// Without their full stops, in small letters. A sentence may end behind some of them, too; that two sentences are tagged
/// together does less harm than that a name is cut in two.
const ABBREVIATIONS: &[&str] = &[
    // English.
    "mr mrs ms dr prof st mt ft jr sr gen col capt cpt cmdr adm lt sgt maj cpl pvt rev hon gov sen rep pres supt messrs esq \
     vs etc al approx ca cf no nos vol vols fig figs eq eqs sec ch pp ed eds inc ltd co corp bros dept univ assn jan feb mar \
     apr jun jul aug sep sept oct nov dec ave blvd rd viz ph",
    // German.
    "hr hrn fr frl fa dipl ing nr str bzw evtl ggf inkl exkl usw vgl abs art bd bde hrsg jh jhd kap mio mrd tel univ geb gest \
     sog ehem verh zzgl mag bsp med phil jur rer nat habil",
    // French, Occitan.
    "mm mme mmes mlle mgr ste av bd éd env janv févr juil déc chap boul",
    // Spanish, Catalan, Portuguese, Galician.
    "sra srta sres sras dra dna dña ud uds vd gral lic arq avda núm pág págs profa exmo ltda sto",
    // Italian.
    "sig sigg dott avv geom rag pag pagg ecc spett",
    // Dutch, Afrikaans.
    "dhr mevr mw drs ir blz bijv enz mej mnr mev",
    // Danish, Norwegian, Swedish, Icelandic.
    "fru bl osv tlf pga dvs eks kl resp jfr",
    // Polish.
    "hab mgr inż ul al św np tzn tzw itd itp godz zob red płk",
    // Czech, Slovak, Slovenian.
    "tzv tj např napr apod atd pí nám sv oz",
    // Croatian, Serbian, Bosnian.
    "npr itd god br tzv odn",
    // Russian, Ukrainian, Belarusian, Bulgarian.
    "г гг ул пр пл просп бул им проф акад ген св см рис табл тыс млн млрд руб тел обл вул ім напр стор",
    // Serbian and Macedonian in Cyrillic.
    "др бр нпр итд год",
    // Hungarian.
    "stb kb ifj id özv",
    // Finnish, Estonian.
    "esim ks mm ym jne ent synt nk lk pr",
    // Lithuanian, Latvian.
    "pvz gim dr prof",
    // Turkish, Azerbaijani.
    "doç yrd vb cad sok mah alb",
    // Romanian.
    "dl dlui dna",
    // Greek.
    "κ κα κος βλ δηλ αρ καθ",
    // Indonesian, Vietnamese.
    "jl dll dsb hj tp",
];

static ALL: Lazy<HashSet<&str>> = Lazy::new(|| ABBREVIATIONS.iter().flat_map(|list| list.split_whitespace()).collect());

/// Whether a word is an abbreviation that lacks its full stop.
pub(super) fn is_abbreviation(word: &str) -> bool {
    word.chars().nth(6).is_none() && ALL.contains(&word.to_lowercase()[..])
}

/// Abbreviations that are common words, too: they are abbreviations before a number alone.
const WORDS: &[&str] = &["no", "nos", "art"];

/// Whether an abbreviation is a common word, too, which a sentence may end with.
pub(super) fn is_also_a_word(word: &str) -> bool {
    WORDS.contains(&&word.to_lowercase()[..])
}
