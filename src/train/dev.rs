//! Dev data, encoded once and tagged at every look.

use super::prefix::Prefix;
use super::progress::{Count, Counter, Stage};
use crate::cancel::Cancel;
use crate::data::{Batch, Dataset, Sentence, Span, TagSet, pieces, runs};
use crate::error::{Error, Result};
use crate::model::{Encoder, Model};
use crate::peft::Built;
use crate::tag::{Decoder, Mode, compare, word_logits};
use crate::text::{Split, Window};

/// Pieces that go through the encoder at once.
const BATCH_PIECES: usize = 1024;

/// Dev sentences, ready for the encoder.
pub(crate) struct Dev<'a> {
    data: &'a Dataset,
    /// What goes through the encoder at once, for every sentence: its words and their windows.
    sentences: Vec<Vec<(usize, Vec<Window>)>>,
    prefix: Option<Prefix>,
}

impl<'a> Dev<'a> {
    /// Encodes `data` for `encoder`, which is one of `model`. Where `kept` names a method and a number of lowest layers that stay as they are in it, their output
    /// is computed at once and kept, up to so many bytes in memory.
    pub fn encode(
        model: &Model,
        encoder: &Encoder,
        data: &'a Dataset,
        kept: Option<(&Built, usize, usize)>,
        cancel: &Cancel,
        counter: &mut Counter,
    ) -> Result<Dev<'a>> {
        let segmentation = model.segmentation(Split::default(), None);
        let encode = |words: &[String]| -> Result<(usize, Vec<Window>)> {
            Ok((words.len(), segmentation.windows(model.tokenizer(), &model.tokenizer().encode(words)?)))
        };
        let segments = |s: &Sentence| -> Result<Vec<(usize, Vec<Window>)>> {
            s.segments(&segmentation).into_iter().map(|words| encode(&s.words[words])).collect()
        };
        let mut sentences: Vec<Vec<(usize, Vec<Window>)>> = Vec::with_capacity(data.len());
        for sentence in data.sentences() {
            counter.count(Stage::Encode, sentences.len(), data.len())?;
            sentences.push(segments(sentence)?);
        }
        let prefix = match kept {
            None => None,
            Some((built, layers, limit)) => {
                let windows: Vec<&Window> = sentences.iter().flatten().flat_map(|(_, windows)| windows).collect();
                let mut count = |done, total| counter.count(Stage::Prefix, done, total);
                let means = (model.pool(), cancel, &mut count as Count);
                Prefix::compute(encoder, built, &windows, layers, limit, means)?
            }
        };
        Ok(Dev { data, sentences, prefix })
    }

    /// The micro-F1 (seqeval's default; of texts by bytes) that `built` reaches on `encoder`.
    pub fn f1(&self, encoder: &Encoder, built: &Built, tags: &TagSet, cancel: &Cancel) -> Result<f64> {
        let windows: Vec<&Window> = self.sentences.iter().flatten().flat_map(|(_, windows)| windows).collect();
        let mut logits: Vec<f32> = Vec::new();
        for run in runs(windows.iter().map(|w| w.ids.len()), BATCH_PIECES) {
            cancel.check()?;
            let batch = Batch::of_windows(windows[run.clone()].iter().copied()).stopped_by(cancel);
            if batch.labelled.is_empty() {
                continue;
            }
            let indices: Vec<usize> = run.collect();
            let rows = match &self.prefix {
                Some(prefix) => prefix.logits(encoder, built, &indices, &batch)?,
                None => {
                    let full = |e: Error| e.asked_of(&encoder.place().device, || pieces(&batch));
                    built.logits(encoder, &batch).map_err(full)?
                }
            };
            logits.extend(rows.flatten_all()?.to_vec1::<f32>()?);
        }
        let decoder = Decoder::new(tags);
        let mut rows = logits.chunks_exact(tags.len());
        let mut found = Vec::with_capacity(self.sentences.len());
        for segments in &self.sentences {
            cancel.check()?;
            let (mut spans, mut first) = (Vec::new(), 0);
            for (words, windows) in segments {
                let chosen = decoder.decode(&word_logits(windows, *words, tags.len(), &mut rows))?;
                let moved = |s: Span| Span { start: first + s.start, end: first + s.end, ..s };
                spans.extend(tags.decode(&chosen).into_iter().map(moved));
                first += words;
            }
            found.push(spans);
        }
        Ok(compare(self.data, &found, tags.types(), Mode::Default)?.micro.f1)
    }
}
