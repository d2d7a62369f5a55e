//! The word embedding's trained rows, of which only those exist that an update ever touched.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use crate::error::{Error, Result};
use crate::model::Words;
use crate::peft::Tensors;
use crate::train::optimizer::AdamConfig;

/// Rows by piece id, each with its moments; updated as `torch.optim.SparseAdam` does: a row's moments change when the row
/// has a gradient, the bias correction counts all updates.
pub(super) struct Rows {
    hidden: usize,
    config: AdamConfig,
    /// Where the row of a piece stands.
    places: BTreeMap<u32, usize>,
    values: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    step: u64,
}

impl Rows {
    pub fn new(hidden: usize) -> Rows {
        let (values, first, second) = (Vec::new(), Vec::new(), Vec::new());
        Rows { hidden, config: AdamConfig::default(), places: BTreeMap::new(), values, first, second, step: 0 }
    }

    /// Ascending ids of the pieces whose rows exist.
    pub fn ids(&self) -> Vec<u32> {
        self.places.keys().copied().collect()
    }

    /// The rows of these pieces, `[ids, hidden]`: as they are here, otherwise the backbone's.
    pub fn gather(&self, ids: &[u32], words: &Words) -> Result<Tensor> {
        let mut values = words.base(ids)?.flatten_all()?.to_vec1::<f32>()?;
        for (id, row) in ids.iter().zip(values.chunks_exact_mut(self.hidden)) {
            if let Some(place) = self.places.get(id) {
                row.copy_from_slice(&self.values[place * self.hidden..][..self.hidden]);
            }
        }
        Ok(Tensor::from_vec(values, (ids.len(), self.hidden), &Device::Cpu)?)
    }

    /// The place of a row, made where there is none yet.
    fn place(&mut self, id: u32, start: &[f32]) -> usize {
        let next = self.places.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.values.extend_from_slice(start);
            self.first.resize(self.values.len(), 0.0);
            self.second.resize(self.values.len(), 0.0);
        }
        place
    }

    /// One update of the rows of `ids` that have a gradient; `gathered` are their values, `[ids, hidden]`.
    pub fn update(&mut self, ids: &[u32], gathered: &Tensor, gradient: &[f32], rate: f64) -> Result<()> {
        self.step += 1;
        let AdamConfig { beta1, beta2, eps, .. } = self.config;
        let correction1 = 1.0 - beta1.powf(self.step as f64);
        let correction2 = (1.0 - beta2.powf(self.step as f64)).sqrt();
        let (rest1, rest2, eps) = ((1.0 - beta1) as f32, (1.0 - beta2) as f32, eps as f32);
        let step = (rate * correction2 / correction1) as f32;
        self.each(ids, gathered, gradient, |g, x, m, v| {
            *m += (g - *m) * rest1;
            *v += (g * g - *v) * rest2;
            *x -= step * *m / (v.sqrt() + eps);
        })
    }

    /// Plain descent: `rate` times the gradient.
    pub fn descend(&mut self, ids: &[u32], gathered: &Tensor, gradient: &[f32], rate: f64) -> Result<()> {
        self.each(ids, gathered, gradient, |g, x, _, _| *x -= rate as f32 * g)
    }

    fn each(
        &mut self,
        ids: &[u32],
        gathered: &Tensor,
        gradient: &[f32],
        change: impl Fn(f32, &mut f32, &mut f32, &mut f32),
    ) -> Result<()> {
        let start = gathered.flatten_all()?.to_vec1::<f32>()?;
        let hidden = self.hidden;
        let rows = gradient.chunks_exact(hidden).zip(start.chunks_exact(hidden));
        for (id, (gradient, start)) in ids.iter().zip(rows).filter(|(_, (g, _))| g.iter().any(|g| *g != 0.0)) {
            let at = self.place(*id, start) * hidden;
            let values = self.values[at..at + hidden].iter_mut();
            let moments = self.first[at..at + hidden].iter_mut().zip(&mut self.second[at..at + hidden]);
            for ((g, x), (m, v)) in gradient.iter().zip(values).zip(moments) {
                change(*g, x, m, v);
            }
        }
        Ok(())
    }

    /// Updates made, and the rows with their moments, for a checkpoint.
    pub fn state(&self) -> Result<(u64, Tensors)> {
        let ids = self.ids();
        let part = |from: &[f32]| -> Result<Tensor> {
            let rows = self.places.values().flat_map(|p| &from[p * self.hidden..(p + 1) * self.hidden]);
            Ok(Tensor::from_vec(rows.copied().collect::<Vec<f32>>(), (ids.len(), self.hidden), &Device::Cpu)?)
        };
        let tensors = [("value", &self.values), ("first", &self.first), ("second", &self.second)];
        let mut state = tensors
            .into_iter()
            .map(|(kind, from)| Ok((format!("rows.{kind}"), part(from)?)))
            .collect::<Result<Tensors>>()?;
        state.insert("rows.ids".to_owned(), Tensor::new(&ids[..], &Device::Cpu)?);
        Ok((self.step, state))
    }

    /// Takes up a state of [`Rows::state`] with `rows` rows; `get` hands out its tensors, checked against the shape. No row
    /// is beyond `vocabulary`.
    pub fn restore(
        &mut self,
        (step, rows, vocabulary): (u64, usize, usize),
        mut get: impl FnMut(&str, &[usize]) -> Result<Tensor>,
    ) -> Result<()> {
        let damaged = |e: candle_core::Error| Error::from(e).about_tensor("rows.ids");
        let ids = get("rows.ids", &[rows])?.to_vec1::<u32>().map_err(damaged)?;
        if !ids.is_sorted_by(|a, b| a < b) || ids.last().is_some_and(|last| *last as usize >= vocabulary) {
            let message = "piece ids must ascend and lie inside the vocabulary";
            return Err(Error::format(message).about_tensor("rows.ids"));
        }
        let mut part = |kind: &str| -> Result<Vec<f32>> {
            Ok(get(&format!("rows.{kind}"), &[rows, self.hidden])?.flatten_all()?.to_vec1()?)
        };
        (self.values, self.first, self.second) = (part("value")?, part("first")?, part("second")?);
        self.places = ids.into_iter().zip(0..).collect();
        self.step = step;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        crate::model::test_words(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    }

    /// p = torch.nn.Embedding(3, 2, sparse=True) with these rows; o = torch.optim.SparseAdam(p.parameters(), lr=0.1);
    /// the gradient is 0.5 for row 2 in the first update, -0.25 for rows 0 and 2 in the second.
    #[test]
    fn rows_agree_with_pytorch_and_others_stay() -> Result<()> {
        let mut rows = Rows::new(2);
        let gathered = rows.gather(&[1, 2], &words())?;
        rows.update(&[1, 2], &gathered, &[0.0, 0.0, 0.5, 0.5], 0.1)?;
        assert_eq!(rows.ids(), [2], "a row without a gradient is not made");
        let gathered = rows.gather(&[0, 2], &words())?;
        rows.update(&[0, 2], &gathered, &[-0.25; 4], 0.1)?;
        let got = rows.gather(&[0, 1, 2], &words())?.flatten_all()?.to_vec1::<f32>()?;
        let want = [1.0 + FIRST, 2.0 + FIRST, 3.0, 4.0, 4.9 - SECOND, 5.9 - SECOND];
        assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-5), "{got:?}");
        Ok(())
    }

    // Row 0: m = -0.025, v = 6.25e-5; row 2: m = 0.045 - 0.025, v = 0.00024975 + 0.0000625; step 0.1 sqrt(1 - 0.999²) / 0.19.
    const FIRST: f32 = 0.074_418_2;
    const SECOND: f32 = 0.026_635_5;

    #[test]
    fn a_state_comes_back_and_a_damaged_one_does_not() -> Result<()> {
        let mut rows = Rows::new(2);
        let gathered = rows.gather(&[0, 2], &words())?;
        rows.update(&[0, 2], &gathered, &[1.0, 2.0, 3.0, 4.0], 0.1)?;
        let (step, state) = rows.state()?;
        let get = |name: &str, _: &[usize]| Ok(state[name].clone());
        let mut again = Rows::new(2);
        again.restore((step, 2, 3), get)?;
        let all = |rows: &Rows| Ok::<_, Error>(rows.gather(&[0, 1, 2], &words())?.to_vec2::<f32>()?);
        assert_eq!(all(&again)?, all(&rows)?);
        let gathered = again.gather(&[0], &words())?;
        again.update(&[0], &gathered, &[1.0, 1.0], 0.1)?;
        rows.update(&[0], &gathered, &[1.0, 1.0], 0.1)?;
        assert_eq!(all(&again)?, all(&rows)?);
        assert!(Rows::new(2).restore((step, 2, 2), get).is_err(), "beyond the vocabulary");
        Ok(())
    }
}
