//! How a fused CPU kernel becomes a candle operation: one trait, written once for `f32` and `f64`.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Device, Layout, Shape, Storage, Tensor, WithDType, bail};

use super::math::Math;

type Result<T> = candle_core::Result<T>;

/// The element types that kernels are compiled for: `f32` for use, `f64` for finite differences.
pub(crate) trait Float: WithDType + Math {}

impl Float for f32 {}
impl Float for f64 {}

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
        self.data.len().checked_div(self.columns()).unwrap_or(0)
    }

    /// A CPU tensor of this view's shape.
    pub fn like(&self, data: Vec<T>) -> Result<Tensor> {
        Tensor::from_vec(data, self.shape, &Device::Cpu)
    }
}

/// A forward pass and its exact backward pass over one to three tensors.
pub(crate) trait Kernel<T: Float>: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    /// The result and its shape.
    fn forward(&self, args: &[View<T>]) -> Result<(Vec<T>, Shape)>;

    /// Gradients of the arguments for which `needed` is true, given the result `out` and its gradient `grad`.
    fn backward(&self, args: &[View<T>], needed: &[bool], out: View<T>, grad: View<T>) -> Result<Vec<Option<Tensor>>>;
}

/// Runs a kernel on CPU tensors and records it for the backward pass.
pub(crate) fn apply<T: Float, K: Kernel<T>>(kernel: K, args: &[&Tensor]) -> Result<Tensor> {
    let op = Op(kernel, std::marker::PhantomData);
    // A no-op for contiguous tensors; differentiable for the others.
    match *args {
        [a] => a.contiguous()?.apply_op1(op),
        [a, b] => a.contiguous()?.apply_op2(&b.contiguous()?, op),
        [a, b, c] => a.contiguous()?.apply_op3(&b.contiguous()?, &c.contiguous()?, op),
        _ => bail!("{}: {} tensors given, one to three are supported", op.0.name(), args.len()),
    }
}

struct Op<T, K>(K, std::marker::PhantomData<T>);

fn view<'a, T: Float>(storage: &'a CpuStorage, layout: &'a Layout) -> Result<View<'a, T>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(View { data: &T::cpu_storage_as_slice(storage)?[start..end], shape: layout.shape() }),
        None => bail!("internal: a kernel was given a strided tensor"),
    }
}

/// Calls `f` with CPU views of all tensors.
fn with_views<T: Float, R>(tensors: &[&Tensor], f: impl FnOnce(&[View<T>]) -> Result<R>) -> Result<R> {
    let contiguous = tensors.iter().map(|t| t.contiguous()).collect::<Result<Vec<_>>>()?;
    let guards: Vec<_> = contiguous.iter().map(|t| t.storage_and_layout()).collect();
    let views = guards
        .iter()
        .map(|(storage, layout)| match &**storage {
            Storage::Cpu(storage) => view(storage, layout),
            _ => bail!("internal: a CPU kernel was given a tensor of another device"),
        })
        .collect::<Result<Vec<_>>>()?;
    f(&views)
}

impl<T: Float, K: Kernel<T>> Op<T, K> {
    fn backward(&self, args: &[&Tensor], out: &Tensor, grad: &Tensor) -> Result<Vec<Option<Tensor>>> {
        let needed: Vec<bool> = args.iter().map(|t| t.track_op()).collect();
        let mut all = args.to_vec();
        all.extend([out, grad]);
        with_views(&all, |views| {
            let n = args.len();
            self.0.backward(&views[..n], &needed, views[n], views[n + 1])
        })
    }
}

fn stored<T: Float>((data, shape): (Vec<T>, Shape)) -> (CpuStorage, Shape) {
    (T::to_cpu_storage_owned(data), shape)
}

impl<T: Float, K: Kernel<T>> CustomOp1 for Op<T, K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        self.0.forward(&[view(s, l)?]).map(stored)
    }

    fn bwd(&self, a: &Tensor, out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.backward(&[a], out, grad)?.swap_remove(0))
    }
}

impl<T: Float, K: Kernel<T>> CustomOp2 for Op<T, K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        self.0.forward(&[view(s1, l1)?, view(s2, l2)?]).map(stored)
    }

    fn bwd(&self, a: &Tensor, b: &Tensor, out: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut g = self.backward(&[a, b], out, grad)?.into_iter();
        Ok((g.next().flatten(), g.next().flatten()))
    }
}

impl<T: Float, K: Kernel<T>> CustomOp3 for Op<T, K> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.0.forward(&[view(s1, l1)?, view(s2, l2)?, view(s3, l3)?]).map(stored)
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut g = self.backward(&[a, b, c], out, grad)?.into_iter();
        Ok((g.next().flatten(), g.next().flatten(), g.next().flatten()))
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
