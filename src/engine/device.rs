//! The forward pass on a GPU: the encoder of training, with nothing recorded.

use std::collections::VecDeque;
use std::sync::Arc;

use candle_core::Tensor;

use super::{Engine, Job};
use crate::cancel::Cancel;
use crate::data::{Batch, pieces, runs};
use crate::error::{Error, Result};
use crate::model::{Encoder, Model};
use crate::peft::Built;
use crate::precision::Precision;
use crate::text::Window;

/// Runs the backbone's encoder where the model computes.
pub(crate) struct OnDevice {
    model: Model,
    precision: Precision,
}

/// Pieces that go through the encoder at once: enough to keep a GPU busy.
const BATCH_PIECES: usize = 8192;

/// Batches that are begun before the results of the first are asked for.
const AHEAD: usize = 2;

fn numbers(rows: Option<Tensor>) -> Result<Vec<f32>> {
    Ok(rows.map_or(Ok(Vec::new()), |rows| rows.flatten_all()?.to_vec1())?)
}

impl OnDevice {
    /// An engine in numbers that the model's device has.
    pub fn new(model: &Model, precision: Precision) -> OnDevice {
        OnDevice { model: model.clone(), precision }
    }
}

/// The logits of a job's windows.
fn logits(encoder: &Encoder, built: &Built, windows: &[&Window], cancel: &Cancel) -> Result<Vec<f32>> {
    // A device works on while the host prepares the next batches: results are asked for later.
    let (mut logits, mut waiting) = (Vec::new(), VecDeque::with_capacity(AHEAD + 1));
    for run in runs(windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
        cancel.check()?;
        let batch = Batch::of_windows(windows[run].iter().copied()).stopped_by(cancel);
        if batch.labelled.is_empty() {
            continue;
        }
        let full = |e: Error| e.asked_of(&encoder.place().device, || pieces(&batch));
        let rows = built.logits(encoder, &batch).map_err(full)?;
        waiting.push_back(rows);
        if waiting.len() > AHEAD {
            logits.extend(numbers(waiting.pop_front())?);
        }
    }
    while !waiting.is_empty() {
        logits.extend(numbers(waiting.pop_front())?);
    }
    Ok(logits)
}

impl Engine for OnDevice {
    fn logits(&self, jobs: &[Job], cancel: &Cancel) -> Result<Vec<Vec<f32>>> {
        // Brought to the device before this thread joins the pool: see `Model::placed`.
        let encoder = self.model.placed(self.precision)?;
        let built =
            jobs.iter().map(|job| job.adapter.placed(&self.model, self.precision)).collect::<Result<Vec<_>>>()?;
        let run = |(job, built): (&Job, &Arc<Built>)| logits(encoder, built, &job.windows, cancel);
        self.model.pool().install(|| jobs.iter().zip(&built).map(run).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{cases, windows};
    use super::super::{Native, TaggerOptions, plain, start};
    use super::*;
    use crate::error::ErrorKind;
    use crate::model::LoadOptions;
    use crate::ops::Kind;
    use crate::ops::places::{self, Place};
    use crate::peft::Adapter;

    fn worst(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// What GPUs run, on the CPU: the numbers of the native engine for every method, near them in half precision.
    #[test]
    fn every_method_gives_the_numbers_of_the_native_engine() {
        for case in cases() {
            let windows = windows(&case.model);
            fn job<'a>(windows: &'a [Window], adapter: &'a Adapter) -> Job<'a> {
                Job { windows: windows.iter().collect(), adapter }
            }
            let native = Native::new(&case.model, Kind::F32);
            let want = native.logits(&[job(&windows, &case.adapter)], &Cancel::new()).unwrap().remove(0);
            for place in places::composed() {
                // Another load of the same backbone, with an adapter of its own and with the host's.
                let load = || {
                    let options = LoadOptions::new().threads(1).device(places::device());
                    Model::load_with(case.folder.path(), &options)
                };
                let model = places::at(place, load).unwrap();
                let own = Adapter::from_bytes(&case.adapter.to_bytes().unwrap(), &model).unwrap();
                for adapter in [&own, &case.adapter] {
                    let got = plain(&model).logits(&[job(&windows, adapter)], &Cancel::new()).unwrap().remove(0);
                    assert!(worst(&got, &want) < 1e-4, "{place:?}, {}: {}", case.name, worst(&got, &want));
                }
                let options = TaggerOptions::new().precision(Precision::Bf16);
                let half =
                    start(&model, &options).unwrap().logits(&[job(&windows, &own)], &Cancel::new()).unwrap().remove(0);
                let largest = want.iter().fold(0.0f32, |m, x| m.max(x.abs()));
                let off = worst(&half, &want) / largest;
                assert!(off > 0.0 && off < 0.1, "{place:?}, {}: {off} of {largest}", case.name);
            }
        }
    }

    #[test]
    fn each_device_has_its_precisions() {
        let (_folder, host) = crate::engine::cases::model(false, false);
        let (_other, device) = places::at(Place::Composed, || crate::engine::cases::model(false, false));
        for (model, precision, name) in [(&host, Precision::Bf16, "16-bit"), (&device, Precision::Int8, "8-bit")] {
            let e = start(model, &TaggerOptions::new().precision(precision)).err().unwrap();
            assert_eq!(e.kind(), ErrorKind::Unsupported);
            assert!(e.message().contains(name), "{e}");
        }
    }

    #[test]
    fn it_stops_when_asked_to() {
        let case = cases().remove(0);
        let model = places::at(Place::Composed, || Model::load(case.folder.path())).unwrap();
        let windows = windows(&case.model);
        let cancel = Cancel::new();
        cancel.request();
        let job = Job { windows: windows.iter().collect(), adapter: &case.adapter };
        assert_eq!(plain(&model).logits(&[job], &cancel).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}
