//! What frozen lower layers give is computed once a sentence and kept.
//!
//! Where only upper layers or the head are trained, everything below them is the same in every epoch. Rows do not
//! depend on which other sentences are in a batch, so that the kept ones equal those of an uncached run to the bit.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use candle_core::{DType, Tensor};
use rayon::ThreadPool;

use super::progress::Count;
use crate::cancel::Cancel;
use crate::data::{Batch, pieces, runs};
use crate::error::{Error, Result};
use crate::log::{Level, log};
use crate::model::{Bytes, Encoder, Place};
use crate::ops;
use crate::peft::Built;
use crate::text::Window;

/// The input of the first trained layer for every sequence of the data; for the head alone, that of the head.
pub(crate) struct Prefix {
    /// Layers below the first trained one.
    layers: usize,
    /// True where nothing but the head is trained: then only labelled pieces are kept.
    head_only: bool,
    hidden: usize,
    /// The first row of every sequence, and at the end the number of rows.
    starts: Vec<usize>,
    rows: Store,
    /// Where they are used.
    place: Place,
}

/// Rows, end to end.
enum Store {
    Memory(Vec<f32>),
    /// A temporary file without a name, mapped; the system removes it with its last handle.
    Disk(Bytes),
}

/// Rows while they are computed.
enum Sink {
    Memory(Vec<f32>),
    Disk(File),
}

/// Pieces that go through the lower layers at once.
const BATCH_PIECES: usize = 1024;

impl Prefix {
    /// Runs all `windows` through the lowest `layers` layers, as `built` has them, counting windows. Up to `limit` bytes are
    /// kept in memory, more on disk.
    ///
    /// `None` where the disk does not take what is more: then it is computed anew in every epoch, with the same numbers, and the
    /// log is told why.
    ///
    /// # Errors
    /// `Cancelled`; those of computing.
    pub fn compute(
        encoder: &Encoder,
        built: &Built,
        windows: &[&Window],
        layers: usize,
        limit: usize,
        (pool, cancel, count): (&ThreadPool, &Cancel, Count),
    ) -> Result<Option<Prefix>> {
        let hidden = encoder.config().hidden;
        let head_only = layers == encoder.config().layers;
        let rows_of = |w: &Window| if head_only { w.labelled.len() } else { w.ids.len() };
        let mut starts = vec![0];
        starts.extend(windows.iter().scan(0, |end, w| {
            *end += rows_of(w);
            Some(*end)
        }));
        let values = starts[windows.len()] * hidden;
        let mut rows = match values.saturating_mul(4) <= limit {
            true => Sink::Memory(Vec::with_capacity(values)),
            false => match tempfile::tempfile() {
                Ok(file) => Sink::Disk(file),
                Err(e) => return Ok(without(&e)),
            },
        };
        count(0, windows.len())?;
        for run in runs(windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
            let (batch, done) = (Batch::of_windows(windows[run.clone()].iter().copied()).stopped_by(cancel), run.end);
            let full = |e: Error| e.asked_of(&encoder.place().device, || pieces(&batch));
            // Counts are told on the thread that called.
            let values = pool.install(|| -> Result<Vec<f32>> {
                let mut x = encoder.below(&batch, layers, &built.adaptation).map_err(full)?;
                if head_only {
                    x = ops::select_rows(&x, &batch.labelled)?;
                }
                Ok(x.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
            })?;
            if let Err(e) = rows.append(values) {
                return Ok(without(&e));
            }
            count(done, windows.len())?;
        }
        let rows = match rows.close() {
            Ok(rows) => rows,
            Err(e) => return Ok(without(&e)),
        };
        Ok(Some(Prefix { layers, head_only, hidden, starts, rows, place: encoder.place().clone() }))
    }

    /// Logits of the labelled pieces of `batch`, which is made of the sequences `indices`.
    pub fn logits(&self, encoder: &Encoder, built: &Built, indices: &[usize], batch: &Batch) -> Result<Tensor> {
        let x = self.input(indices)?;
        match self.head_only {
            true => built.head.forward(&ops::cast(&x, DType::F32)?),
            false => built.logits_from(encoder, x, self.layers, batch),
        }
    }

    /// The kept rows of the sequences `indices`, `[rows, hidden]`.
    pub fn input(&self, indices: &[usize]) -> Result<Tensor> {
        let mut values = Vec::new();
        for &i in indices {
            self.rows.read(self.starts[i] * self.hidden..self.starts[i + 1] * self.hidden, &mut values);
        }
        let rows = values.len() / self.hidden;
        Ok(Tensor::from_vec(values, (rows, self.hidden), &self.place.device)?.to_dtype(self.place.dtype)?)
    }
}

impl Sink {
    fn append(&mut self, values: Vec<f32>) -> io::Result<()> {
        match self {
            Sink::Memory(all) => {
                all.extend(values);
                Ok(())
            }
            Sink::Disk(file) => file.write_all(bytemuck::cast_slice(&values)),
        }
    }

    fn close(self) -> io::Result<Store> {
        match self {
            Sink::Memory(all) => Ok(Store::Memory(all)),
            Sink::Disk(file) => Bytes::of_file(&file).map(Store::Disk),
        }
    }
}

impl Store {
    /// Adds the values of `range` to `out`.
    fn read(&self, range: Range<usize>, out: &mut Vec<f32>) {
        match self {
            Store::Memory(all) => out.extend_from_slice(&all[range]),
            Store::Disk(file) => {
                let bytes = range.start * 4..range.end * 4;
                out.extend(file[bytes.clone()].as_chunks::<4>().0.iter().map(|b| f32::from_ne_bytes(*b)));
                // The limit is one of memory: pages that were read go back to the system's cache.
                file.release(bytes);
            }
        }
    }
}

/// Why nothing is kept.
fn without(e: &io::Error) -> Option<Prefix> {
    log(Level::Warn, || {
        let folder = std::env::temp_dir();
        format!(
            "the temporary folder {} does not take the outputs of frozen layers ({e}); they are computed in every epoch, \
             which takes longer",
            folder.display()
        )
    });
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the disk does not take them, rows are computed anew instead: nothing fails, and who listens is told.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_no_end() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let e = Sink::Disk(full).append(vec![0.0; 1 << 20]).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::StorageFull);
        assert!(without(&e).is_none());
    }
}
