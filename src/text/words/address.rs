//! Web and mail addresses, which are one word each.

use super::LONGEST;

/// The end of the address that starts at `at`, where one does, and how far was searched: none starts between the two.
pub(super) fn at(text: &str, at: usize) -> (Option<usize>, usize) {
    let rest = &text[at..];
    let name = rest.bytes().position(|b| !is_name(b)).unwrap_or(rest.len());
    let found = web(rest, name).or_else(|| mail(rest, name));
    (found.map(|length| at + length), at + name.max(1))
}

/// The length of a web address at the beginning of `rest`, whose first `name` bytes may be a scheme or a host.
fn web(rest: &str, name: usize) -> Option<usize> {
    let scheme = rest[name..].starts_with("://") && rest.as_bytes().get(name + 3).is_some_and(|b| is_part(*b));
    let www = rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    if !(scheme || www && rest.as_bytes().get(4).is_some_and(u8::is_ascii_alphanumeric)) {
        return None;
    }
    let longest = rest.bytes().take(LONGEST);
    let mut end = longest.clone().position(|b| !is_part(b)).unwrap_or(longest.len());
    let count = |bracket: u8| rest.as_bytes()[..end].iter().filter(|b| **b == bracket).count();
    let mut unopened = count(b')').saturating_sub(count(b'('));
    // Of punctuation at the end only a bracket that was opened in the address belongs to it.
    while let Some(last) = rest.as_bytes()[..end].last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' => {}
            b')' if unopened > 0 => unopened -= 1,
            _ => break,
        }
        end -= 1;
    }
    Some(end)
}

/// The length of a mail address at the beginning of `rest`, whose first `name` bytes may be its first part.
fn mail(rest: &str, name: usize) -> Option<usize> {
    let host = rest[name..].strip_prefix('@')?;
    if name > LONGEST {
        return None;
    }
    let host = host[..host.bytes().take(LONGEST).position(|b| !is_host(b)).unwrap_or(host.len().min(LONGEST))]
        .trim_end_matches(['.', '-']);
    let top = host.rsplit_once('.')?.1;
    let is_host = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()) && !host.starts_with(['.', '-']);
    is_host.then_some(name + 1 + host.len())
}

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-')
}

fn is_host(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')
}

/// Characters of web addresses.
fn is_part(b: u8) -> bool {
    b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'}' | b'|' | b'[' | b']')
}
