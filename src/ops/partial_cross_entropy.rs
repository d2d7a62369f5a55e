//! Mean token cross-entropy where the tag of a piece is only partly known.

use candle_core::{Shape, Tensor, bail};

use super::composed::{self, is_composed};
use super::kernel::{Float, Gradients, Kernel, Reads, View, apply, by_dtype};

type Result<T> = candle_core::Result<T>;

/// What is known of the tags of some rows of logits.
///
/// A row believes in each tag with some weight; the weights of a row sum to 1. Tag 0 (O) stands for every tag that is open in the row: that a word
/// is O says no more than that it is one of these.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialTargets {
    tags: usize,
    /// `[rows, tags]`.
    weights: Vec<f32>,
    /// `[rows, tags]`; tag 0 is always open.
    open: Vec<bool>,
}

impl PartialTargets {
    /// No row yet, of `tags` tags.
    ///
    /// # Errors
    /// Where there is no tag.
    pub fn new(tags: usize) -> Result<PartialTargets> {
        if tags == 0 {
            bail!("partial targets of no tag");
        }
        Ok(PartialTargets { tags, weights: Vec::new(), open: Vec::new() })
    }

    /// Adds a row whose tag is `target`; where that is 0, any tag for which `open` holds.
    ///
    /// # Errors
    /// Where the target is beyond the tags.
    pub fn push(&mut self, target: u32, open: impl Fn(usize) -> bool) -> Result<()> {
        if target as usize >= self.tags {
            bail!("partial targets: target {target} of {} tags", self.tags);
        }
        self.weights.extend((0..self.tags).map(|tag| if tag == target as usize { 1.0 } else { 0.0 }));
        self.open.extend((0..self.tags).map(|tag| tag == 0 || open(tag)));
        Ok(())
    }

    /// Adds a row that believes in each tag with these weights, in 0 for all tags for which `open` holds.
    ///
    /// # Errors
    /// Where there is not one weight a tag, or they are no distribution.
    pub fn push_soft(&mut self, weights: &[f32], open: impl Fn(usize) -> bool) -> Result<()> {
        let sum: f32 = weights.iter().sum();
        if weights.len() != self.tags || !weights.iter().all(|w| *w >= 0.0) || (sum - 1.0).abs() > 1e-3 {
            bail!("partial targets: {} weights with the sum {sum} for {} tags", weights.len(), self.tags);
        }
        self.weights.extend_from_slice(weights);
        self.open.extend((0..self.tags).map(|tag| tag == 0 || open(tag)));
        Ok(())
    }

    /// Adds the rows of `other`.
    ///
    /// # Errors
    /// Where that has another number of tags.
    pub fn append(&mut self, other: &PartialTargets) -> Result<()> {
        if other.tags != self.tags {
            bail!("partial targets of {} tags and of {}", self.tags, other.tags);
        }
        self.weights.extend_from_slice(&other.weights);
        self.open.extend_from_slice(&other.open);
        Ok(())
    }

    /// Keeps the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.weights.truncate(rows * self.tags);
        self.open.truncate(rows * self.tags);
    }

    /// The number of tags.
    pub fn tags(&self) -> usize {
        self.tags
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.weights.len() / self.tags
    }

    /// The weights of all rows, `[rows, tags]`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Which tags are open, `[rows, tags]`.
    pub fn open(&self) -> &[bool] {
        &self.open
    }
}

/// Mean over all rows of `logits` `[labelled pieces, tags]` of `-w_0 log P(open tags) - sum of w_t log P(t)`, `P` being the softmax of
/// the logits and `w` the row's weights; a scalar. Where every row has one tag, and O stands for itself alone, it is
/// [`cross_entropy`](super::cross_entropy) to the bit.
///
/// The marginal likelihood of partial annotation (Tsuboi et al. 2008, "Training Conditional Random Fields Using Incomplete
/// Annotations"; for named entities Effland and Collins 2021, arXiv 2106.10549), word by word; with weights, distillation
/// (Hinton et al. 2015; for named entities added to others Monaikul et al. 2021).
///
/// # Errors
/// Where there is no row, or the targets have other rows or tags.
pub fn partial_cross_entropy(logits: &Tensor, targets: &PartialTargets) -> Result<Tensor> {
    let (rows, tags) = logits.dims2()?;
    if rows != targets.rows() || tags != targets.tags || rows == 0 {
        let (other_rows, other_tags) = (targets.rows(), targets.tags);
        bail!("partial_cross_entropy: {rows} rows of {tags} logits, {other_rows} rows of targets of {other_tags} tags");
    }
    if is_composed(logits.device()) {
        return composed::partial_cross_entropy(logits, targets);
    }
    by_dtype!(logits, "partial_cross_entropy", T => {
        apply::<T, _>(PartialCrossEntropy::<T> {
            targets: targets.clone(),
            probabilities: Vec::new(),
            within: Vec::new(),
        }, &[logits])
    })
}

pub(super) struct PartialCrossEntropy<T> {
    pub(super) targets: PartialTargets,
    pub(super) probabilities: Vec<T>,
    /// How the weight of O is shared by the open tags: by their probabilities.
    pub(super) within: Vec<T>,
}

/// `log of the sum of e^v`.
fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    max + values.map(|v| (v - max).exp()).sum::<f64>().ln()
}

/// The sum of a row's weights.
pub(super) fn mass(weights: &[f32]) -> f64 {
    weights.iter().map(|w| f64::from(*w)).sum()
}

impl<T: Float> PartialCrossEntropy<T> {
    /// The weight of a tag other than O by itself.
    pub(super) fn alone(&self, tag: usize, weight: f32) -> f64 {
        if tag == 0 { 0.0 } else { f64::from(weight) }
    }
}

impl<T: Float> Kernel<T> for PartialCrossEntropy<T> {
    fn name(&self) -> &'static str {
        "partial_cross_entropy"
    }

    fn forward(&mut self, args: &[View<T>], _: bool) -> Result<(Vec<T>, Shape)> {
        let (logits, tags) = (args[0], args[0].columns());
        let (mut probabilities, mut within) = (Vec::with_capacity(logits.data.len()), Vec::new());
        within.reserve(logits.data.len());
        let mut loss = 0.0;
        let targets = self.targets.weights.chunks_exact(tags).zip(self.targets.open.chunks_exact(tags));
        for (row, (weights, open)) in logits.data.chunks_exact(tags).zip(targets) {
            let values = row.iter().map(|v| v.to_f64());
            let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = values.clone().map(|v| (v - max).exp()).sum();
            probabilities.extend(values.clone().map(|v| T::from_f64((v - max).exp() / sum)));
            let outside = log_sum_exp(values.clone().zip(open).filter(|(_, open)| **open).map(|(v, _)| v));
            let share = f64::from(weights[0]);
            within.extend(values.clone().zip(open).map(|(v, open)| match open {
                true => T::from_f64(share * (v - outside).exp()),
                false => T::zero(),
            }));
            let known = (1..tags).map(|tag| self.alone(tag, weights[tag]) * row[tag].to_f64()).sum::<f64>();
            // 1 but for rounding, with which it is still a sum over all tags of the row.
            loss += mass(weights) * (max + sum.ln()) - (share * outside + known);
        }
        (self.probabilities, self.within) = (probabilities, within);
        Ok((vec![T::from_f64(loss / self.targets.rows() as f64)], Shape::from(())))
    }

    fn reads(&self, needed: &[bool]) -> Reads {
        Reads { args: vec![false; needed.len()], out: false }
    }

    fn backward(&self, args: &[View<T>], _: &[bool], _: View<T>, grad: &[T]) -> Result<Gradients<T>> {
        let tags = args[0].columns();
        let scale = grad[0] / T::from_f64(self.targets.rows() as f64);
        let mut g = self.probabilities.clone();
        let rows = self.targets.weights.chunks_exact(tags).zip(self.within.chunks_exact(tags));
        for (row, (weights, within)) in g.chunks_exact_mut(tags).zip(rows) {
            let mass = T::from_f64(mass(weights));
            for (tag, v) in row.iter_mut().enumerate() {
                *v = *v * mass - (within[tag] + T::from_f64(self.alone(tag, weights[tag])));
                *v *= scale;
            }
        }
        Ok(vec![Some(g)])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::cross_entropy;
    use super::super::finite_difference::{check_gradients, random};
    use super::super::{Tape, gradients};
    use super::*;
    use candle_core::{DType, Device, Var};

    /// Rows with one tag, with open tags, with weights, and with weights and open tags.
    pub(in super::super) fn targets(rows: usize, tags: usize) -> PartialTargets {
        let tags = tags.max(1);
        let mut targets = PartialTargets::new(tags).unwrap();
        for row in 0..rows {
            let soft: Vec<f32> = (0..tags).map(|tag| (1 + (row + tag) % 3) as f32).collect();
            let sum: f32 = soft.iter().sum();
            let soft: Vec<f32> = soft.iter().map(|w| w / sum).collect();
            match row % 4 {
                0 => targets.push((row % tags) as u32, |_| false),
                1 => targets.push(0, |tag| tag % 2 == 1),
                2 => targets.push_soft(&soft, |_| false),
                _ => targets.push_soft(&soft, |tag| tag >= 2),
            }
            .unwrap();
        }
        targets
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        check_gradients(&[random(&[8, 5], 1)], |a| partial_cross_entropy(&a[0], &targets(8, 5)));
    }

    /// Where nothing is open, training is what it was before there were partial labels.
    #[test]
    fn one_tag_a_row_is_cross_entropy_to_the_bit() -> Result<()> {
        let tags = [0u32, 4, 2, 0];
        let mut targets = PartialTargets::new(5)?;
        tags.iter().try_for_each(|tag| targets.push(*tag, |_| false))?;
        for dtype in [DType::F32, DType::F64] {
            let logits = (random(&[4, 5], 1).to_dtype(dtype)? * 7.0)?;
            let seed = Tensor::new(0.7f64, &Device::Cpu)?.to_dtype(dtype)?;
            let (loss, slope) = gradients(|| cross_entropy(&logits, &tags), &[&logits], &seed)?;
            let (partial, partial_slope) = gradients(|| partial_cross_entropy(&logits, &targets), &[&logits], &seed)?;
            let bits = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
            assert_eq!(bits(&loss)?, bits(&partial)?);
            assert_eq!(bits(slope[0].as_ref().unwrap())?, bits(partial_slope[0].as_ref().unwrap())?);
        }
        Ok(())
    }

    /// What is open neither gains nor loses against O: only what is certainly wrong is pushed down.
    #[test]
    fn open_tags_rise_together() -> Result<()> {
        let logits = Var::new(&[[0.5f64, 1.0, -0.5, 0.25]], &Device::Cpu)?;
        let mut targets = PartialTargets::new(4)?;
        targets.push(0, |tag| tag == 1)?;
        let (loss, tape) = Tape::record(|| partial_cross_entropy(&logits, &targets))?;
        let p: Vec<f64> = [0.5f64, 1.0, -0.5, 0.25].iter().map(|v| v.exp()).collect();
        let (sum, allowed) = (p.iter().sum::<f64>(), p[0] + p[1]);
        assert!((loss.to_scalar::<f64>()? + (allowed / sum).ln()).abs() < 1e-12);
        let g: Vec<f64> = tape.backward(&loss, &Tensor::new(1f64, &Device::Cpu)?)?.take(&logits)?.unwrap();
        for (i, want) in
            [p[0] / sum - p[0] / allowed, p[1] / sum - p[1] / allowed, p[2] / sum, p[3] / sum].iter().enumerate()
        {
            assert!((g[i] - want).abs() < 1e-12, "{i}: {} {want}", g[i]);
        }
        Ok(())
    }

    #[test]
    fn large_logits_stay_finite() -> Result<()> {
        let logits = Tensor::new(&[[-1000f32, 0., 1000.]], &Device::Cpu)?;
        let mut targets = PartialTargets::new(3)?;
        targets.push(0, |tag| tag == 1)?;
        assert_eq!(partial_cross_entropy(&logits, &targets)?.to_scalar::<f32>()?, 1000.0);
        Ok(())
    }

    #[test]
    fn targets_that_do_not_fit_are_errors() -> Result<()> {
        let mut targets = PartialTargets::new(3)?;
        assert!(PartialTargets::new(0).is_err());
        assert!(targets.push(3, |_| false).is_err() && targets.push_soft(&[1.0], |_| false).is_err());
        assert!(targets.push_soft(&[0.9, 0.9, 0.0], |_| false).is_err());
        assert!(targets.push_soft(&[1.5, -0.5, 0.0], |_| false).is_err());
        targets.push(2, |_| false)?;
        assert!(targets.append(&PartialTargets::new(2)?).is_err());
        for shape in [[2, 3], [1, 4], [0, 3]] {
            assert!(partial_cross_entropy(&random(&shape, 1), &targets).is_err());
        }
        assert!(partial_cross_entropy(&random(&[1, 3], 1), &targets).is_ok());
        Ok(())
    }
}
