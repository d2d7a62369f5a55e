//! Reverse-mode differentiation: what ran is recorded, and gone back over.
//!
//! candle's own backward pass starts every gradient as zeros to which it adds, on a pool of spinning threads that no
//! option limits, and keeps every activation until the end. Here a gradient is moved where it goes first and added to in
//! place afterwards, on the caller's pool, and each step of the way back frees what it needed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use candle_core::{Device, Tensor, TensorId, bail};

use super::composed::is_composed;
use super::kernel::{Float, by_dtype, values};

type Result<T> = candle_core::Result<T>;

/// A gradient's values.
pub(crate) enum Buffer {
    F32(Vec<f32>),
    F64(Vec<f64>),
    /// Where composed operations ran.
    Device(Tensor),
}

/// Values by tensor.
pub(crate) type Buffers = HashMap<TensorId, Buffer>;

/// A tensor's gradient and the tangent of that gradient; what is absent is zero or not wanted.
#[derive(Default)]
pub(crate) struct Dual {
    pub gradient: Option<Buffer>,
    pub tangent: Option<Buffer>,
}

/// An operation that ran.
pub(crate) trait Node {
    /// The tensor that it made.
    fn output(&self) -> TensorId;

    /// True where it has a tracked argument among those for which `wanted` holds.
    fn depends(&self, wanted: &dyn Fn(TensorId) -> bool) -> bool;

    /// The gradients of its tracked arguments for which `wanted` holds, given that of its output.
    fn backward(&self, wanted: &dyn Fn(TensorId) -> bool, grad: Buffer) -> Result<Vec<(TensorId, Buffer)>>;

    /// The tangent of its output, given the `known` ones; `None` where no argument has one.
    fn forward_tangent(&mut self, known: &Buffers) -> Result<Option<Buffer>>;

    /// Gradients of the arguments for which `gradient` holds and tangents of the gradients of all that are tracked,
    /// given those of its output. Comes after `forward_tangent`.
    fn backward_tangent(
        &self,
        known: &Buffers,
        gradient: &dyn Fn(TensorId) -> bool,
        grad: Dual,
    ) -> Result<Vec<(TensorId, Dual)>>;

    /// How many tensors it keeps.
    #[cfg(test)]
    fn kept(&self) -> usize;
}

/// The operations of one forward pass that lie between trained variables and its result.
///
/// Only this module's operations are recorded: whatever else is done to a tensor in between (a `narrow`, say) cuts the
/// gradient.
#[derive(Default)]
pub(crate) struct Tape {
    pub(super) nodes: Vec<Box<dyn Node>>,
    pub(super) tracked: HashSet<TensorId>,
    /// Kernels keep what second derivatives read, too.
    pub(super) twice: bool,
}

thread_local! {
    static RECORDING: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

/// Puts back what was recorded before, also when the forward pass fails or panics. A thread that waits for others may be
/// given another run's work meanwhile: each finds its own tape again.
struct Restore(Option<Tape>);

impl Drop for Restore {
    fn drop(&mut self) {
        RECORDING.set(self.0.take());
    }
}

impl Tape {
    /// Runs `forward` on this thread and records the operations that depend on a [`Var`](candle_core::Var).
    ///
    /// # Errors
    /// Those of `forward`.
    pub fn record<R, E>(forward: impl FnOnce() -> std::result::Result<R, E>) -> std::result::Result<(R, Tape), E> {
        Tape::record_from(&[], forward)
    }

    /// [`Tape::record`], where `leaves` count as variables: backward gives their gradients too.
    ///
    /// # Errors
    /// Those of `forward`.
    pub fn record_from<R, E>(
        leaves: &[&Tensor],
        forward: impl FnOnce() -> std::result::Result<R, E>,
    ) -> std::result::Result<(R, Tape), E> {
        Tape::recorded(leaves, false, forward)
    }

    /// [`Tape::record_from`], for [`Tape::tangents`]: what second derivatives read is kept, too.
    ///
    /// # Errors
    /// Those of `forward`.
    pub fn record_twice<R, E>(
        leaves: &[&Tensor],
        forward: impl FnOnce() -> std::result::Result<R, E>,
    ) -> std::result::Result<(R, Tape), E> {
        Tape::recorded(leaves, true, forward)
    }

    fn recorded<R, E>(
        leaves: &[&Tensor],
        twice: bool,
        forward: impl FnOnce() -> std::result::Result<R, E>,
    ) -> std::result::Result<(R, Tape), E> {
        let tracked = leaves.iter().map(|t| t.id()).collect();
        let restore = Restore(RECORDING.replace(Some(Tape { nodes: Vec::new(), tracked, twice })));
        let result = forward()?;
        let tape = RECORDING.take().unwrap_or_default();
        drop(restore);
        Ok((result, tape))
    }

    /// The gradients of every variable that `out` depends on, where `seed`, of `out`'s shape, is the gradient of `out`.
    ///
    /// # Errors
    /// Where `out` was not recorded, since it depends on no variable.
    pub fn backward(self, out: &Tensor, seed: &Tensor) -> Result<Gradients> {
        self.backward_until(out, seed, || Ok(()))
    }

    /// [`Tape::backward`], which asks `stop` before every operation and ends with its error.
    ///
    /// # Errors
    /// As there, and those of `stop`.
    pub fn backward_until<E: From<candle_core::Error>>(
        mut self,
        out: &Tensor,
        seed: &Tensor,
        stop: impl Fn() -> std::result::Result<(), E>,
    ) -> std::result::Result<Gradients, E> {
        let mut gradients = HashMap::from([(out.id(), self.seed(out, seed)?)]);
        while let Some(node) = self.nodes.pop() {
            stop()?;
            step_back(node.as_ref(), &|_| true, &mut gradients)?;
        }
        Ok(Gradients(gradients))
    }

    /// The gradients of some leaves or variables alone, as [`Tape::backward`] gives them; what leads to no other costs
    /// nothing. The tape is still whole afterwards, and so is the memory that it takes.
    ///
    /// # Errors
    /// As there.
    #[allow(dead_code, reason = "tests hold it; one inner step could share its forward pass by it")]
    pub fn gradients<'a>(
        &self,
        out: &Tensor,
        seed: &Tensor,
        of: impl IntoIterator<Item = &'a Tensor>,
    ) -> Result<Gradients> {
        let mut wanted: HashSet<TensorId> = of.into_iter().map(|t| t.id()).collect();
        for node in &self.nodes {
            if node.depends(&|id| wanted.contains(&id)) {
                wanted.insert(node.output());
            }
        }
        let mut gradients = HashMap::from([(out.id(), self.seed(out, seed)?)]);
        for node in self.nodes.iter().rev() {
            step_back(node.as_ref(), &|id| wanted.contains(&id), &mut gradients)?;
        }
        Ok(Gradients(gradients))
    }

    /// The values of `seed`, checked to be a gradient of `out`.
    pub(super) fn seed(&self, out: &Tensor, seed: &Tensor) -> Result<Buffer> {
        if out.shape() != seed.shape() {
            bail!("backward: a result of shape {:?}, its gradient of {:?}", out.shape(), seed.shape());
        }
        if !self.tracked.contains(&out.id()) {
            bail!("backward: the result depends on no trained variable");
        }
        if is_composed(seed.device()) {
            return Ok(Buffer::Device(seed.detach()));
        }
        Ok(by_dtype!(seed, "backward", T => T::into_buffer(values::<T>(seed)?)))
    }
}

fn step_back(node: &dyn Node, wanted: &dyn Fn(TensorId) -> bool, gradients: &mut Buffers) -> Result<()> {
    let Some(grad) = gradients.remove(&node.output()) else { return Ok(()) };
    for (id, grad) in node.backward(wanted, grad)? {
        match gradients.get_mut(&id) {
            Some(sum) => add(sum, grad)?,
            None => drop(gradients.insert(id, grad)),
        }
    }
    Ok(())
}

pub(super) fn add(sum: &mut Buffer, grad: Buffer) -> Result<()> {
    match (sum, grad) {
        (Buffer::F32(sum), Buffer::F32(grad)) => sum.iter_mut().zip(grad).for_each(|(s, g)| *s += g),
        (Buffer::F64(sum), Buffer::F64(grad)) => sum.iter_mut().zip(grad).for_each(|(s, g)| *s += g),
        (Buffer::Device(sum), Buffer::Device(grad)) => *sum = (&*sum + grad)?,
        _ => bail!("backward: gradients of two types"),
    }
    Ok(())
}

/// The gradients of a backward pass, by variable.
pub(crate) struct Gradients(pub(super) Buffers);

impl Gradients {
    /// Takes the gradient of `variable`, flat in its row-major order; `None` where it has none.
    ///
    /// # Errors
    /// Where the variable is of another element type.
    #[cfg(test)]
    pub fn take<T: Float>(&mut self, variable: &Tensor) -> Result<Option<Vec<T>>> {
        match self.0.remove(&variable.id()) {
            None => Ok(None),
            Some(Buffer::Device(gradient)) => gradient.flatten_all()?.to_vec1().map(Some),
            Some(buffer) => match T::from_buffer(buffer) {
                Some(values) => Ok(Some(values)),
                None => bail!("backward: a gradient of another type than {:?}", T::DTYPE),
            },
        }
    }

    /// Takes the gradient of `variable`, left where it is; `None` where it has none.
    pub fn take_buffer(&mut self, variable: &Tensor) -> Option<Buffer> {
        self.0.remove(&variable.id())
    }

    /// [`Gradients::take_buffer`] in the variable's shape, on its device.
    pub fn take_tensor(&mut self, variable: &Tensor) -> Result<Option<Tensor>> {
        let tensor = |buffer| match buffer {
            Buffer::F32(values) => Tensor::from_vec(values, variable.shape(), &Device::Cpu),
            Buffer::F64(values) => Tensor::from_vec(values, variable.shape(), &Device::Cpu),
            Buffer::Device(tensor) => Ok(tensor),
        };
        self.take_buffer(variable).map(tensor).transpose()
    }
}

/// Which arguments need a gradient; `None` where none does or nothing is recorded.
pub(crate) fn tracked(args: &[&Tensor]) -> Option<Vec<bool>> {
    RECORDING.with_borrow(|tape| {
        let tape = tape.as_ref()?;
        let needed: Vec<bool> = args.iter().map(|t| t.is_variable() || tape.tracked.contains(&t.id())).collect();
        needed.contains(&true).then_some(needed)
    })
}

/// True where a tape records for second derivatives.
pub(crate) fn records_twice() -> bool {
    RECORDING.with_borrow(|tape| tape.as_ref().is_some_and(|tape| tape.twice))
}

/// Records an operation.
pub(crate) fn push(node: Box<dyn Node>) {
    RECORDING.with_borrow_mut(|tape| {
        if let Some(tape) = tape {
            tape.tracked.insert(node.output());
            tape.nodes.push(node);
        }
    });
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::super::{add, scale};
    use super::*;

    #[test]
    fn a_variable_that_is_used_twice_gets_the_sum() -> Result<()> {
        let x = Var::new(&[1f64, 2.0], &Device::Cpu)?;
        let (y, tape) = Tape::record(|| add(&scale(&x, 3.0)?, &add(&x, &x)?))?;
        let mut gradients = tape.backward(&y, &y.ones_like()?)?;
        assert_eq!(gradients.take::<f64>(&x)?, Some(vec![5.0, 5.0]));
        assert_eq!(gradients.take::<f64>(&x)?, None);
        Ok(())
    }

    #[test]
    fn what_depends_on_no_variable_is_not_recorded() -> Result<()> {
        let c = Tensor::new(&[1f64], &Device::Cpu)?;
        let (y, tape) = Tape::record(|| scale(&c, 2.0))?;
        assert!(tape.nodes.is_empty() && tape.backward(&y, &c).is_err());
        let x = Var::new(&[1f64], &Device::Cpu)?;
        scale(&x, 2.0)?;
        let ((), tape) = Tape::record(|| Ok::<_, candle_core::Error>(()))?;
        assert!(tape.nodes.is_empty(), "nothing is recorded outside");
        Ok(())
    }

    #[test]
    fn a_leaf_gets_a_gradient_without_being_a_variable() -> Result<()> {
        let (x, c) = (Tensor::new(&[1f64], &Device::Cpu)?, Tensor::new(&[1f64], &Device::Cpu)?);
        let (y, tape) = Tape::record_from(&[&x], || add(&scale(&x, 2.0)?, &c))?;
        let mut gradients = tape.backward(&y, &y.ones_like()?)?;
        assert_eq!(gradients.take::<f64>(&x)?, Some(vec![2.0]));
        assert_eq!(gradients.take::<f64>(&c)?, None);
        Ok(())
    }

    #[test]
    fn a_strided_leaf_gets_its_gradient() -> Result<()> {
        let x = Tensor::new(&[[1f64, 2.0], [3.0, 4.0]], &Device::Cpu)?.t()?;
        let (y, tape) = Tape::record_from(&[&x], || scale(&x, 2.0))?;
        let seed = Tensor::new(&[[1f64, 2.0], [3.0, 4.0]], &Device::Cpu)?;
        let mut gradients = tape.backward(&y, &seed)?;
        assert_eq!(gradients.take::<f64>(&x)?, Some(vec![2.0, 4.0, 6.0, 8.0]));
        Ok(())
    }

    #[test]
    fn a_tape_that_stays_whole_gives_the_gradients_of_some() -> Result<()> {
        let (x, z) = (Var::new(&[1f64, 2.0], &Device::Cpu)?, Var::new(&[1f64, 2.0], &Device::Cpu)?);
        let (y, tape) = Tape::record(|| add(&scale(&x, 3.0)?, &add(&x, &scale(&z, 7.0)?)?))?;
        let seed = y.ones_like()?;
        for (of, other, want) in [(&x, &z, 4.0), (&z, &x, 7.0)] {
            let mut gradients = tape.gradients(&y, &seed, [of.as_tensor()])?;
            assert_eq!(gradients.take::<f64>(of)?, Some(vec![want; 2]));
            assert_eq!(gradients.take::<f64>(other)?, None);
        }
        assert_eq!(tape.backward(&y, &seed)?.take::<f64>(&x)?, Some(vec![4.0, 4.0]));
        Ok(())
    }

    /// Who asks to stop waits for one operation at most.
    #[test]
    fn the_way_back_ends_where_it_is_asked_to() -> Result<()> {
        let x = Var::new(&[1f64], &Device::Cpu)?;
        for last in 0..3 {
            let (y, tape) = Tape::record(|| scale(&scale(&scale(&x, 2.0)?, 3.0)?, 4.0))?;
            let asked = std::cell::Cell::new(0);
            let stop = || {
                asked.set(asked.get() + 1);
                if asked.get() > last { bail!("stopped") } else { Ok(()) }
            };
            assert!(tape.backward_until(&y, &y.ones_like()?, stop).is_err());
            assert_eq!(asked.get(), last + 1);
        }
        Ok(())
    }

    #[test]
    fn a_run_within_a_run_leaves_the_outer_one_alone() -> Result<()> {
        let x = Var::new(&[1f64], &Device::Cpu)?;
        let (y, tape) = Tape::record(|| {
            let y = scale(&x, 2.0)?;
            let (z, inner) = Tape::record(|| scale(&x, 5.0))?;
            assert_eq!(inner.backward(&z, &z.ones_like()?)?.take::<f64>(&x)?, Some(vec![5.0]));
            let failed: Result<((), Tape)> = Tape::record(|| bail!("inside"));
            assert!(failed.is_err());
            scale(&y, 2.0)
        })?;
        assert_eq!(tape.backward(&y, &y.ones_like()?)?.take::<f64>(&x)?, Some(vec![4.0]));
        Ok(())
    }
}
