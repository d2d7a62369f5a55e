//! One passage through the encoder.

use std::ops::Range;

use super::passage::{Passage, Segment};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::model::{ModuleInput, PackedEncoder, PackedNorm, PackedWeights, Side, Site, Sublayer, Vectors};
use crate::ops::{
    Activation, After, AttentionScratch, Input, Kind, Out, Packed, Rows, Split, activate_in_place, attend,
    layer_norm_in_place,
};
use crate::peft::{Affine, BottleneckPlan, LayerPlan, Plan};

/// Buffers that are used again from passage to passage.
#[derive(Default)]
pub(super) struct Scratch {
    /// What a product of integers reads.
    input: Input,
    /// Activations, `[pieces, …]`.
    x: Vec<f32>,
    y: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    inner: Vec<f32>,
    narrow: Vec<f32>,
    normal: Vec<f32>,
    attention: AttentionScratch,
}

/// Some rows of the passage and what their adapter does in this layer.
struct Part<'a> {
    /// On the layer's way in.
    pieces: Range<usize>,
    /// From attention on: behind the last layer, only labelled pieces are asked for.
    rows: Range<usize>,
    plan: &'a LayerPlan,
    vectors: &'a Vectors,
}

/// The logits of the labelled pieces, `[labelled, tags]` for each job in the order of the passage. Looks at `cancel`
/// between the layers' halves.
pub(super) fn forward(
    encoder: &PackedEncoder,
    heads: usize,
    plans: &[&Plan],
    passage: &Passage,
    scratch: &mut Scratch,
    (kind, split): (Kind, Split),
    cancel: &Cancel,
) -> Result<Vec<(usize, Vec<f32>)>> {
    if passage.labelled.is_empty() {
        return Ok(Vec::new());
    }
    let mut pass = Pass { hidden: encoder.embeddings.norm.gamma.len(), heads, scratch, kind, split };
    pass.embed(encoder, plans, passage)?;
    for (index, (weights, vectors)) in encoder.layers.iter().enumerate() {
        let last = index + 1 == encoder.layers.len();
        let part = |segment: &Segment| {
            let plan = &plans[segment.job].layers[index];
            let rows = if last { &segment.labelled } else { &segment.pieces };
            Part {
                pieces: segment.pieces.clone(),
                rows: rows.clone(),
                plan,
                vectors: plan.vectors.as_ref().unwrap_or(vectors),
            }
        };
        let parts: Vec<Part> = passage.segments.iter().map(part).collect();
        // A passage whose adapter has matrices of its own is shared with no other.
        let weights = parts.first().and_then(|part| part.plan.weights.as_ref()).unwrap_or(weights);
        cancel.check()?;
        pass.attention(weights, &parts, passage, last);
        pass.close(Sublayer::Attention, &weights.attention_output, &parts);
        cancel.check()?;
        pass.feed_forward(weights, &parts);
        pass.close(Sublayer::Output, &weights.output, &parts);
    }
    Ok(passage.segments.iter().map(|segment| (segment.job, pass.head(plans[segment.job], segment))).collect())
}

/// The forward pass in the middle of its work. `scratch.x` holds the activations between sublayers.
struct Pass<'a> {
    hidden: usize,
    heads: usize,
    scratch: &'a mut Scratch,
    kind: Kind,
    split: Split,
}

impl Pass<'_> {
    /// `x = LN(word + position + kind)`.
    fn embed(&mut self, encoder: &PackedEncoder, plans: &[&Plan], passage: &Passage) -> Result<()> {
        let (hidden, x) = (self.hidden, &mut self.scratch.x);
        x.resize(passage.ids.len() * hidden, 0.0);
        for segment in &passage.segments {
            let embeddings = plans[segment.job].embeddings.as_ref().unwrap_or(&encoder.embeddings);
            for window in segment.windows.clone() {
                let pieces = passage.starts[window]..passage.starts[window + 1];
                embeddings.sum_into(&passage.ids[pieces.clone()], rows(x, pieces, hidden))?;
            }
            normalise(rows(x, segment.pieces.clone(), hidden), &embeddings.norm, self.split);
        }
        Ok(())
    }

    /// `attended = softmax(q kᵀ / √d) v`, with q, k and v from `x`; behind the last layer's, both keep labelled pieces alone.
    fn attention(&mut self, weights: &PackedWeights, parts: &[Part], passage: &Passage, last: bool) {
        let (hidden, split) = (self.hidden, self.split);
        let Scratch { input, x, qkv, attended, narrow, attention, .. } = &mut *self.scratch;
        qkv.resize(x.len() * 3, 0.0);
        let product = Linear { rows: |p| p.pieces.clone(), ..Linear::new(&weights.qkv, |v| &v.qkv, self.kind, split) };
        product.run(x, input, parts, qkv);
        for part in parts {
            for (place, site) in [Site::Query, Site::Key, Site::Value].into_iter().enumerate() {
                let out = &mut qkv[part.pieces.start * 3 * hidden + place * hidden..];
                update(part.plan, site, &x[span(&part.pieces, hidden)], out, 3 * hidden, narrow, split);
                scale(part.plan, site, Side::Output, out, part.pieces.len(), 3 * hidden);
            }
        }
        attended.resize(x.len(), 0.0);
        attend(qkv, &passage.starts, self.heads, attended, attention, split);
        if last {
            for rows in [x, attended] {
                for (to, from) in passage.labelled.iter().enumerate() {
                    rows.copy_within(span(&(*from..from + 1), hidden), to * hidden);
                }
                rows.truncate(passage.labelled.len() * hidden);
            }
        }
    }

    /// `inner = GELU(x Wᵀ + b)`.
    fn feed_forward(&mut self, weights: &PackedWeights, parts: &[Part]) {
        let (hidden, split, outputs) = (self.hidden, self.split, weights.intermediate.outputs());
        let Scratch { input, x, inner, narrow, .. } = &mut *self.scratch;
        inner.resize(x.len() / hidden * outputs, 0.0);
        let adapts = |part: &Part| part.plan.alters(Site::Intermediate);
        // By itself and beside others that are adapted otherwise, a part goes the same way, for the same bits.
        for parts in parts.chunk_by(|a, b| adapts(a) == adapts(b)) {
            let adapted = parts.first().is_some_and(adapts);
            let after = if adapted { After::Nothing } else { After::Gelu };
            let product = Linear { after, ..Linear::new(&weights.intermediate, |v| &v.intermediate, self.kind, split) };
            product.run(x, input, parts, inner);
            for part in parts.iter().filter(|_| adapted) {
                let out = &mut inner[part.rows.start * outputs..];
                update(part.plan, Site::Intermediate, &x[span(&part.rows, hidden)], out, outputs, narrow, split);
                scale(part.plan, Site::Intermediate, Side::Output, out, part.rows.len(), outputs);
                activate_in_place(Activation::Gelu, rows(inner, part.rows.clone(), outputs));
            }
        }
    }

    /// `x = y + x` with `y` the sublayer's last product, which is kept where something is done with it by itself.
    fn add(&mut self, sublayer: Sublayer, weight: &Packed, parts: &[Part]) {
        let (hidden, split, inputs) = (self.hidden, self.split, weight.inputs());
        let Scratch { input, x, y, attended, inner, narrow, .. } = &mut *self.scratch;
        let (source, site) = match sublayer {
            Sublayer::Attention => (attended, Site::AttentionOutput),
            Sublayer::Output => (inner, Site::Output),
        };
        let bias: fn(&Vectors) -> &[f32] = match sublayer {
            Sublayer::Attention => |v| &v.attention_output,
            Sublayer::Output => |v| &v.output,
        };
        for part in parts {
            scale(part.plan, site, Side::Input, &mut source[part.rows.start * inputs..], part.rows.len(), inputs);
        }
        // Else the product adds to the residual where it stands.
        let kept = |part: &Part| {
            let read = part.plan.bottleneck(sublayer).is_some_and(|b| b.input == ModuleInput::Output);
            read || part.plan.factors(site, Side::Output).is_some()
        };
        // By itself and beside others that are adapted otherwise, a part goes the same way, for the same bits.
        for parts in parts.chunk_by(|a, b| kept(a) == kept(b)) {
            let apart = parts.first().is_some_and(kept);
            let product = Linear { accumulate: !apart, ..Linear::new(weight, bias, self.kind, split) };
            let target = match apart {
                true => {
                    y.resize(x.len(), 0.0);
                    &mut *y
                }
                false => &mut *x,
            };
            product.run(source, input, parts, target);
            for part in parts {
                let out = &mut target[part.rows.start * hidden..];
                update(part.plan, site, &source[span(&part.rows, inputs)], out, hidden, narrow, split);
                scale(part.plan, site, Side::Output, out, part.rows.len(), hidden);
            }
            for part in parts.iter().filter(|_| apart) {
                let y = &y[span(&part.rows, hidden)];
                rows(x, part.rows.clone(), hidden).iter_mut().zip(y).for_each(|(x, y)| *x += y);
            }
        }
    }

    /// `x = LN(y + x)` with `y` the sublayer's last product, and the methods' modules in it.
    fn close(&mut self, sublayer: Sublayer, weight: &Packed, parts: &[Part]) {
        let (hidden, split) = (self.hidden, self.split);
        for part in parts {
            if let Some(module) = part.plan.bottleneck(sublayer).filter(|b| b.input == ModuleInput::Residual) {
                let Scratch { x, narrow, .. } = &mut *self.scratch;
                adapt(module, None, rows(x, part.rows.clone(), hidden), narrow, split);
            }
        }
        self.add(sublayer, weight, parts);
        let Scratch { x, y, narrow, normal, .. } = &mut *self.scratch;
        for part in parts {
            let norm = match sublayer {
                Sublayer::Attention => &part.vectors.attention_norm,
                Sublayer::Output => &part.vectors.output_norm,
            };
            let x = rows(x, part.rows.clone(), hidden);
            match part.plan.bottleneck(sublayer) {
                Some(module) if module.input == ModuleInput::Output => {
                    adapt(module, Some(&y[span(&part.rows, hidden)]), x, narrow, split);
                }
                Some(module) if module.input == ModuleInput::Normed => {
                    normal.clear();
                    normal.extend_from_slice(x);
                    normalise(normal, norm, split);
                    adapt(module, Some(normal), x, narrow, split);
                }
                _ => {}
            }
            normalise(x, norm, split);
        }
    }

    /// The logits of a segment's labelled pieces, which are all that is left in `x`.
    fn head(&mut self, plan: &Plan, segment: &Segment) -> Vec<f32> {
        let mut logits = Vec::new();
        affine(&plan.head, &self.scratch.x[span(&segment.labelled, self.hidden)], &mut logits, Split::Serial);
        logits
    }
}

/// A product that all adapters share, with a bias that some may have of their own.
struct Linear<'a> {
    weight: &'a Packed,
    bias: fn(&Vectors) -> &[f32],
    /// Which rows a part has in the product.
    rows: fn(&Part) -> Range<usize>,
    /// Adds to what is there.
    accumulate: bool,
    after: After,
    kind: Kind,
    split: Split,
}

impl<'a> Linear<'a> {
    fn new(weight: &'a Packed, bias: fn(&Vectors) -> &[f32], kind: Kind, split: Split) -> Linear<'a> {
        Linear { weight, bias, rows: |p| p.rows.clone(), accumulate: false, after: After::Nothing, kind, split }
    }

    /// Neighbours with the same bias go together; others, one after another, for the same sums to the bit as alone.
    fn run(&self, x: &[f32], input: &mut Input, parts: &[Part], out: &mut [f32]) {
        let (inputs, outputs) = (self.weight.inputs(), self.weight.outputs());
        for parts in parts.chunk_by(|a, b| std::ptr::eq(a.vectors, b.vectors)) {
            let (first, last) = (&parts[0], &parts[parts.len() - 1]);
            let rows = (self.rows)(first).start..(self.rows)(last).end;
            let read = quantised(&x[span(&rows, inputs)], inputs, self.kind, input);
            let target = Out { data: &mut out[span(&rows, outputs)], stride: outputs, accumulate: self.accumulate };
            self.weight.multiply(read, Some((self.bias)(first.vectors)), target, self.after, self.split);
        }
    }
}

/// Adds the low-rank update of `site`, where the method has one, to rows of `out` that are `stride` apart.
fn update(
    plan: &LayerPlan,
    site: Site,
    x: &[f32],
    out: &mut [f32],
    stride: usize,
    narrow: &mut Vec<f32>,
    split: Split,
) {
    let Some((_, update)) = plan.updates.iter().find(|(s, _)| *s == site) else { return };
    let (inputs, rank) = (update.a.inputs(), update.a.outputs());
    narrow.resize(x.len() / inputs * rank, 0.0);
    let target = Out { data: narrow, stride: rank, accumulate: false };
    update.a.multiply(Rows::f32(x, inputs), None, target, After::Nothing, split);
    let target = Out { data: out, stride, accumulate: true };
    update.b.multiply(Rows::f32(narrow, rank), None, target, After::Nothing, split);
}

/// Multiplies `count` rows of one side of `site`, `stride` apart, by the factors that the method has there.
fn scale(plan: &LayerPlan, site: Site, side: Side, rows: &mut [f32], count: usize, stride: usize) {
    if let Some(factors) = plan.factors(site, side) {
        let scale = |row: &mut [f32]| row.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
        rows.chunks_mut(stride).take(count).for_each(scale);
    }
}

/// Adds to rows of `x` what a module gives for `input`, which is `x` itself where it is none.
fn adapt(module: &BottleneckPlan, input: Option<&[f32]>, x: &mut [f32], narrow: &mut Vec<f32>, split: Split) {
    affine(&module.down, input.unwrap_or(x), narrow, split);
    activate_in_place(module.activation, narrow);
    let (size, hidden) = (module.up.weight.inputs(), module.up.weight.outputs());
    let out = Out { data: x, stride: hidden, accumulate: true };
    module.up.weight.multiply(Rows::f32(narrow, size), Some(&module.up.bias), out, After::Nothing, split);
}

/// `out = x Wᵀ + b`.
fn affine(layer: &Affine, x: &[f32], out: &mut Vec<f32>, split: Split) {
    let (inputs, outputs) = (layer.weight.inputs(), layer.weight.outputs());
    out.resize(x.len() / inputs * outputs, 0.0);
    let target = Out { data: out, stride: outputs, accumulate: false };
    layer.weight.multiply(Rows::f32(x, inputs), Some(&layer.bias), target, After::Nothing, split);
}

/// Rows for the encoder's own products, in numbers of this kind.
fn quantised<'a>(x: &'a [f32], columns: usize, kind: Kind, input: &'a mut Input) -> Rows<'a> {
    match kind {
        Kind::F32 => Rows::f32(x, columns),
        Kind::Int8 => {
            input.set(x, columns, kind);
            Rows::from(&*input)
        }
    }
}

fn normalise(rows: &mut [f32], norm: &PackedNorm, split: Split) {
    layer_norm_in_place(rows, &norm.gamma, &norm.beta, norm.eps, split);
}

/// Where rows of `columns` numbers lie.
fn span(rows: &Range<usize>, columns: usize) -> Range<usize> {
    rows.start * columns..rows.end * columns
}

fn rows(x: &mut [f32], rows: Range<usize>, columns: usize) -> &mut [f32] {
    &mut x[span(&rows, columns)]
}
