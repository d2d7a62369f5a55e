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
