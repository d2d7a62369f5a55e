//! The languages' own formatters, where they are there: what is generated reads as if it were written by hand.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// `text` as the formatter of its language would have it; unchanged where there is none.
pub fn formatted(root: &Path, path: &str, text: String) -> String {
    let mut command = match path.rsplit('.').next() {
        Some("rs") => {
            let mut c = Command::new("rustfmt");
            c.args(["--edition", "2024", "--emit", "stdout", "--config-path"]).arg(root);
            c
        }
        Some("go") => Command::new("gofmt"),
        // Of headers that are generated in parts, the rest is left as people have written it.
        Some("cpp" | "hpp") if path.starts_with("bindings/cpp/tests/") => {
            let mut c = Command::new("clang-format");
            c.arg(format!("--style=file:{}", root.join("bindings/cpp/.clang-format").display()));
            c.arg(format!("--assume-filename={path}"));
            c
        }
        _ => return text,
    };
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return text };
    let mut stdin = child.stdin.take().expect("piped");
    let given = text.clone();
    let writer = std::thread::spawn(move || stdin.write_all(given.as_bytes()));
    let out = child.wait_with_output();
    let _ = writer.join();
    match out {
        Ok(out) if out.status.success() && !out.stdout.is_empty() => String::from_utf8(out.stdout).unwrap_or(text),
        _ => text,
    }
}

/// Whether two texts are the same but for blanks, which is what formatters change.
pub fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect::<String>();
    a == b || plain(a) == plain(b)
}
