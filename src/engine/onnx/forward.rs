//! The encoder with a method in it, as a graph.
//!
//! It is put together from the patterns that ONNX Runtime's optimiser replaces by fused kernels: the GELU by way of Erf, a
//! bias before it, `LayerNormalization` behind an addition, and the shape of attention that PyTorch's exporter gives BERT.

use candle_core::Tensor;

use super::graph::{Graph, Value, float, int, ints, write_floats, write_tensor};
use crate::error::Result;
use crate::model::{
    Adaptation, Config, Embeddings, Encoder, Layer, LayerAdaptation, Linear, LowRank, ModuleInput, Norm, Side, Site,
    Sublayer, Weight, Words, tensor_name,
};
use crate::ops::Activation;
use crate::peft::Adapter;

/// The graph's inputs, `[batch, length]` each, and its output, `[batch, length, tags]`.
pub(super) const IDS: &str = "input_ids";
pub(super) const MASK: &str = "attention_mask";
pub(super) const LOGITS: &str = "logits";

/// What is added to the attention logits of padding: far below all others, so that its softmax is 0.
const PADDING: f32 = -10_000.0;

/// Rows of the word embedding that are read at once.
const ROWS: usize = 4096;

/// `TensorProto.DataType` FLOAT, for `Cast`.
const TO_FLOAT: i64 = super::proto::FLOAT as i64;

/// The nodes and constants that compute [`LOGITS`] from [`IDS`] and [`MASK`].
pub(super) fn forward(adapter: &Adapter) -> Result<Graph<'_>> {
    let mut forward = Forward {
        graph: Graph::default(),
        encoder: adapter.model().encoder(),
        method: &adapter.built().adaptation,
        padding: Value::new(),
    };
    forward.run(&adapter.built().head)?;
    Ok(forward.graph)
}

struct Forward<'a> {
    graph: Graph<'a>,
    encoder: &'a Encoder,
    method: &'a Adaptation,
    /// What attention adds to its logits, `[batch, 1, 1, length]`.
    padding: Value,
}

impl<'a> Forward<'a> {
    fn run(&mut self, head: &'a Linear) -> Result<()> {
        let mut x = self.embed(self.method.embeddings.as_ref().unwrap_or(&self.encoder.embeddings))?;
        self.padding = self.pad();
        for (index, base) in self.encoder.layers.iter().enumerate() {
            x = self.layer(index, self.method.layer(index).own.as_ref().unwrap_or(base), x)?;
        }
        self.linear(LOGITS, "classifier", &x, head, 1.0)?;
        Ok(())
    }

    fn config(&self) -> &'a Config {
        self.encoder.config()
    }

    fn embed(&mut self, e: &'a Embeddings) -> Result<Value> {
        let Config { vocabulary, hidden, .. } = *self.config();
        let g = &mut self.graph;
        let words = g.floats("embeddings.word_embeddings.weight", &[vocabulary, hidden], move |sink| {
            write_words(&e.word, vocabulary, sink)
        });
        // Every piece is of type 0, so its row is part of every position's.
        let table = e.position.broadcast_add(&e.kind.get(0)?)?;
        let table = g.tensor("embeddings.position_embeddings.weight", &table);
        // Row 0 of the table belongs to the first piece in every family, and sequences are padded on their right.
        let length = g.node("Shape", "embeddings.length", &[IDS], vec![int("start", 1), int("end", 2)]);
        let (zero, axis) = (g.integers("zero", &[0]), g.integers("axis.0", &[0]));
        let positions = g.node("Slice", "embeddings.positions", &[&table, &zero, &length, &axis], Vec::new());
        let words = g.node("Gather", "embeddings.words", &[&words, IDS], vec![int("axis", 0)]);
        let sum = g.binary("Add", "embeddings.sum", &words, &positions);
        Ok(self.norm("embeddings.LayerNorm", "embeddings.output", &sum, &e.norm))
    }

    fn pad(&mut self) -> Value {
        let g = &mut self.graph;
        let (one, two) = (g.integers("axis.1", &[1]), g.integers("axis.2", &[2]));
        let mask = g.binary("Unsqueeze", "padding.row", MASK, &one);
        let mask = g.binary("Unsqueeze", "padding.heads", &mask, &two);
        let mask = g.node("Cast", "padding.mask", &[&mask], vec![int("to", TO_FLOAT)]);
        let (one, lowest) = (g.scalar("one", 1.0), g.scalar("padding.lowest", PADDING));
        let absent = g.binary("Sub", "padding.absent", &one, &mask);
        g.binary("Mul", "padding", &absent, &lowest)
    }

    fn layer(&mut self, index: usize, layer: &'a Layer, x: Value) -> Result<Value> {
        let part = |name: &str| format!("encoder.layer.{index}.{name}");
        let attended = self.attention(index, layer, &x)?;
        let y = self.projection(index, Site::AttentionOutput, layer, &attended)?;
        let x = self.close(index, Sublayer::Attention, &y, &x, &layer.attention_norm)?;
        let inner = self.projection(index, Site::Intermediate, layer, &x)?;
        let inner = self.activation(&part("intermediate"), &inner, Activation::Gelu);
        let y = self.projection(index, Site::Output, layer, &inner)?;
        self.close(index, Sublayer::Output, &y, &x, &layer.output_norm)
    }

    fn attention(&mut self, index: usize, layer: &'a Layer, x: &str) -> Result<Value> {
        let part = |name: &str| format!("encoder.layer.{index}.attention.{name}");
        let Config { hidden, heads, .. } = *self.config();
        let [q, k, v] = [Site::Query, Site::Key, Site::Value].map(|site| self.projection(index, site, layer, x));
        let (q, k, v, padding) = (q?, k?, v?, self.padding.clone());
        let g = &mut self.graph;
        let split = g.integers("heads", &[0, 0, heads as i64, (hidden / heads) as i64]);
        let joined = g.integers("joined", &[0, 0, hidden as i64]);
        let mut heads_of = |name: &str, value: &str, order: [i64; 4]| {
            let value = g.binary("Reshape", &part(&format!("{name}.heads")), value, &split);
            g.node("Transpose", &part(name), &[&value], vec![ints("perm", &order)])
        };
        let q = heads_of("query", &q, [0, 2, 1, 3]);
        let k = heads_of("key", &k, [0, 2, 3, 1]);
        let v = heads_of("value", &v, [0, 2, 1, 3]);
        let root = g.scalar("attention.root", ((hidden / heads) as f32).sqrt());
        let scores = g.binary("MatMul", &part("products"), &q, &k);
        let scores = g.binary("Div", &part("scaled"), &scores, &root);
        let scores = g.binary("Add", &part("scores"), &scores, &padding);
        let weights = g.node("Softmax", &part("weights"), &[&scores], vec![int("axis", 3)]);
        let y = g.binary("MatMul", &part("context.heads"), &weights, &v);
        let y = g.node("Transpose", &part("context.pieces"), &[&y], vec![ints("perm", &[0, 2, 1, 3])]);
        Ok(g.binary("Reshape", &part("context"), &y, &joined))
    }

    /// Closes a sublayer, with the method's bottleneck in it where it has one there.
    fn close(&mut self, index: usize, sublayer: Sublayer, y: &str, residual: &str, norm: &Norm) -> Result<Value> {
        let name = tensor_name(index, sublayer.path(), "LayerNorm");
        let part = |name: &str| tensor_name(index, sublayer.path(), name);
        let method = self.method;
        let Some(module) = method.layer(index).bottleneck(sublayer) else {
            let sum = self.graph.binary("Add", &part("sum"), y, residual);
            return Ok(self.norm(&name, &part("output"), &sum, norm));
        };
        let input = match module.input {
            ModuleInput::Output => y.to_owned(),
            ModuleInput::Residual => residual.to_owned(),
            ModuleInput::Normed => {
                let sum = self.graph.binary("Add", &part("adapter_input.sum"), y, residual);
                self.norm(&name, &part("adapter_input"), &sum, norm)
            }
        };
        let down = part("adapter_down");
        let narrow = self.linear(&format!("{down}.output"), &down, &input, &module.down, 1.0)?;
        let narrow = self.activation(&part("adapter"), &narrow, module.activation);
        let up = part("adapter_up");
        let wide = self.linear(&format!("{up}.output"), &up, &narrow, &module.up, module.scaling)?;
        let adapted = self.graph.binary("Add", &part("adapted"), &wide, y);
        let sum = self.graph.binary("Add", &part("sum"), &adapted, residual);
        Ok(self.norm(&name, &part("output"), &sum, norm))
    }

    /// `scale · (x Wᵀ + b)`, called `output`, with constants under `name`.
    fn linear(&mut self, output: &str, name: &str, x: &str, linear: &'a Linear, scale: f64) -> Result<Value> {
        let (outputs, inputs) = linear.weight.dims2()?;
        let w = self.graph.floats(&format!("{name}.weight"), &[inputs, outputs], move |sink| {
            write_tensor(&linear.weight.t()?.affine(scale, 0.0)?, sink)
        });
        let b = self.graph.tensor(&format!("{name}.bias"), &linear.bias.affine(scale, 0.0)?);
        let product = self.graph.binary("MatMul", &format!("{name}.product"), x, &w);
        Ok(self.graph.binary("Add", output, &product, &b))
    }

    /// A linear layer of the encoder, with low-rank updates and factors in its weight and bias where there are some.
    fn projection(&mut self, index: usize, site: Site, layer: &'a Layer, x: &str) -> Result<Value> {
        let name = tensor_name(index, site.path(), "");
        let name = name.trim_end_matches('.');
        let (outputs, inputs) = site.shape(self.config());
        let (projection, change) = (layer.projection(site), self.method.layer(index));
        let w = self.graph.floats(&format!("{name}.weight"), &[inputs, outputs], move |sink| {
            write_tensor(&merged(&projection.weight, change, site)?.t()?, sink)
        });
        let bias = match change.factors(site, Side::Output) {
            Some(factors) => (&projection.bias * factors)?,
            None => projection.bias.clone(),
        };
        let b = self.graph.tensor(&format!("{name}.bias"), &bias);
        let product = self.graph.binary("MatMul", &format!("{name}.product"), x, &w);
        Ok(self.graph.binary("Add", &format!("{name}.output"), &product, &b))
    }

    /// Layer normalisation with constants under `name`. An adapter's input is normalised by the sublayer's own.
    fn norm(&mut self, name: &str, output: &str, x: &str, norm: &Norm) -> Value {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        for (name, tensor) in [(&weight, &norm.gamma), (&bias, &norm.beta)] {
            if !self.graph.has(name) {
                self.graph.tensor(name, tensor);
            }
        }
        let attributes = vec![int("axis", -1), float("epsilon", norm.eps as f32)];
        self.graph.node("LayerNormalization", output, &[x, &weight, &bias], attributes)
    }

    fn activation(&mut self, name: &str, x: &str, kind: Activation) -> Value {
        let part = |name_of: &str| format!("{name}.{name_of}");
        let g = &mut self.graph;
        match kind {
            Activation::Relu => g.node("Relu", &part("relu"), &[x], Vec::new()),
            Activation::Swish => {
                let gate = g.node("Sigmoid", &part("gate"), &[x], Vec::new());
                g.binary("Mul", &part("swish"), x, &gate)
            }
            Activation::Gelu => {
                let root = g.scalar("gelu.root", std::f32::consts::SQRT_2);
                let (one, half) = (g.scalar("one", 1.0), g.scalar("gelu.half", 0.5));
                let scaled = g.binary("Div", &part("gelu.scaled"), x, &root);
                let erf = g.node("Erf", &part("gelu.erf"), &[&scaled], Vec::new());
                let sum = g.binary("Add", &part("gelu.sum"), &erf, &one);
                let product = g.binary("Mul", &part("gelu.product"), x, &sum);
                g.binary("Mul", &part("gelu"), &product, &half)
            }
        }
    }
}

/// The word embedding, row by row: with the adapter's rows where it has trained some.
fn write_words(words: &Words, vocabulary: usize, sink: &mut super::graph::Sink) -> Result<()> {
    for start in (0..vocabulary).step_by(ROWS) {
        let ids: Vec<u32> = (start as u32..vocabulary.min(start + ROWS) as u32).collect();
        let rows: Vec<f32> = words.gather(&ids)?.flatten_all()?.to_vec1()?;
        write_floats(&rows, sink)?;
    }
    Ok(())
}

/// The weight of `site`, `[outputs, inputs]`, with the low-rank update and the factors that the method has there.
fn merged(weight: &Weight, change: &LayerAdaptation, site: Site) -> Result<Tensor> {
    let mut weight = weight.read()?;
    if let Some(LowRank { a, b, scale }) = change.low_rank(site) {
        weight = (weight + b.matmul(a)?.affine(*scale, 0.0)?)?;
    }
    if let Some(factors) = change.factors(site, Side::Input) {
        weight = weight.broadcast_mul(&factors.unsqueeze(0)?)?;
    }
    if let Some(factors) = change.factors(site, Side::Output) {
        weight = weight.broadcast_mul(&factors.unsqueeze(1)?)?;
    }
    Ok(weight)
}
