//! Tangents through a small transformer that uses every operation: against central differences and against a second
//! backward pass through candle's own operations.

use std::process::Command;

use candle_core::{DType, Device, Tensor, Var};

use super::super::Tape;
use super::super::finite_difference::random;
use super::Result;
use super::transformer::{Engine, Parameters, frozen, parameters, trained};

/// A direction for the parameters for which `moves` holds.
fn direction(parameters: &Parameters, seed: u64, moves: impl Fn(&str) -> bool) -> Vec<Option<Tensor>> {
    let of = |(i, (name, t)): (usize, &(String, Tensor))| moves(name).then(|| random(t.dims(), seed + i as u64));
    parameters.iter().enumerate().map(of).collect()
}

fn flat(t: &Tensor) -> Result<Vec<f64>> {
    t.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// The tangent of every leaf's gradient; empty for what is frozen.
fn tangents(parameters: &Parameters, direction: &[Option<Tensor>], element: DType) -> Result<Vec<Vec<f64>>> {
    let cast = |(name, t): &(String, Tensor)| Ok((name.clone(), t.to_dtype(element)?));
    let parameters: Parameters = parameters.iter().map(cast).collect::<Result<_>>()?;
    let leaves: Vec<&Tensor> = parameters.iter().filter(|(name, _)| !frozen(name)).map(|(_, t)| t).collect();
    let (loss, tape) = Tape::record_twice(&leaves, || Engine::Fused.loss(&parameters))?;
    let moving = parameters.iter().zip(direction).filter_map(|((_, t), u)| Some((t, flat(u.as_ref()?).unwrap())));
    let seed = loss.ones_like()?;
    let mut tangents = match element {
        DType::F32 => {
            let narrow = |(t, u): (_, Vec<f64>)| (t, u.into_iter().map(|u| u as f32).collect::<Vec<_>>());
            tape.tangents(&loss, &seed, moving.map(narrow))?
        }
        _ => tape.tangents(&loss, &seed, moving)?,
    };
    let mut take = |t: &Tensor| -> Result<Vec<f64>> {
        Ok(match element {
            DType::F32 => tangents.take::<f32>(t)?.unwrap_or_default().into_iter().map(f64::from).collect(),
            _ => tangents.take::<f64>(t)?.unwrap_or_default(),
        })
    };
    parameters.iter().map(|(_, t)| take(t)).collect()
}

/// Asserts agreement within `tolerance` of the largest number of each tensor.
fn assert_close(parameters: &Parameters, got: &[Vec<f64>], want: &[Vec<f64>], tolerance: f64) {
    for ((name, t), (got, want)) in parameters.iter().zip(got.iter().zip(want)).filter(|((name, _), _)| !frozen(name)) {
        assert!(got.len() == t.elem_count() && want.len() == got.len(), "{name}: {} numbers", got.len());
        let largest = want.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        let apart = got.iter().zip(want).fold(0.0, |a: f64, (g, w)| a.max((g - w).abs()));
        // Softmax does not see the keys' bias: both sides are rounding.
        let largest = if name.ends_with("key.bias") { 1.0 } else { largest };
        assert!(largest > 1e-6, "{name}: nothing to compare");
        assert!(apart <= tolerance * largest, "{name}: {apart} off, largest {largest}");
    }
}

#[test]
fn agrees_with_central_differences() -> Result<()> {
    const STEP: f64 = 1e-5;
    let parameters = parameters()?;
    for seed in [100, 200] {
        let direction = direction(&parameters, seed, trained);
        let gradients = |step: f64| -> Result<Vec<Vec<f64>>> {
            let moved = |((name, t), u): (&(String, Tensor), &Option<Tensor>)| {
                Ok((name.clone(), if let Some(u) = u { (t + (u * step)?)? } else { t.clone() }))
            };
            let moved: Parameters = parameters.iter().zip(&direction).map(moved).collect::<Result<_>>()?;
            let leaves: Vec<&Tensor> = moved.iter().filter(|(name, _)| !frozen(name)).map(|(_, t)| t).collect();
            let (loss, tape) = Tape::record_from(&leaves, || Engine::Fused.loss(&moved))?;
            let mut gradients = tape.backward(&loss, &loss.ones_like()?)?;
            moved.iter().map(|(_, t)| Ok(gradients.take::<f64>(t)?.unwrap_or_default())).collect()
        };
        let (above, below) = (gradients(STEP)?, gradients(-STEP)?);
        let difference = |(a, b): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
        };
        let want: Vec<_> = above.iter().zip(&below).map(difference).collect();
        assert_close(&parameters, &tangents(&parameters, &direction, DType::F64)?, &want, 1e-6);
    }
    Ok(())
}

#[test]
fn single_precision_agrees_with_double() -> Result<()> {
    let parameters = parameters()?;
    let direction = direction(&parameters, 100, trained);
    let want = tangents(&parameters, &direction, DType::F64)?;
    assert_close(&parameters, &tangents(&parameters, &direction, DType::F32)?, &want, 1e-4);
    Ok(())
}

#[test]
fn the_hessian_is_symmetric() -> Result<()> {
    let parameters = parameters()?;
    let leaf = |name: &str| !frozen(name);
    let (u, v) = (direction(&parameters, 100, leaf), direction(&parameters, 200, leaf));
    let product = |a: &[Option<Tensor>], h: &[Vec<f64>]| -> f64 {
        let dot = |(a, h): (&Option<Tensor>, &Vec<f64>)| -> f64 {
            a.iter().flat_map(|a| flat(a).unwrap()).zip(h).map(|(a, h)| a * h).sum()
        };
        a.iter().zip(h).map(dot).sum()
    };
    let uhv = product(&u, &tangents(&parameters, &v, DType::F64)?);
    let vhu = product(&v, &tangents(&parameters, &u, DType::F64)?);
    assert!(uhv.abs() > 1e-3 && (uhv - vhu).abs() < 1e-10 * uhv.abs(), "{uhv} {vhu}");
    Ok(())
}

/// candle cuts the graph of gradients unless a variable of the environment forbids it, so the comparison runs in a process
/// of its own, which is this test again.
#[test]
fn agrees_with_double_backward() -> Result<()> {
    const KEEP: &str = "CANDLE_GRAD_DO_NOT_DETACH";
    const NAME: &str = concat!(module_path!(), "::agrees_with_double_backward");
    if std::env::var_os(KEEP).is_none() {
        let name = NAME.split_once("::").map_or(NAME, |(_, name)| name);
        let run = Command::new(std::env::current_exe()?).args([name, "--exact"]).env(KEEP, "1").output()?;
        let text = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && text.contains("1 passed"), "{text}");
        return Ok(());
    }
    let parameters = parameters()?;
    for moves in [trained as fn(&str) -> bool, |name| !frozen(name), |name| name == "head.bias"] {
        let direction = direction(&parameters, 300, moves);
        let vars = parameters.iter().map(|(_, t)| Var::from_tensor(t)).collect::<Result<Vec<_>>>()?;
        let tracked: Parameters =
            parameters.iter().zip(&vars).map(|((name, _), v)| (name.clone(), v.as_tensor().clone())).collect();
        let gradients = Engine::Composed.loss(&tracked)?.backward()?;
        let mut along = Tensor::zeros((), DType::F64, &Device::Cpu)?;
        for (var, u) in vars.iter().zip(&direction) {
            let Some(u) = u else { continue };
            along = (along + (gradients.get(var).unwrap() * u)?.sum_all()?)?;
        }
        let second = along.backward()?;
        let zeros = |v: &Var| vec![0.0; v.elem_count()];
        let want = |v: &Var| second.get(v).map_or_else(|| Ok(zeros(v)), flat);
        let want = vars.iter().map(want).collect::<Result<Vec<_>>>()?;
        assert_close(&parameters, &tangents(&parameters, &direction, DType::F64)?, &want, 1e-9);
    }
    Ok(())
}

/// How many tensors a tape keeps for the LoRA updates, adapters and head alone: what their plain way back reads, and for
/// second derivatives no tensor more.
#[test]
fn a_tape_keeps_what_the_way_back_reads() -> Result<()> {
    let parameters = parameters()?;
    let leaves: Vec<&Tensor> = parameters.iter().filter(|(name, _)| trained(name)).map(|(_, t)| t).collect();
    let kept = |tape: Tape| tape.nodes.iter().map(|node| node.kept()).collect::<Vec<_>>();
    let plain = kept(Tape::record_from(&leaves, || Engine::Fused.loss(&parameters))?.1);
    assert_eq!(kept(Tape::record_twice(&leaves, || Engine::Fused.loss(&parameters))?.1), plain);
    // An update beside a projection: down, scale, projection, up, sum. Nothing below the lowest is recorded.
    let (first, update) = ([1, 0, 2, 0], [2, 0, 1, 2, 0]);
    let behind_attention = [1, 2, 1, 1, 2, 1, 2, 0, 2];
    let layers = [&first[..], &first, &[4], &behind_attention, &update, &[1], &update, &[4], &behind_attention];
    let want: Vec<usize> = layers.concat().into_iter().chain([0, 2, 0]).collect();
    assert_eq!(plain, want);
    Ok(())
}
