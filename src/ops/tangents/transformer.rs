//! A small transformer for tests that uses every operation, from this crate's and from candle's own.

use std::collections::HashMap;

use candle_core::{D, Device, Tensor};

use super::super::finite_difference::random;
use super::super::{
    Activation, activation, add, attention, cross_entropy, layer_norm, linear, linear_gelu, scale, select_rows,
};
use super::Result;

const HIDDEN: usize = 8;
const HEADS: usize = 2;
const STARTS: [usize; 3] = [0, 4, 9];
const IDS: [u32; 9] = [0, 5, 2, 1, 0, 3, 5, 4, 1];
const LABELLED: [u32; 5] = [1, 2, 5, 7, 8];
const TARGETS: [u32; 5] = [0, 2, 1, 1, 0];

/// Tensors by name.
pub(super) type Parameters = Vec<(String, Tensor)>;

/// Frozen: the norm behind the embeddings and the positions.
pub(super) fn frozen(name: &str) -> bool {
    name.starts_with("embedding.") || name == "position"
}

/// A LoRA update, a bottleneck adapter, or the head: what an inner loop trains.
pub(super) fn trained(name: &str) -> bool {
    ["lora", "adapter", "head"].iter().any(|part| name.contains(part))
}

pub(super) fn parameters() -> Result<Parameters> {
    let mut shapes: Vec<(String, Vec<usize>)> = Vec::new();
    let mut shape = |name: &str, dims: &[usize]| shapes.push((name.to_owned(), dims.to_vec()));
    shape("word", &[6, HIDDEN]);
    shape("position", &[9, HIDDEN]);
    shape("embedding.gamma", &[HIDDEN]);
    shape("embedding.beta", &[HIDDEN]);
    for layer in 0..2 {
        let mut shape = |name: &str, dims: &[usize]| shape(&format!("{layer}.{name}"), dims);
        let mut projection = |name: &str, outputs: usize, inputs: usize| {
            shape(&format!("{name}.weight"), &[outputs, inputs]);
            shape(&format!("{name}.bias"), &[outputs]);
        };
        ["query", "key", "value", "dense"].iter().for_each(|name| projection(name, HIDDEN, HIDDEN));
        projection("intermediate", 12, HIDDEN);
        projection("output", HIDDEN, 12);
        projection("adapter.down", 3, HIDDEN);
        projection("adapter.up", HIDDEN, 3);
        for site in ["query", "value"] {
            shape(&format!("{site}.lora_a"), &[2, HIDDEN]);
            shape(&format!("{site}.lora_b"), &[HIDDEN, 2]);
        }
        for norm in ["attention_norm", "output_norm"] {
            shape(&format!("{norm}.gamma"), &[HIDDEN]);
            shape(&format!("{norm}.beta"), &[HIDDEN]);
        }
    }
    shape("head.weight", &[3, HIDDEN]);
    shape("head.bias", &[3]);
    let of = |(seed, (name, dims)): (usize, (String, Vec<usize>))| Ok((name, (random(&dims, seed as u64) * 0.6)?));
    shapes.into_iter().enumerate().map(of).collect()
}

/// The operations of this folder, or the same composed of candle's, which have a second derivative.
#[derive(Clone, Copy)]
pub(super) enum Engine {
    Fused,
    Composed,
}

impl Engine {
    fn linear(self, x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
        match (self, b) {
            (Engine::Fused, b) => linear(x, w, b),
            (_, Some(b)) => x.matmul(&w.t()?)?.broadcast_add(b),
            (_, None) => x.matmul(&w.t()?),
        }
    }

    fn linear_gelu(self, x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
        match self {
            Engine::Fused => linear_gelu(x, w, b),
            Engine::Composed => {
                let z = self.linear(x, w, Some(b))?;
                &z * (((&z * std::f64::consts::FRAC_1_SQRT_2)?.erf()? + 1.0)? * 0.5)?
            }
        }
    }

    fn layer_norm(self, x: &Tensor, residual: &Tensor, gamma: &Tensor, beta: &Tensor) -> Result<Tensor> {
        match self {
            Engine::Fused => layer_norm(x, Some(residual), gamma, beta, 1e-5),
            Engine::Composed => {
                let sum = (x + residual)?;
                let centred = sum.broadcast_sub(&sum.mean_keepdim(D::Minus1)?)?;
                let deviation = (centred.sqr()?.mean_keepdim(D::Minus1)? + 1e-5)?.sqrt()?;
                centred.broadcast_div(&deviation)?.broadcast_mul(gamma)?.broadcast_add(beta)
            }
        }
    }

    fn attention(self, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
        let Engine::Composed = self else { return attention(q, k, v, &STARTS.into(), HEADS) };
        let size = HIDDEN / HEADS;
        let mut outputs = Vec::new();
        for w in STARTS.windows(2) {
            let mut heads = Vec::new();
            for head in 0..HEADS {
                let [q, k, v] =
                    [q, k, v].map(|t| t.narrow(0, w[0], w[1] - w[0])?.narrow(1, head * size, size)?.contiguous());
                let weights = (q?.matmul(&k?.t()?)? / (size as f64).sqrt())?.exp()?;
                heads.push(weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?.matmul(&v?)?);
            }
            outputs.push(Tensor::cat(&heads, 1)?);
        }
        Tensor::cat(&outputs, 0)
    }

    fn activation(self, x: &Tensor, kind: Activation) -> Result<Tensor> {
        match (self, kind) {
            (Engine::Fused, kind) => activation(x, kind),
            (_, Activation::Relu) => x.relu(),
            _ => x / (x.neg()?.exp()? + 1.0)?,
        }
    }

    fn cross_entropy(self, logits: &Tensor) -> Result<Tensor> {
        let Engine::Composed = self else { return cross_entropy(logits, &TARGETS) };
        let log = logits.broadcast_sub(&logits.exp()?.sum_keepdim(1)?.log()?)?;
        let chosen: Vec<f64> =
            TARGETS.iter().flat_map(|t| (0..3).map(move |tag| f64::from(u8::from(tag == *t)))).collect();
        (log * Tensor::from_vec(chosen, (5, 3), &Device::Cpu)?)?.sum_all()? / -5.0
    }

    fn select_rows(self, table: &Tensor, rows: &[u32]) -> Result<Tensor> {
        match self {
            Engine::Fused => select_rows(table, rows),
            Engine::Composed => table.index_select(&Tensor::new(rows, &Device::Cpu)?, 0),
        }
    }

    fn add(self, a: &Tensor, b: &Tensor) -> Result<Tensor> {
        if let Engine::Fused = self { add(a, b) } else { a + b }
    }

    fn scale(self, x: &Tensor, factor: f64) -> Result<Tensor> {
        if let Engine::Fused = self { scale(x, factor) } else { x * factor }
    }

    pub fn loss(self, parameters: &Parameters) -> Result<Tensor> {
        let by_name: HashMap<&str, &Tensor> = parameters.iter().map(|(name, t)| (name.as_str(), t)).collect();
        let positions: Vec<u32> = (0..4).chain(0..5).collect();
        let word = self.select_rows(by_name["word"], &IDS)?;
        let position = self.select_rows(by_name["position"], &positions)?;
        let mut x = self.layer_norm(&position, &word, by_name["embedding.gamma"], by_name["embedding.beta"])?;
        for layer in 0..2 {
            let get = |name: &str| by_name[format!("{layer}.{name}").as_str()];
            let project = |x: &Tensor, name: &str| {
                self.linear(x, get(&format!("{name}.weight")), Some(get(&format!("{name}.bias"))))
            };
            let adapted = |x: &Tensor, name: &str| -> Result<Tensor> {
                let narrow = self.scale(&self.linear(x, get(&format!("{name}.lora_a")), None)?, 0.7)?;
                self.add(&project(x, name)?, &self.linear(&narrow, get(&format!("{name}.lora_b")), None)?)
            };
            let norm = |y: &Tensor, x: &Tensor, name: &str| {
                self.layer_norm(y, x, get(&format!("{name}.gamma")), get(&format!("{name}.beta")))
            };
            let attended = self.attention(&adapted(&x, "query")?, &project(&x, "key")?, &adapted(&x, "value")?)?;
            x = norm(&project(&attended, "dense")?, &x, "attention_norm")?;
            let inner = self.linear_gelu(&x, get("intermediate.weight"), get("intermediate.bias"))?;
            let y = project(&inner, "output")?;
            let kind = [Activation::Swish, Activation::Relu][layer];
            let wide = project(&self.activation(&project(&y, "adapter.down")?, kind)?, "adapter.up")?;
            x = norm(&self.add(&wide, &y)?, &x, "output_norm")?;
        }
        let logits = self.linear(&self.select_rows(&x, &LABELLED)?, by_name["head.weight"], Some(by_name["head.bias"]));
        self.cross_entropy(&logits?)
    }
}
