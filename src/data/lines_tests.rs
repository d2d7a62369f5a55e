use std::io::{BufReader, Read, repeat};

use proptest::prelude::*;

use super::*;

fn all(text: &[u8], capacity: usize) -> Vec<String> {
    let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
    let mut found = Vec::new();
    while let Some(line) = lines.next().unwrap() {
        found.push(line.to_owned());
    }
    assert_eq!(lines.byte(), text.len() as u64);
    assert_eq!(lines.line(), found.len() as u64);
    found
}

#[test]
fn every_line_end_ends_one_line() {
    for end in ["\n", "\r", "\r\n", "\r\r\n", "\r\r\r\n"] {
        let text = ["a", "", "b c", "\u{2028}\u{85}\u{b}", ""].join(end);
        assert_eq!(all(text.as_bytes(), 3), ["a", "", "b c", "\u{2028}\u{85}\u{b}"], "{end:?}");
    }
    assert_eq!(all(b"a\nb\rc\r\nd\r\r\ne\r\rf", 64), ["a", "b", "c", "d", "e", "", "f"]);
    assert_eq!(all(b"\r\n\n\r", 64), ["", "", ""]);
}

#[test]
fn marks_at_the_start_of_any_line_are_left_out() {
    assert_eq!(all("\u{feff}a\n\u{feff}\n\u{feff}b\u{feff}c".as_bytes(), 4), ["a", "", "b\u{feff}c"]);
}

#[test]
fn what_is_no_utf8_is_named() {
    let error = |bytes: &[u8]| {
        let mut lines = Lines::new(bytes);
        loop {
            match lines.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("no error in {bytes:?}"),
                Err(e) => break e,
            }
        }
    };
    let e = error(b"a\r\n\xef\xbb\xbfb\xffc\n");
    assert_eq!((e.kind(), e.line(), e.byte()), (ErrorKind::InvalidUtf8, Some(2), Some(7)), "{e}");
    for (bytes, name) in [
        (&b"\xff\xfea\0"[..], "UTF-16"),
        (b"\xfe\xff\0a", "UTF-16"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        (b"A\0n\0n\0a\0\t\0O\0\n\0", "UTF-16"),
        (b"\0A\0n\0n\0a\0\t\0O\0\n", "UTF-16"),
        (b"Anna\tO\n\xff\xfeA\0", "UTF-16"),
        (b"Zo\xeb\tO\n", "Latin-1"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"PAR1\x15\x04\x15", "Parquet"),
        (b"GGUF\x03\0\0\0", "a model"),
        (b"\x80\x02}", "pickle"),
    ] {
        let e = error(bytes);
        assert!(e.to_string().contains(name), "{e}");
    }
}

#[test]
fn a_line_without_end_is_an_error_and_not_kept_in_memory() {
    let mut lines = Lines::new(BufReader::new(b"one\n".chain(repeat(b'x'))));
    assert_eq!(lines.next().unwrap(), Some("one"));
    let e = lines.next().unwrap_err();
    assert_eq!((e.kind(), e.line()), (ErrorKind::TooLarge, Some(2)));
}

#[test]
fn what_was_passed_over_counts_as_read() {
    let text = "a\nb\r\nc";
    let open = || Lines::new(text.as_bytes()).digested(Sha256::new());
    let digest = |lines: &Lines<&[u8]>| lines.digest().unwrap().clone().finalize();
    let (mut read, mut lines, mut bytes) = (open(), open(), open());
    (0..2).for_each(|_| assert!(read.next().is_ok()));
    assert!(lines.skip_lines(2).is_ok() && bytes.skip_bytes(5, 2).unwrap());
    for other in [&mut lines, &mut bytes] {
        assert_eq!((other.line(), other.byte()), (2, 5));
        assert_eq!(digest(other), digest(&read));
        assert_eq!(other.next().unwrap(), Some("c"));
    }
    assert!(!open().skip_bytes(3, 2).unwrap() && !open().skip_bytes(4, 2).unwrap() && open().skip_bytes(6, 3).unwrap());
    assert!(open().skip_lines(3).is_ok() && open().skip_lines(4).is_err());
}

proptest! {
    /// Wherever a buffer ends, the lines are the same, and going on behind any of them gives the rest.
    #[test]
    fn lines_do_not_depend_on_buffers(text in "[ab\r\n\u{feff}]{0,30}", capacity in 1usize..9) {
        let whole = all(text.as_bytes(), 64);
        prop_assert_eq!(&all(text.as_bytes(), capacity), &whole);
        let mut lines = Lines::new(text.as_bytes());
        for read in 1..=whole.len() {
            lines.next().unwrap();
            let mut rest = Lines::new(BufReader::with_capacity(capacity, text.as_bytes()));
            prop_assert!(rest.skip_bytes(lines.byte(), lines.line()).unwrap());
            for line in &whole[read..] {
                prop_assert_eq!(rest.next().unwrap(), Some(&line[..]));
            }
            prop_assert_eq!(rest.next().unwrap(), None);
        }
    }
}
