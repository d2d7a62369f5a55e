//! How a fused CPU kernel becomes an operation on tensors: one trait, written once for `f32` and `f64`.

use candle_core::{CpuStorage, Device, Shape, Storage, Tensor, TensorId, WithDType, bail};

use super::math::Math;
use super::tangents::{Point, Tangent, Wanted, plain};
use super::tape::{self, Buffer, Buffers, Dual, Node};

type Result<T> = candle_core::Result<T>;

/// The element types that kernels are compiled for: `f32` for use, `f64` for finite differences.
pub(crate) trait Float: WithDType + Math {
    fn into_buffer(values: Vec<Self>) -> Buffer;
    fn from_buffer(buffer: Buffer) -> Option<Vec<Self>>;
    fn slice(buffer: &Buffer) -> Option<&[Self]>;
}

impl Float for f32 {
    fn into_buffer(values: Vec<f32>) -> Buffer {
        Buffer::F32(values)
    }

    fn from_buffer(buffer: Buffer) -> Option<Vec<f32>> {
        match buffer {
            Buffer::F32(values) => Some(values),
            _ => None,
        }
    }

    fn slice(buffer: &Buffer) -> Option<&[f32]> {
        match buffer {
            Buffer::F32(values) => Some(values),
            _ => None,
        }
    }
}

impl Float for f64 {
    fn into_buffer(values: Vec<f64>) -> Buffer {
        Buffer::F64(values)
    }

    fn from_buffer(buffer: Buffer) -> Option<Vec<f64>> {
        match buffer {
            Buffer::F64(values) => Some(values),
            _ => None,
        }
    }

    fn slice(buffer: &Buffer) -> Option<&[f64]> {
        match buffer {
            Buffer::F64(values) => Some(values),
            _ => None,
        }
    }
}

/// A contiguous tensor as a kernel sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, T> {
    pub data: &'a [T],
    pub shape: &'a Shape,
}

impl<T: Float> View<'_, T> {
    /// Size of the last dimension.
    pub fn columns(&self) -> usize {
        self.shape.dims().last().copied().unwrap_or(1)
    }

    /// Number of rows when all dimensions but the last are taken together.
    pub fn rows(&self) -> usize {
        self.shape.elem_count().checked_div(self.columns()).unwrap_or(0)
    }
}

/// Gradients of a kernel's arguments, in their shapes; `None` where none was asked for.
pub(crate) type Gradients<T> = Vec<Option<Vec<T>>>;

/// What a backward pass reads.
pub(crate) struct Reads {
    pub args: Vec<bool>,
    pub out: bool,
}

/// A forward pass and its exact backward pass.
pub(crate) trait Kernel<T: Float>: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    /// The result and its shape. With `keep`, the kernel keeps what its backward pass needs beside arguments and result.
    fn forward(&mut self, args: &[View<T>], keep: bool) -> Result<(Vec<T>, Shape)>;

    /// What backward reads: which arguments, and whether the result. The rest is not kept; of it, backward sees the shape
    /// alone.
    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![true; needed.len()], out: true }
    }

    /// Gradients of the arguments for which `needed` is true, given the result `out` and its gradient `grad`.
    fn backward(&self, args: &[View<T>], needed: &[bool], out: View<T>, grad: &[T]) -> Result<Gradients<T>>;
}

/// Runs a kernel on CPU tensors, and records it where a [`Tape`](super::Tape) runs and an argument is trained.
pub(crate) fn apply<T: Float, K: Tangent<T>>(mut kernel: K, args: &[&Tensor]) -> Result<Tensor> {
    let needed = tape::tracked(args);
    let twice = needed.is_some() && tape::records_twice();
    // A no-op for contiguous tensors; what is saved goes by the name of the tensor that was given.
    let contiguous = args.iter().map(|t| t.contiguous()).collect::<Result<Vec<_>>>()?;
    let saved = |read: &dyn Fn(usize) -> bool| -> Vec<Saved> {
        args.iter().zip(&contiguous).enumerate().map(|(i, (arg, t))| Saved::of(arg.id(), t, read(i))).collect()
    };
    let (values, shape) = with_views(&saved(&|_| true), |v| match twice {
        true => kernel.forward_twice(v),
        false => kernel.forward(v, needed.is_some()),
    })?;
    let out = Tensor::from_vec(values, shape, &Device::Cpu)?;
    if let Some(needed) = needed {
        let reads = kernel.reads(&needed);
        let mut saved = saved(&|i| reads.args[i]);
        saved.push(Saved::of(out.id(), &out, reads.out));
        #[cfg(test)]
        let live = super::live::Kept::new(saved.iter().filter_map(|s| s.tensor.as_ref()));
        tape::push(Box::new(Recorded {
            kernel,
            saved,
            needed,
            element: std::marker::PhantomData::<T>,
            #[cfg(test)]
            _live: live,
        }));
    }
    Ok(out)
}

/// A tensor that a backward pass may read, or its shape alone.
struct Saved {
    id: TensorId,
    shape: Shape,
    tensor: Option<Tensor>,
}

impl Saved {
    fn of(id: TensorId, tensor: &Tensor, read: bool) -> Saved {
        Saved { id, shape: tensor.shape().clone(), tensor: read.then(|| tensor.clone()) }
    }
}

/// Calls `f` with CPU views of contiguous tensors; those that were not kept have no data.
fn with_views<T: Float, R>(tensors: &[Saved], f: impl FnOnce(&[View<T>]) -> Result<R>) -> Result<R> {
    let guards: Vec<_> = tensors.iter().map(|s| s.tensor.as_ref().map(|t| t.storage_and_layout())).collect();
    let views = guards
        .iter()
        .zip(tensors)
        .map(|(guard, saved)| {
            let Some((storage, layout)) = guard else { return Ok(View { data: &[][..], shape: &saved.shape }) };
            match (&**storage, layout.contiguous_offsets()) {
                (Storage::Cpu(storage), Some((start, end))) => {
                    Ok(View { data: &T::cpu_storage_as_slice(storage)?[start..end], shape: &saved.shape })
                }
                _ => bail!("internal: a CPU kernel was given a strided tensor or one of another device"),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    f(&views)
}

/// A kernel that ran, with what it ran on.
struct Recorded<T, K> {
    kernel: K,
    /// The arguments and, behind them, the result.
    saved: Vec<Saved>,
    needed: Vec<bool>,
    element: std::marker::PhantomData<T>,
    #[cfg(test)]
    _live: super::live::Kept,
}

impl<T: Float, K: Tangent<T>> Recorded<T, K> {
    fn args(&self) -> &[Saved] {
        &self.saved[..self.needed.len()]
    }

    /// Which tracked arguments `wanted` holds for.
    fn wanted(&self, wanted: &dyn Fn(TensorId) -> bool) -> Vec<bool> {
        self.args().iter().zip(&self.needed).map(|(arg, needed)| *needed && wanted(arg.id)).collect()
    }

    /// The arguments' tangents.
    fn tangents<'a>(&self, known: &'a Buffers) -> Result<Vec<Option<&'a [T]>>> {
        let of = |arg: &Saved| match known.get(&arg.id).map(T::slice) {
            None => Ok(None),
            Some(Some(tangent)) if tangent.len() == arg.shape.elem_count() => Ok(Some(tangent)),
            Some(_) => bail!("{}: a tangent of another type or size", self.kernel.name()),
        };
        self.args().iter().map(of).collect()
    }
}

impl<T: Float, K: Tangent<T>> Node for Recorded<T, K> {
    fn output(&self) -> TensorId {
        self.saved[self.needed.len()].id
    }

    fn depends(&self, wanted: &dyn Fn(TensorId) -> bool) -> bool {
        self.wanted(wanted).contains(&true)
    }

    fn backward(&self, wanted: &dyn Fn(TensorId) -> bool, grad: Buffer) -> Result<Vec<(TensorId, Buffer)>> {
        let (Recorded { kernel, saved, .. }, needed) = (self, &self.wanted(wanted));
        if !needed.contains(&true) {
            return Ok(Vec::new());
        }
        let Some(grad) = T::from_buffer(grad) else { bail!("{}: a gradient of another type", kernel.name()) };
        let n = needed.len();
        let gradients = with_views(saved, |v| kernel.backward(&v[..n], needed, v[n], &grad))?;
        let wanted = saved.iter().zip(gradients).zip(needed).filter(|(_, needed)| **needed);
        Ok(wanted.filter_map(|((arg, g), _)| g.map(|g| (arg.id, T::into_buffer(g)))).collect())
    }

    fn forward_tangent(&mut self, known: &Buffers) -> Result<Option<Buffer>> {
        let tangents = self.tangents(known)?;
        if tangents.iter().all(|t| t.is_none()) {
            return Ok(None);
        }
        let (kernel, n) = (&mut self.kernel, self.needed.len());
        let tangent = with_views(&self.saved[..n], |v| kernel.forward_tangent(v, &tangents))?;
        Ok(Some(T::into_buffer(tangent)))
    }

    fn backward_tangent(
        &self,
        known: &Buffers,
        gradient: &dyn Fn(TensorId) -> bool,
        grad: Dual,
    ) -> Result<Vec<(TensorId, Dual)>> {
        let Recorded { kernel, saved, needed, .. } = self;
        let n = needed.len();
        let values = |buffer: Option<Buffer>| match buffer.map(T::from_buffer) {
            Some(None) => bail!("{}: a gradient of another type", kernel.name()),
            values => Ok(values.flatten()),
        };
        let (grad, grad_tangent) = (values(grad.gradient)?, values(grad.tangent)?);
        let gradients = self.wanted(gradient);
        let wanted = Wanted { gradients: &gradients, tangents: needed };
        let tangents = self.tangents(known)?;
        let both = with_views(saved, |v| {
            let point = Point { args: &v[..n], tangents: &tangents, out: v[n] };
            match &grad {
                Some(grad) if tangents.iter().any(|t| t.is_some()) => {
                    kernel.backward_tangent(&point, &wanted, grad, grad_tangent.as_deref())
                }
                grad => plain(kernel, &point, &wanted, grad.as_deref(), grad_tangent.as_deref()),
            }
        })?;
        let pairs = saved.iter().zip(both.gradients.into_iter().zip(both.tangents)).enumerate();
        let pairs = pairs.map(|(i, (arg, (gradient, tangent)))| {
            let gradient = gradient.filter(|_| gradients[i]).map(T::into_buffer);
            (arg.id, Dual { gradient, tangent: tangent.filter(|_| needed[i]).map(T::into_buffer) })
        });
        Ok(pairs.filter(|(_, dual)| dual.gradient.is_some() || dual.tangent.is_some()).collect())
    }

    #[cfg(test)]
    fn kept(&self) -> usize {
        self.saved.iter().filter(|s| s.tensor.is_some()).count()
    }
}

/// A tensor's values, wherever they stand.
pub(crate) fn values<T: Float>(tensor: &Tensor) -> Result<Vec<T>> {
    match &*tensor.contiguous()?.storage_and_layout().0 {
        Storage::Cpu(CpuStorage::F32(_) | CpuStorage::F64(_)) => tensor.flatten_all()?.to_vec1(),
        _ => bail!("internal: a gradient on another device or of another type"),
    }
}

/// Calls a generic function with the tensor's element type.
macro_rules! by_dtype {
    ($tensor:expr, $op:literal, $T:ident => $body:expr) => {
        match $tensor.dtype() {
            candle_core::DType::F32 => {
                type $T = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            other => candle_core::bail!(concat!($op, " is not implemented for {:?} on the CPU"), other),
        }
    };
}
pub(crate) use by_dtype;
