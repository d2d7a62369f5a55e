//! Files that are generated in parts: between a mark and its end stands what the generator writes, all else by hand.

/// `text` with the part of that name replaced. The mark is a line `SIGN generated: NAME`, its end `SIGN end of generated`.
pub fn replaced(text: &str, name: &str, part: &str) -> Result<String, String> {
    let open = format!("generated: {name}");
    let is_mark = |line: &str, what: &str| {
        let inner = line.trim().trim_start_matches("//").trim_start_matches("<!--").trim_end_matches("-->").trim();
        inner == what
    };
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|l| is_mark(l, &open)).ok_or_else(|| format!("there is no mark \"{open}\""))?;
    let end = lines[start..]
        .iter()
        .position(|l| is_mark(l, "end of generated"))
        .ok_or_else(|| format!("\"{open}\" has no end"))?
        + start;
    let mut out = lines[..=start].join("\n");
    out += "\n";
    out += part.trim_end();
    out += "\n";
    out += &lines[end..].join("\n");
    out += "\n";
    Ok(out)
}
