//! JSON as people read it: fields in their order, and what fits into a line in one line.

use serde::Serialize;

const WIDTH: usize = 120;

/// `value` as a file's text.
pub fn written(value: &impl Serialize) -> String {
    let compact = serde_json::to_string(value).unwrap();
    let mut text = String::new();
    Node::read(&mut compact.as_str()).write(0, 0, &mut text);
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        match hidden(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| visible += &format!("\\u{unit:04x}")),
            false => visible.push(c),
        }
    }
    visible + "\n"
}

/// Characters that an editor does not show, or not where they are, are escaped.
fn hidden(c: char) -> bool {
    matches!(c as u32, 0x7f..=0xa0 | 0xad | 0x300..=0x36f | 0x1100..=0x11ff | 0x2000..=0x200f | 0x2028..=0x202f
        | 0x205f..=0x206f | 0x3000 | 0x3099 | 0x309a | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xfffe | 0xffff
        | 0xe0000..=0xe007f | 0x100000..)
}

/// Serde's own values sort their keys; this one keeps the order of the text.
enum Node<'a> {
    Atom(&'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
}

impl<'a> Node<'a> {
    fn read(rest: &mut &'a str) -> Node<'a> {
        let object = rest.starts_with('{');
        if !object && !rest.starts_with('[') {
            return Node::Atom(atom(rest));
        }
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        *rest = &rest[1..];
        while !rest.starts_with([']', '}']) {
            if object {
                let name = atom(rest);
                *rest = &rest[1..];
                fields.push((name, Node::read(rest)));
            } else {
                items.push(Node::read(rest));
            }
            *rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        *rest = &rest[1..];
        if object { Node::Object(fields) } else { Node::Array(items) }
    }

    fn inline(&self) -> String {
        match self {
            Node::Atom(text) => text.to_string(),
            Node::Array(items) => format!("[{}]", items.iter().map(Node::inline).collect::<Vec<_>>().join(", ")),
            Node::Object(fields) => {
                let field = |(name, value): &(&str, Node)| format!("{name}: {}", value.inline());
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Writes this behind `column` characters of a line that is indented by `indent`.
    fn write(&self, indent: usize, column: usize, text: &mut String) {
        let inline = self.inline();
        if column + inline.chars().count() < WIDTH {
            return text.push_str(&inline);
        }
        match self {
            Node::Atom(_) => text.push_str(&inline),
            Node::Array(items) => {
                let items: Vec<(String, &Node)> = items.iter().map(|item| (String::new(), item)).collect();
                lines(['[', ']'], &items, indent, text);
            }
            Node::Object(fields) => {
                let fields: Vec<(String, &Node)> = fields.iter().map(|(n, value)| (format!("{n}: "), value)).collect();
                lines(['{', '}'], &fields, indent, text);
            }
        }
    }
}

/// The parts of a value that takes several lines; short ones share them.
fn lines(brackets: [char; 2], parts: &[(String, &Node)], indent: usize, text: &mut String) {
    let sizes: Vec<usize> = parts.iter().map(|(name, node)| (name.clone() + &node.inline()).chars().count()).collect();
    let short = sizes.iter().all(|size| *size <= 40);
    let mut column = WIDTH;
    text.push(brackets[0]);
    for (i, ((name, node), size)) in parts.iter().zip(sizes).enumerate() {
        if short && column + size + 2 < WIDTH {
            text.push(' ');
        } else {
            *text += &format!("\n{:1$}", "", indent + 2);
            column = indent + 2;
        }
        text.push_str(name);
        node.write(indent + 2, indent + 2 + name.chars().count(), text);
        text.push_str(if i + 1 < parts.len() { "," } else { "" });
        column += size + 2;
    }
    *text += &format!("\n{:indent$}{}", "", brackets[1]);
}

/// A string, number or word at the start of `rest`.
fn atom<'a>(rest: &mut &'a str) -> &'a str {
    let end = if rest.starts_with('"') {
        let mut escaped = false;
        let closes = |(_, c): &(usize, char)| {
            let quote = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            quote
        };
        rest.char_indices().skip(1).find(closes).map_or(rest.len(), |(at, _)| at + 1)
    } else {
        rest.find([',', ']', '}']).unwrap_or(rest.len())
    };
    let (atom, after) = rest.split_at(end);
    *rest = after;
    atom
}
