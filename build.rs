//! Names the shared library by the ABI's major version, so that a program never runs with another one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    let link = |arg: String| println!("cargo::rustc-cdylib-link-arg={arg}");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd") => link(format!("-Wl,-soname,libprimer.so.{major}")),
        Ok("macos" | "ios") => link(format!("-Wl,-install_name,@rpath/libprimer.{major}.dylib")),
        _ => {}
    }
}
