//! What ONNX Runtime computes on, by name.

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

use crate::error::{Error, Result};

/// An execution provider: its name here, whether the loaded library has it, and how it is asked for.
struct Provider {
    name: &'static str,
    available: fn() -> ort::Result<bool>,
    make: fn() -> ExecutionProviderDispatch,
}

const fn provider<E>(name: &'static str) -> Provider
where
    E: ExecutionProvider + Default + Into<ExecutionProviderDispatch>,
{
    Provider { name, available: E::is_available, make: || E::default().into() }
}

/// The processor, which runs what nobody else does.
const CPU: &str = "cpu";

const PROVIDERS: &[Provider] = &[
    provider::<ep::CUDA>("cuda"),
    provider::<ep::TensorRT>("tensorrt"),
    provider::<ep::ROCm>("rocm"),
    provider::<ep::MIGraphX>("migraphx"),
    provider::<ep::CoreML>("coreml"),
    provider::<ep::DirectML>("directml"),
    provider::<ep::OpenVINO>("openvino"),
    provider::<ep::QNN>("qnn"),
    provider::<ep::NNAPI>("nnapi"),
    provider::<ep::XNNPACK>("xnnpack"),
];

/// The providers of these names, the most wanted first. The library must be loaded.
///
/// # Errors
/// `InvalidArgument` for a name that is none, `Unsupported` for a provider that the library was built without.
pub(super) fn providers(names: &[String]) -> Result<Vec<ExecutionProviderDispatch>> {
    let mut list = Vec::new();
    for name in names {
        let lower = name.to_ascii_lowercase();
        // ONNX Runtime's own spelling is `CUDAExecutionProvider`.
        let short = match lower.strip_suffix("executionprovider").unwrap_or(&lower) {
            "dml" => "directml",
            short => short,
        };
        if short == CPU {
            // The processor can do everything: what comes behind it would get nothing.
            break;
        }
        let Some(found) = PROVIDERS.iter().find(|p| p.name == short) else {
            let known: Vec<&str> = [CPU].into_iter().chain(PROVIDERS.iter().map(|p| p.name)).collect();
            let known = known.join(", ");
            return Err(Error::argument(format!("no execution provider is called {name:?}; there are {known}")));
        };
        if !(found.available)().unwrap_or(false) {
            return Err(Error::unsupported(format!(
                "the ONNX Runtime on this machine was built without the execution provider {}",
                found.name
            )));
        }
        list.push((found.make)().error_on_failure());
    }
    Ok(list)
}
