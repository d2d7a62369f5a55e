//! The operations on devices that have no kernels of ours, composed of candle's, each with its exact backward pass.
//!
//! candle's own derivatives would keep every intermediate result, give frozen weights gradients, and have none for its
//! fused normalisations. Here the same [`Tape`](super::Tape) records as on the CPU: fused operations forwards, written
//! out derivatives backwards, and only the gradients that are asked for.
//!
//! Numbers may be of half precision: large products are computed in the type of the activations, into which weights are
//! converted; sums over many numbers, normalisation, softmax, slopes and loss in `f32`. A gradient has its tensor's type.

mod activation;
mod attention;
mod cast;
mod cross_entropy;
mod elementwise;
mod embedding_sum;
mod layer_norm;
mod layout;
mod linear;
mod partial_cross_entropy;
#[cfg(test)]
pub(crate) mod places;
mod rows;
mod scale_columns;

use candle_core::{DType, Device, Shape, Tensor, TensorId, bail};

use super::kernel::Reads;
use super::tape::{self, Buffer, Buffers, Dual, Node};

type Result<T> = candle_core::Result<T>;

pub(super) use activation::activation;
pub(super) use attention::attention;
pub use cast::cast;
pub(super) use cross_entropy::cross_entropy;
pub(super) use elementwise::{add, scale};
pub(super) use embedding_sum::embedding_sum;
pub(super) use layer_norm::layer_norm;
pub(super) use layout::Layout;
pub(super) use linear::{linear, linear_gelu};
pub(super) use partial_cross_entropy::partial_cross_entropy;
pub(super) use rows::select_rows;
pub(super) use scale_columns::scale_columns;

/// True where tensors of this device are computed with by composed operations.
pub(crate) fn is_composed(device: &Device) -> bool {
    #[cfg(test)]
    if places::here() == places::Place::Composed {
        return true;
    }
    !device.is_cpu()
}

/// An argument of an operation that ran: its shape and type, and its numbers where they were kept.
pub(super) struct Kept {
    id: TensorId,
    pub shape: Shape,
    pub dtype: DType,
    tensor: Option<Tensor>,
}

impl Kept {
    fn of(arg: &Tensor, read: bool) -> Kept {
        let tensor = read.then(|| arg.detach());
        Kept { id: arg.id(), shape: arg.shape().clone(), dtype: arg.dtype(), tensor }
    }

    pub fn tensor(&self) -> Result<&Tensor> {
        match &self.tensor {
            Some(tensor) => Ok(tensor),
            None => bail!("internal: a backward pass reads a tensor that was not kept"),
        }
    }
}

/// A forward pass by candle's operations and its exact backward pass.
pub(super) trait Composed: 'static {
    /// The result; with `keep`, what backward needs beside the arguments is kept.
    fn forward(&mut self, args: &[Tensor], keep: bool) -> Result<Tensor>;

    /// Which arguments backward reads. None unless said otherwise.
    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    /// Gradients of the arguments for which `needed` is true, given that of the result.
    fn backward(&self, args: &[Kept], needed: &[bool], grad: &Tensor) -> Result<Vec<Option<Tensor>>>;
}

/// Runs an operation, and records it where a [`Tape`](super::Tape) runs and an argument is trained.
pub(super) fn apply<C: Composed>(mut op: C, args: &[&Tensor]) -> Result<Tensor> {
    let needed = tape::tracked(args);
    if needed.is_some() && tape::records_twice() {
        bail!("second derivatives along a direction are computed on the CPU alone; take them by differences");
    }
    // Cut from candle's own graph, which would keep everything.
    let detached: Vec<Tensor> = args.iter().map(|t| t.detach()).collect();
    let out = op.forward(&detached, needed.is_some())?.detach();
    if let Some(needed) = needed {
        let reads = op.reads(&needed);
        let args = args.iter().zip(reads.args).map(|(t, read)| Kept::of(t, read)).collect();
        tape::push(Box::new(Recorded { op, args, needed, out: out.id() }));
    }
    Ok(out)
}

/// An operation that ran, with what it ran on.
struct Recorded<C> {
    op: C,
    args: Vec<Kept>,
    needed: Vec<bool>,
    out: TensorId,
}

impl<C: Composed> Node for Recorded<C> {
    fn output(&self) -> TensorId {
        self.out
    }

    fn depends(&self, wanted: &dyn Fn(TensorId) -> bool) -> bool {
        self.args.iter().zip(&self.needed).any(|(arg, needed)| *needed && wanted(arg.id))
    }

    fn backward(&self, wanted: &dyn Fn(TensorId) -> bool, grad: Buffer) -> Result<Vec<(TensorId, Buffer)>> {
        let needed: Vec<bool> = self.args.iter().zip(&self.needed).map(|(arg, n)| *n && wanted(arg.id)).collect();
        if !needed.contains(&true) {
            return Ok(Vec::new());
        }
        let Buffer::Device(grad) = grad else { bail!("internal: a gradient of the CPU for a device's operation") };
        let gradients = self.op.backward(&self.args, &needed, &grad)?;
        let mut found = Vec::with_capacity(gradients.len());
        for ((arg, needed), gradient) in self.args.iter().zip(needed).zip(gradients) {
            let Some(gradient) = gradient.filter(|_| needed) else { continue };
            if gradient.shape() != &arg.shape {
                bail!("internal: a gradient of shape {:?} for {:?}", gradient.shape(), arg.shape);
            }
            found.push((arg.id, Buffer::Device(gradient.to_dtype(arg.dtype)?)));
        }
        Ok(found)
    }

    fn forward_tangent(&mut self, _: &Buffers) -> Result<Option<Buffer>> {
        bail!("internal: a tangent on a device")
    }

    fn backward_tangent(&self, _: &Buffers, _: &dyn Fn(TensorId) -> bool, _: Dual) -> Result<Vec<(TensorId, Dual)>> {
        bail!("internal: a tangent on a device")
    }

    #[cfg(test)]
    fn kept(&self) -> usize {
        self.args.iter().filter(|a| a.tensor.is_some()).count()
    }
}

/// The type of sums over many numbers of type `dtype`.
fn wide(dtype: DType) -> DType {
    match dtype {
        DType::F64 => DType::F64,
        _ => DType::F32,
    }
}

/// `x` in the type of sums.
fn widen(x: &Tensor) -> Result<Tensor> {
    x.to_dtype(wide(x.dtype()))
}

/// `a b`, two matrices or two stacks of them, in their common type.
fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    // candle's CPU has no products in bf16, which only tests ask of it.
    if a.device().is_cpu() && a.dtype() == DType::BF16 {
        return a.to_dtype(DType::F32)?.matmul(&b.to_dtype(DType::F32)?)?.to_dtype(DType::BF16);
    }
    a.matmul(b)
}
