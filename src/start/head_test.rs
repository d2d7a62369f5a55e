//! What is promised of heads that are made.

use candle_core::{Device, Tensor, Var};

use super::*;
use crate::data::{Scheme, TagSet};
use crate::error::Result;
use crate::peft::Tensors;

const WIDTH: usize = 4;

/// Numbers that look drawn.
fn numbers(seed: usize, shape: impl Into<candle_core::Shape>) -> Tensor {
    let shape = shape.into();
    let value = |i: usize| (((i * 37 + seed * 101 + 13) % 71) as f32 - 35.0) / 30.0;
    Tensor::from_vec((0..shape.elem_count()).map(value).collect::<Vec<_>>(), shape, &Device::Cpu).unwrap()
}

fn prior() -> Prior {
    let shape = |name: &str| match name {
        "map" => vec![WIDTH, WIDTH],
        "centre" | "outside" | "begin" | "inside" | "metric" => vec![WIDTH],
        _ => vec![1],
    };
    let named = Prior::NAMES.iter().enumerate();
    let tensors: Tensors = named.map(|(i, name)| (format!("{PREFIX}{name}"), numbers(i, shape(name)))).collect();
    Prior::from_tensors(&tensors, WIDTH).unwrap()
}

fn tags(scheme: Scheme) -> TagSet {
    TagSet::new(scheme, vec!["A".into(), "B".into(), "C".into()]).unwrap()
}

const ROLES: [Role; 6] =
    [Role::Outside, Role::Begin(0), Role::Inside(0), Role::Outside, Role::Begin(2), Role::Begin(0)];

/// The definition, word by word and number by number.
fn by_definition(p: &Prior, names: &[Vec<f32>], x: &[Vec<f32>], h: &[f32], tag: usize) -> f32 {
    let vector = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let number = |t: &Tensor| vector(t)[0];
    let (centre, map) = (vector(&p.centre), p.map.to_vec2::<f32>().unwrap());
    let (k, ko) = (number(&p.strength).exp(), number(&p.outside_strength).exp());
    let base = |role: usize| vector([&p.outside, &p.begin, &p.inside][role]);
    let mut point = base(match tag {
        0 => 0,
        tag if tag % 2 == 1 => 1,
        _ => 2,
    });
    let bias;
    if tag == 0 {
        let outside: Vec<usize> = (0..x.len()).filter(|i| ROLES[*i] == Role::Outside).collect();
        for d in 0..WIDTH {
            let sum: f32 = outside.iter().map(|i| x[*i][d] - centre[d]).sum();
            point[d] = (sum + ko * point[d]) / (outside.len() as f32 + ko);
        }
        bias = number(&p.outside_bias);
    } else {
        let kind = (tag - 1) / 2;
        let length = names[kind].iter().map(|v| v * v).sum::<f32>().sqrt();
        let (mut sum, mut n) = (vec![0f32; WIDTH], 0.0);
        for (i, role) in ROLES.iter().enumerate().take(x.len()) {
            let shared = match *role {
                Role::Begin(t) if t == kind => base(1),
                Role::Inside(t) if t == kind => base(2),
                _ => continue,
            };
            n += 1.0;
            (0..WIDTH).for_each(|d| sum[d] += x[i][d] - centre[d] - shared[d]);
        }
        for d in 0..WIDTH {
            let mapped: f32 = (0..WIDTH).map(|e| map[d][e] * names[kind][e] / length).sum();
            let prior = mapped * 0.05 * (WIDTH as f32).sqrt();
            point[d] += (sum[d] + k * prior) / (n + k);
        }
        bias = number(&p.unseen_bias) * k / (n + k);
    }
    let factor: Vec<f32> = vector(&p.metric).iter().map(|m| (m + number(&p.scale)).exp()).collect();
    let away = |y: &[f32]| -> f32 { (0..WIDTH).map(|d| factor[d] * (h[d] - centre[d] - y[d]).powi(2)).sum() };
    // Less what is the same for all tags.
    bias - 0.5 * away(&point) + 0.5 * away(&[0.0; WIDTH])
}

#[test]
fn a_logit_is_minus_half_the_squared_distance_to_the_tags_point() -> Result<()> {
    let (p, tags) = (prior(), tags(Scheme::Iob2));
    let (names, hidden, query) = (numbers(50, (3, WIDTH)), numbers(60, (6, WIDTH)), numbers(70, (2, WIDTH)));
    for words in [0, 6] {
        let hidden = hidden.narrow(0, 0, words)?;
        let given = (words > 0).then_some(Words { hidden: &hidden, roles: &ROLES[..words] });
        let (weight, bias) = p.head(&tags, Some(&names), given)?;
        let logits = query.matmul(&weight.t()?)?.broadcast_add(&bias)?.to_vec2::<f32>()?;
        let (names, hidden) = (names.to_vec2::<f32>()?, hidden.to_vec2::<f32>()?);
        for (h, logits) in query.to_vec2::<f32>()?.iter().zip(&logits) {
            for (tag, logit) in logits.iter().enumerate() {
                let want = by_definition(&p, &names, &hidden, h, tag);
                assert!(
                    (logit - want).abs() < 2e-4 * (1.0 + want.abs()),
                    "{words} words, tag {tag}: {logit}, not {want}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn tags_of_one_kind_share_their_point_in_bioes() -> Result<()> {
    let p = prior();
    let names = numbers(50, (3, WIDTH));
    let (iob, iob_bias) = p.head(&tags(Scheme::Iob2), Some(&names), None)?;
    let (bioes, bias) = p.head(&tags(Scheme::Bioes), Some(&names), None)?;
    let (iob, bioes) = (iob.to_vec2::<f32>()?, bioes.to_vec2::<f32>()?);
    let (iob_bias, bias) = (iob_bias.to_vec1::<f32>()?, bias.to_vec1::<f32>()?);
    for (kind, [b, i]) in [[1, 2], [3, 4], [5, 6]].into_iter().enumerate() {
        for (at, of) in [(0, b), (1, i), (2, i), (3, b)] {
            assert_eq!((&bioes[1 + 4 * kind + at], bias[1 + 4 * kind + at]), (&iob[of], iob_bias[of]));
        }
    }
    Ok(())
}

#[test]
fn without_names_words_alone_make_the_rows() -> Result<()> {
    let (p, tags, hidden) = (prior(), tags(Scheme::Iob2), numbers(60, (6, WIDTH)));
    let words = || Some(Words { hidden: &hidden, roles: &ROLES });
    let (with, _) = p.head(&tags, Some(&numbers(50, (3, WIDTH))), words())?;
    let (without, bias) = p.head(&tags, None, words())?;
    assert_ne!(with.to_vec2::<f32>()?[1], without.to_vec2::<f32>()?[1]);
    assert_eq!(with.to_vec2::<f32>()?[0], without.to_vec2::<f32>()?[0], "O knows no names");
    assert_eq!((without.dims(), bias.dims()), (&[7, WIDTH][..], &[7][..]));
    Ok(())
}

/// Priming learns through the making of the head: every parameter, the names' and the words' outputs.
#[test]
fn gradients_agree_with_finite_differences() -> Result<()> {
    let tags = tags(Scheme::Iob2);
    let mut start = prior().to_tensors()?;
    start.insert("names".into(), numbers(50, (3, WIDTH)));
    start.insert("words".into(), numbers(60, (6, WIDTH)));
    let query = numbers(70, (5, WIDTH));
    let gold = Tensor::new(&[0u32, 1, 2, 4, 6], &Device::Cpu)?;
    let loss = |tensors: &Tensors| -> Result<Tensor> {
        let p = Prior::from_tensors(tensors, WIDTH)?;
        let words = Words { hidden: &tensors["words"], roles: &ROLES };
        let (weight, bias) = p.head(&tags, Some(&tensors["names"]), Some(words))?;
        let nameless = p.head(&tags, None, Some(Words { hidden: &tensors["words"], roles: &ROLES }))?;
        let logits = query.matmul(&(weight + nameless.0)?.t()?)?.broadcast_add(&(bias + nameless.1)?)?;
        Ok(candle_nn::loss::cross_entropy(&logits, &gold)?)
    };
    let vars: Vec<(String, Var)> =
        start.iter().map(|(n, t)| Ok((n.clone(), Var::from_tensor(t)?))).collect::<Result<_>>()?;
    let of_vars: Tensors = vars.iter().map(|(n, v)| (n.clone(), v.as_tensor().clone())).collect();
    let gradients = loss(&of_vars)?.backward()?;
    for (name, var) in &vars {
        let found = gradients.get(var).unwrap_or_else(|| panic!("{name} has no gradient")).flatten_all()?;
        let found = found.to_vec1::<f32>()?;
        let values = start[name].flatten_all()?.to_vec1::<f32>()?;
        for (i, found) in found.iter().enumerate() {
            let at = |step: f32| -> Result<f32> {
                let (mut moved, mut values) = (start.clone(), values.clone());
                values[i] += step;
                moved.insert(name.clone(), Tensor::from_vec(values, start[name].shape(), &Device::Cpu)?);
                Ok(loss(&moved)?.to_scalar::<f32>()?)
            };
            let want = (at(1e-2)? - at(-1e-2)?) / 2e-2;
            assert!((found - want).abs() < 1e-2 * (1.0 + want.abs()), "{name}[{i}]: {found}, not {want}");
        }
    }
    Ok(())
}

#[test]
fn tensors_that_lack_or_have_another_shape_are_named() {
    let mut tensors = prior().to_tensors().unwrap();
    assert!(Prior::from_tensors(&tensors, WIDTH).is_ok());
    tensors.insert("start.begin".into(), numbers(1, WIDTH + 1));
    assert_eq!(Prior::from_tensors(&tensors, WIDTH).unwrap_err().tensor(), Some("start.begin"));
    tensors.remove("start.begin");
    assert_eq!(Prior::from_tensors(&tensors, WIDTH).unwrap_err().tensor(), Some("start.begin"));
}
