//! The check that every operation's tests share: gradients against central differences in `f64`.

use candle_core::{Device, Result, Tensor, Var};

use super::Tape;
use rand::Rng;
use rand::SeedableRng;

/// Values between -1 and 1, none of them close to 0, where ReLU has no derivative.
pub(crate) fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f64> = (0..shape.iter().product())
        .map(|_| rng.random_range(0.01..1.0) * if rng.random() { 1.0 } else { -1.0 })
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Asserts that backward of `f` gives every argument the gradient that central differences give. The result is
/// reduced to a scalar with fixed random weights, so that no error can cancel out.
pub(crate) fn check_gradients(args: &[Tensor], f: impl Fn(&[Tensor]) -> Result<Tensor>) {
    const STEP: f64 = 1e-5;
    let reduce = |args: &[Tensor]| -> Result<Tensor> {
        let y = f(args)?;
        (&y * random(y.dims(), 99))?.sum_all()
    };
    let vars: Vec<Var> = args.iter().map(|a| Var::from_tensor(&a.contiguous().unwrap()).unwrap()).collect();
    let tracked: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let (y, tape) = Tape::record(|| f(&tracked)).unwrap();
    let mut grads = tape.backward(&y, &random(y.dims(), 99)).unwrap();
    for (n, arg) in args.iter().enumerate() {
        let got: Vec<f64> = grads.take(&tracked[n]).unwrap().unwrap_or_else(|| panic!("argument {n} has no gradient"));
        assert_eq!(got.len(), arg.elem_count(), "size of gradient {n}");
        let values = arg.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for i in 0..values.len() {
            let at = |delta: f64| {
                let mut moved = values.clone();
                moved[i] += delta;
                let mut args = args.to_vec();
                args[n] = Tensor::from_vec(moved, arg.shape(), &Device::Cpu).unwrap();
                reduce(&args).unwrap().to_scalar::<f64>().unwrap()
            };
            let want = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let error = (got[i] - want).abs() / want.abs().max(1.0);
            assert!(error < 1e-7, "argument {n}, element {i}: backward {}, difference {want}", got[i]);
        }
    }
}

/// Asserts that the tangents of the gradients of `f`, reduced as above, agree with central differences of the
/// gradients along a random direction: for all choices of what is constant, a leaf, and a leaf that moves.
pub(crate) fn check_tangents(args: &[Tensor], f: impl Fn(&[Tensor]) -> Result<Tensor>) {
    (1..3usize.pow(args.len() as u32)).for_each(|choice| {
        let role = |i: usize| [Role::Constant, Role::Leaf, Role::Moving][choice / 3usize.pow(i as u32) % 3];
        let roles: Vec<Role> = (0..args.len()).map(role).collect();
        check_roles(args, &roles, &f).unwrap_or_else(|e| panic!("{roles:?}: {e}"));
    });
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    Constant,
    Leaf,
    Moving,
}

fn check_roles(args: &[Tensor], roles: &[Role], f: impl Fn(&[Tensor]) -> Result<Tensor>) -> Result<()> {
    const STEP: f64 = 1e-5;
    let direction = |i: usize| random(args[i].dims(), 7 + i as u64);
    // The arguments at a step along the direction, and which of them are leaves.
    let at = |step: f64| -> Result<Vec<Tensor>> {
        let moved = |(i, a): (usize, &Tensor)| match roles[i] {
            Role::Moving => a + (direction(i) * step)?,
            _ => a.copy(),
        };
        args.iter().enumerate().map(moved).collect()
    };
    fn leaves<'a>(args: &'a [Tensor], roles: &[Role]) -> Vec<&'a Tensor> {
        args.iter().zip(roles).filter(|(_, role)| **role != Role::Constant).map(|(a, _)| a).collect()
    }
    let gradients = |step: f64| -> Result<Vec<Option<Vec<f64>>>> {
        let args = at(step)?;
        let leaves = leaves(&args, roles);
        let (y, tape) = Tape::record_from(&leaves, || f(&args))?;
        let mut gradients = tape.backward(&y, &random(y.dims(), 99))?;
        leaves.iter().map(|leaf| gradients.take(leaf)).collect()
    };
    let (below, above) = (gradients(-STEP)?, gradients(STEP)?);
    let here = at(0.0)?;
    let leaves = leaves(&here, roles);
    let moving = || (0..args.len()).filter(|i| roles[*i] == Role::Moving);
    let directions = || moving().map(|i| (&here[i], direction(i).flatten_all().unwrap().to_vec1::<f64>().unwrap()));
    let record = || Tape::record_twice(&leaves, || f(&here));
    let (y, tape) = record()?;
    let seed = random(y.dims(), 99);
    let mut plain = tape.gradients(&y, &seed, leaves.iter().copied())?;
    let mut tangents = tape.tangents(&y, &seed, directions())?;
    let (y, tape) = record()?;
    let (mut gradients, mut again) = tape.gradients_and_tangents(&y, &seed, directions())?;
    for (n, leaf) in leaves.iter().enumerate() {
        let got = tangents.take::<f64>(leaf)?;
        assert_eq!(got, again.take::<f64>(leaf)?, "{roles:?}, leaf {n}: tangents beside gradients");
        let (got_gradient, want) = (gradients.take::<f64>(leaf)?.unwrap(), plain.take::<f64>(leaf)?.unwrap());
        let apart = got_gradient.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(got_gradient.len() == want.len() && apart < 1e-12, "{roles:?}, leaf {n}: gradient is {apart} off");
        let got = got.unwrap_or_else(|| vec![0.0; leaf.elem_count()]);
        assert_eq!(got.len(), leaf.elem_count());
        let (below, above) = (below[n].as_ref().unwrap(), above[n].as_ref().unwrap());
        for (i, (got, (below, above))) in got.iter().zip(below.iter().zip(above)).enumerate() {
            let want = (above - below) / (2.0 * STEP);
            let error = (got - want).abs() / want.abs().max(1.0);
            assert!(error < 1e-7, "{roles:?}, leaf {n}, element {i}: tangent {got}, difference {want}");
        }
    }
    Ok(())
}
