//! Names the shared library by the ABI's major version, so that a program never runs with another one, and sees to it that
//! with the feature `cuda` no library of CUDA's is needed to start.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let major = variable("CARGO_PKG_VERSION_MAJOR");
    let link = |arg: String| println!("cargo::rustc-cdylib-link-arg={arg}");
    match variable("CARGO_CFG_TARGET_OS").as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => link(format!("-Wl,-soname,libprimer.so.{major}")),
        "macos" | "ios" => link(format!("-Wl,-install_name,@rpath/libprimer.{major}.dylib")),
        _ => {}
    }
    if !variable("CARGO_FEATURE_CUDA").is_empty() && variable("CARGO_CFG_TARGET_OS") == "linux" {
        link_no_cuda();
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// candle links CUDA's libraries. This crate has their functions itself (src/device/cuda/deferred.rs), so that the linker,
/// which leaves out what nothing needs, takes none of them; but each must be found, also where only a compiler is installed.
/// The runtime, which candle's own compiled kernels call when a program starts, is linked whole and statically.
fn link_no_cuda() {
    const ROOTS: [&str; 4] = ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_ROOT_DIR"];
    for name in ROOTS {
        println!("cargo::rerun-if-env-changed={name}");
    }
    // As the crate cudarc looks for them.
    let mut roots: Vec<String> = ROOTS.iter().map(|name| variable(name)).filter(|root| !root.is_empty()).collect();
    if roots.is_empty() {
        roots = ["/usr", "/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda"].map(String::from).to_vec();
    }
    let arch = variable("CARGO_CFG_TARGET_ARCH");
    let inside = ["lib", "lib/stubs", "lib64", "lib64/stubs"].map(String::from).into_iter().chain([
        format!("lib/{arch}-linux-gnu"),
        format!("targets/{arch}-linux/lib"),
        format!("targets/{arch}-linux/lib/stubs"),
        "targets/sbsa-linux/lib".into(),
        "targets/sbsa-linux/lib/stubs".into(),
    ]);
    let inside: Vec<String> = inside.collect();
    let folders: Vec<PathBuf> =
        roots.iter().flat_map(|root| inside.iter().map(move |inside| Path::new(root).join(inside))).collect();

    let stand_ins = PathBuf::from(variable("OUT_DIR")).join("cuda");
    std::fs::create_dir_all(&stand_ins).expect("the build's own folder is writable");
    for library in ["cuda", "nvrtc", "curand", "cublas", "cublasLt", "cudart"] {
        let there = |folder: &PathBuf| folder.join(format!("lib{library}.so")).exists();
        let stand_in = stand_ins.join(format!("lib{library}.a"));
        if folders.iter().any(there) {
            let _ = std::fs::remove_file(stand_in);
        } else {
            std::fs::write(stand_in, "!<arch>\n").expect("the build's own folder is writable");
        }
    }
    println!("cargo::rustc-link-search=native={}", stand_ins.display());

    if let Some(folder) = folders.iter().find(|folder| folder.join("libcudart_static.a").exists()) {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:+whole-archive=cudart_static");
    } else if folders.iter().any(|folder| folder.join("libcudart.so").exists()) {
        println!("cargo::warning=CUDA's toolkit has no libcudart_static.a: programs will need libcudart.so to start");
    }
}
