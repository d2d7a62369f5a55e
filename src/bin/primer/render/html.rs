//! A page of its own: the texts with their entities in colour, a legend that counts and hides types, and a list of what
//! was found. It loads nothing and runs no script, and its content policy forbids both, whatever the text says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Document, Mark, Palette, Renderer, visible};

/// A colour for each entity type, in turns: light page (tint behind the text, chip behind the label), dark page (the
/// same). A test holds them to the contrast that WCAG asks for.
const COLOURS: [[&str; 4]; 8] = [
    ["#d7e8fe", "#07519d", "#18365b", "#aed1fe"], // blue
    ["#ffe0c6", "#794402", "#502b01", "#fdbf89"], // orange
    ["#cdf1d3", "#03642b", "#124020", "#9ee1ab"], // green
    ["#eedffe", "#68378d", "#402a53", "#dfbdff"], // purple
    ["#bcf2f5", "#035e63", "#023e40", "#76e2e7"], // teal
    ["#fedce3", "#8d2648", "#542330", "#feb7c6"], // rose
    ["#ebe9bf", "#5a5503", "#3b3701", "#d7d283"], // olive
    ["#e1e4fe", "#46449d", "#2e305b", "#c4c9fe"], // indigo
];

const STYLE: &str = include_str!("page.css");

/// Below this score an entity is drawn as an outline.
const UNSURE: f32 = 0.6;

/// How many different names of a type the list shows.
const LISTED: usize = 200;

/// Collects the documents and writes the page at the end.
pub struct Html {
    title: String,
    palette: Palette,
    body: String,
    documents: usize,
    /// How often each type (by its place in the palette) has each name.
    names: BTreeMap<usize, BTreeMap<String, usize>>,
}

impl Html {
    /// `title` heads the page: the file's name, for one. `labels` are the entity types in their order.
    pub fn new(title: &str, labels: &[String]) -> Html {
        let palette = Palette(labels.to_vec());
        Html { title: title.to_owned(), palette, body: String::new(), documents: 0, names: BTreeMap::new() }
    }

    fn entity(&mut self, text: &str, mark: &Mark) -> std::fmt::Result {
        let kind = self.palette.index(&mark.label);
        *self.names.entry(kind).or_default().entry(text.to_owned()).or_default() += 1;
        let (label, percent) = (escape(&mark.label), mark.score * 100.0);
        let unsure = if mark.score < UNSURE { " unsure" } else { "" };
        write!(self.body, "<mark class=\"t{kind}{unsure}\" title=\"{label} · {percent:.0} %\">{}", escape(text))?;
        write!(self.body, "<bdi class=\"l\">{label}<span class=\"s\"> {percent:.0}</span></bdi></mark>")
    }

    fn article(&mut self, document: &Document) -> std::fmt::Result {
        self.documents += 1;
        // The language is not known, so it is declared unknown; the direction is that of each paragraph.
        self.body.push_str("<article><div class=\"text\" lang=\"\" dir=\"auto\">");
        for (text, mark) in document.segments() {
            match mark {
                Some(mark) => self.entity(text, mark)?,
                None => self.body.push_str(&escape(text)),
            }
        }
        self.body.push_str("</div></article>\n");
        Ok(())
    }

    /// The types that were found: their place in the palette, their names escaped, how many entities they have.
    fn found(&self) -> impl Iterator<Item = (usize, String, usize)> {
        self.names.iter().map(|(&kind, names)| (kind, escape(&self.palette.0[kind]), names.values().sum()))
    }

    fn colours(&self, out: &mut String, column: usize) -> std::fmt::Result {
        self.names.keys().try_for_each(|kind| {
            let colours = COLOURS[kind % COLOURS.len()];
            write!(out, ".t{kind}{{--tint:{};--chip:{}}}", colours[column], colours[column + 1])
        })
    }

    fn head(&self) -> Result<String, std::fmt::Error> {
        let mut page = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
        writeln!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
        page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        write!(page, "<title>{}</title>\n<style>\n{STYLE}", escape(&self.title))?;
        self.colours(&mut page, 0)?;
        page.push_str("\n@media (prefers-color-scheme: dark) {");
        self.colours(&mut page, 2)?;
        page.push_str("}\n");
        for kind in self.names.keys() {
            write!(page, "body:has(#k{kind}:not(:checked)) mark.t{kind}{{background:none;box-shadow:none;padding:0}}")?;
            writeln!(page, "body:has(#k{kind}:not(:checked)) mark.t{kind} .l{{display:none}}")?;
        }
        page.push_str("</style>\n</head>\n<body>\n");
        let total: usize = self.found().map(|(_, _, count)| count).sum();
        writeln!(page, "<header class=\"wrap top\"><h1 dir=\"auto\">{}</h1>", escape(&self.title))?;
        writeln!(
            page,
            "<p>{} in {}</p></header>",
            counted(total, "entity", "entities"),
            counted(self.documents, "text", "texts")
        )?;
        if total > 0 {
            self.legend(&mut page)?;
        }
        page.push_str("<main class=\"wrap\">\n");
        Ok(page)
    }

    fn legend(&self, page: &mut String) -> std::fmt::Result {
        page.push_str("<div class=\"legend\"><fieldset class=\"wrap\"><legend>Entity types to show</legend>\n");
        for (kind, label, count) in self.found() {
            write!(page, "<label class=\"t{kind}\"><input type=\"checkbox\" id=\"k{kind}\" checked>")?;
            writeln!(page, "<bdi>{label}</bdi> <span class=\"n\">{count}</span></label>")?;
        }
        page.push_str(
            "<label class=\"option\"><input type=\"checkbox\" id=\"scores\">Scores</label>\n</fieldset></div>\n",
        );
        Ok(())
    }

    fn lists(&self) -> Result<String, std::fmt::Error> {
        let mut page = String::new();
        for (kind, label, count) in self.found() {
            let names = &self.names[&kind];
            let mut order: Vec<_> = names.iter().collect();
            order.sort_by(|a, b| b.1.cmp(a.1));
            write!(page, "<details><summary><span class=\"dot t{kind}\"></span><bdi>{label}</bdi>")?;
            let (names, mentions) = (counted(names.len(), "name", "names"), counted(count, "mention", "mentions"));
            writeln!(page, "<span class=\"n\">{names}, {mentions}</span></summary>\n<ul class=\"names\">")?;
            for (name, count) in order.iter().take(LISTED) {
                writeln!(page, "<li><bdi lang=\"\">{}</bdi><span class=\"n\">{count}</span></li>", escape(name))?;
            }
            page.push_str("</ul>");
            if order.len() > LISTED {
                write!(page, "<p>and {} more</p>", order.len() - LISTED)?;
            }
            page.push_str("</details>\n");
        }
        if page.is_empty() { Ok(page) } else { Ok(format!("<h2>What was found</h2>\n{page}")) }
    }
}

impl Renderer for Html {
    fn document(&mut self, document: &Document, _out: &mut dyn Write) -> io::Result<()> {
        self.article(document).map_err(io::Error::other)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let (head, lists) = (self.head().map_err(io::Error::other)?, self.lists().map_err(io::Error::other)?);
        out.write_all(head.as_bytes())?;
        out.write_all(self.body.as_bytes())?;
        out.write_all(lists.as_bytes())?;
        let unsure = UNSURE * 100.0;
        writeln!(
            out,
            "<footer>An outline instead of a colour: the score is below {unsure:.0} %. Tagged with Primer.</footer>"
        )?;
        out.write_all(b"</main>\n</body>\n</html>\n")
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Text as HTML, between tags and in quoted attributes alike.
fn escape(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, rendered};
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let channel = |i: usize| {
            let value = f64::from(u8::from_str_radix(&colour[i..i + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    /// WCAG's contrast ratio.
    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_colour_can_be_read() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        // Ink, chip ink and card of the light and the dark page, as page.css has them.
        let pages = [("#1b1c22", "#ffffff", "#ffffff"), ("#ececf1", "#17181d", "#1a1c22")];
        for (page, (ink, chip_ink, card)) in pages.into_iter().enumerate() {
            assert!(
                STYLE.contains(&format!("--card: {card}; --ink: {ink};"))
                    && STYLE.contains(&format!("--chip-ink: {chip_ink};"))
            );
            for colours in COLOURS {
                let (tint, chip) = (colours[2 * page], colours[2 * page + 1]);
                assert!(contrast(tint, ink) >= 7.0, "{ink} on {tint}");
                assert!(contrast(chip, chip_ink) >= 7.0, "{chip_ink} on {chip}");
                assert!(contrast(chip, card) >= 3.0, "the outline {chip} on {card}");
            }
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let page = rendered(Html::new("<title>\"&'\0", &["PER".to_owned()]), &[hostile()]);
        assert!(!page.contains("<script") && !page.contains("<b ") && !page.contains(['\0', '\u{1b}']), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
        assert!(page.contains("<title>&lt;title&gt;&quot;&amp;&#39;␀</title>"));
        assert!(page.contains("title=\"&lt;b onclick=&quot;x&quot;&gt; · 50 %\""));
        assert!(page.contains("محمد<bdi class=\"l\">PER") && page.contains("👩‍👧<bdi"));
        // Nothing in it is of the text's making: as many tags open as close.
        for tag in ["mark", "bdi", "article", "div", "details", "ul", "li", "span", "label", "style"] {
            let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn the_page_loads_nothing() {
        let page = rendered(Html::new("x", &[]), &[hostile()]);
        assert!(page.contains("default-src 'none'"));
        for part in ["src=", "href=", "url(", "@import", "http:", "https:", "<link", "<iframe", "<img"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn the_legend_counts_and_types_keep_their_colours() {
        let mut document = Document::from_words(&["Köln", "Rhein", "Köln"]);
        (0..3).for_each(|i| document.mark_words(i..i + 1, "LOC", 0.9));
        let page = rendered(Html::new("x", &["PER".to_owned(), "LOC".to_owned()]), &[document.clone(), document]);
        assert!(page.contains("<p>6 entities in 2 texts</p>"));
        assert!(page.contains("id=\"k1\" checked><bdi>LOC</bdi> <span class=\"n\">6</span>"));
        assert!(!page.contains("id=\"k0\""), "a type without entities is no entry");
        assert!(page.contains("<bdi lang=\"\">Köln</bdi><span class=\"n\">4</span></li>\n<li><bdi lang=\"\">Rhein</bdi><span class=\"n\">2"));
    }

    #[test]
    fn a_page_without_entities_is_a_page() {
        let page = rendered(Html::new("x", &[]), &[Document::from_text("nothing", vec![])]);
        assert!(
            page.contains("<p>0 entities in 1 text</p>")
                && !page.contains("class=\"legend\"")
                && page.contains("nothing")
        );
    }
}
