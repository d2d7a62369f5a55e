//! The feature `cuda` where there is no GPU, no driver or no library: the program starts, says what is missing, and goes on.
//!
//! What is found of CUDA is found once for a process, so every case is a process of its own: this file's tests start
//! themselves anew. A stand-in for the driver makes the cases the same on machines with and without one.
#![cfg(all(feature = "cuda", target_os = "linux"))]

mod common;

use std::path::Path;
use std::process::Command;

use candle_core::cuda_backend::cudarc::cublas::sys as cublas;
use candle_core::cuda_backend::cudarc::curand::sys as curand;
use primer::{Device, LoadOptions, Model};

/// What a process says that does `part` with these variables set.
fn process(part: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([part, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    let output = command.env_remove("PRIMER_CUDA_LIBRARIES").envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    said
}

/// Builds stand-ins under these names; the folder must live as long as they are used.
fn fake(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_cuda.c");
    for name in names {
        let cc = std::env::var("CC").unwrap_or("cc".into());
        let built =
            Command::new(cc).args(["-shared", "-fPIC", "-o"]).arg(folder.path().join(name)).arg(&source).status();
        assert!(built.unwrap().success());
    }
    folder
}

/// What loading a model on a device says, with a stand-in for the driver and other variables.
fn load(device: &str, names: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = fake(names);
    let folder = folder.path().to_str().unwrap();
    let set = [("PRIMER_TEST_LOADS", device), ("PRIMER_CUDA_LIBRARIES", folder)];
    process("loads", &[&set, variables].concat())
}

#[test]
#[ignore = "a part of the others"]
fn loads() {
    let Ok(device) = std::env::var("PRIMER_TEST_LOADS") else { return };
    let folder = tempfile::tempdir().unwrap();
    common::write_model(folder.path(), 1);
    let load = |device| Model::load_with(folder.path(), &LoadOptions::new().device(device));
    match load(device.parse::<Device>().unwrap()) {
        Ok(model) => println!("loaded on {}", model.device()),
        Err(e) => println!("{:?}: {}", e.kind(), e.message()),
    }
    // Whatever happened, the process can go on.
    load(Device::Cpu).unwrap();
}

#[test]
fn without_a_driver_it_is_said_and_auto_computes_on_the_cpu() {
    let no_driver = |device| process("loads", &[("PRIMER_TEST_LOADS", device)]);
    let said = no_driver("cuda:0");
    if said.contains("loaded on cuda:0") {
        return common::skip::because("this machine has a driver and a GPU");
    }
    if std::fs::exists("/proc/driver/nvidia").unwrap() {
        assert!(said.contains("Device: cuda:0 cannot be used: "), "{said}");
    } else {
        assert!(
            said.contains("Device: cuda:0 cannot be used: NVIDIA's driver was not found (libcuda.so.1: "),
            "{said}"
        );
        assert!(said.contains("install it, or choose the device \"cpu\""), "{said}");
    }
    assert!(no_driver("auto").contains("loaded on cpu"));
}

#[test]
fn what_the_driver_lacks_is_said() {
    let load = |device, variables: &[_]| load(device, &["libcuda.so.1"], variables);
    let said = load("cuda:2", &[("FAKE_CUDA_DEVICES", "2")]);
    assert!(
        said.contains("Device: cuda:2 cannot be used: this machine has 2 GPUs that CUDA can use, cuda:0 to cuda:1")
    );
    let said = load("cuda:4294967296", &[]);
    assert!(
        said.contains("cuda:4294967296 cannot be used: this machine has 1 GPU that CUDA can use, cuda:0"),
        "{said}"
    );
    let none = "Device: cuda:0 cannot be used: the driver finds no GPU that CUDA can use";
    assert!(load("cuda:0", &[("FAKE_CUDA_DEVICES", "0")]).contains(none));
    assert!(load("cuda:0", &[("FAKE_CUDA_INIT", "100")]).contains(none));
    assert!(load("cuda:0", &[("FAKE_CUDA_INIT", "803")]).contains("differ: restart the machine"));
    assert!(load("auto", &[("FAKE_CUDA_INIT", "100")]).contains("loaded on cpu"));
}

#[test]
fn a_missing_library_is_named() {
    let said = load("cuda:0", &["libcuda.so.1"], &[]);
    let named =
        "Device: cuda:0 cannot be used: the driver is there, but CUDA's library libcublasLt.so.13 could not be opened";
    // Where CUDA's libraries are installed, what is missing is only what the stand-in for the driver lacks.
    assert!(said.contains(named) || said.contains("CUDA_ERROR_NOT_FOUND"), "{said}");
    assert!(load("auto", &["libcuda.so.1"], &[]).contains("loaded on cpu"));
}

#[test]
fn a_driver_without_a_function_is_an_error() {
    let all = ["libcuda.so.1", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10"];
    let said = load("cuda:0", &all, &[]);
    assert!(said.contains("Device: cuda:0 cannot be used: DriverError(CUDA_ERROR_NOT_FOUND"), "{said}");
}

#[test]
#[ignore = "a part of the next"]
fn calls() {
    if std::env::var_os("PRIMER_CUDA_LIBRARIES").is_none() {
        return;
    }
    let null = std::ptr::null_mut::<std::ffi::c_void>();
    // The first call looks the function up, the second goes straight to it.
    for _ in 0..2 {
        let mut out = [0.];
        // SAFETY: the stand-in writes one number.
        let status = unsafe { curand::curandGenerateNormal(null.cast(), out.as_mut_ptr(), 3, 4., 5.) };
        assert_eq!((status as u32, out), (0, [50431.]));
        let (a, b, mut c) = ([2f32], [3f32], [5f32, 0., 0.]);
        let (none, flipped) = (cublas::cublasOperation_t::CUBLAS_OP_N, cublas::cublasOperation_t::CUBLAS_OP_T);
        // SAFETY: the stand-in reads one number of each and writes three.
        let status = unsafe {
            let (a, b) = (a.as_ptr(), b.as_ptr());
            cublas::cublasSgemm_v2(null.cast(), flipped, none, 3, 4, 5, &7., a, 6, b, 7, &0.5, c.as_mut_ptr(), 8)
        };
        assert_eq!((status as u32, c), (0, [44.5, 5433., 876.]));
    }
    // One that the library lacks answers with an error of its kind.
    // SAFETY: nothing is called but the answer.
    assert_eq!(unsafe { cublas::cublasDestroy_v2(null.cast()) }, cublas::cublasStatus_t::CUBLAS_STATUS_NOT_INITIALIZED);
    println!("all arguments came through");
}

#[test]
fn functions_get_their_arguments() {
    let folder = fake(&["libcublas.so.13", "libcurand.so.10"]);
    let said = process("calls", &[("PRIMER_CUDA_LIBRARIES", folder.path().to_str().unwrap())]);
    assert!(said.contains("all arguments came through"), "{said}");
}
