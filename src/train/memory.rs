//! The process's peak resident memory, as the system counts it.

/// Bytes; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Bytes; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn peak() -> Option<u64> {
    None
}
