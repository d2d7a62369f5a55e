//! Inputs as rounds of sentences: little is in memory at any moment, however long a text is.

use std::ops::Range;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::spans::Entity;
use super::tagger::{Input, Tagged};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::text::{Segmentation, Tokenizer, Window};

/// Words of a round: enough batches to keep the cores busy.
const WORDS: usize = 8 << 10;

/// Logits of a round, where an adapter has many tags.
const LOGITS: usize = 4 << 20;

/// Words are counted in 32 bits.
const MAX_TEXT: usize = u32::MAX as usize;

/// A sentence of an input, ready for the encoder.
pub(super) struct Segment {
    /// Which of the inputs it belongs to.
    pub input: usize,
    /// Its first word among those of the input.
    first: usize,
    /// Every word's byte range in the input.
    pub words: Vec<Range<usize>>,
    pub windows: Vec<Window>,
}

/// The tags and entities of a segment; words of entities are counted in the segment.
pub(super) type Answer = (Vec<u32>, Vec<Entity>);

/// How segments are made ready.
pub(super) struct Preparation<'a> {
    pub segmentation: Segmentation,
    pub tokenizer: &'a Tokenizer,
    pub pool: &'a ThreadPool,
    /// The most tags that any answer chooses from.
    pub tags: usize,
}

impl Preparation<'_> {
    /// Cuts `inputs` into rounds, answers each by `answer`, and hands every segment over to `found`, in order.
    pub fn run(
        &self,
        inputs: &[Input],
        cancel: &Cancel,
        mut answer: impl FnMut(&[Segment]) -> Result<Vec<Answer>>,
        mut found: impl FnMut(usize, Tagged) -> Result<()>,
    ) -> Result<()> {
        let words = WORDS.min(LOGITS / self.tags.max(1)).max(1);
        let mut segments = inputs.iter().enumerate().flat_map(|(at, input)| self.segments(at, input));
        loop {
            cancel.check()?;
            let (mut round, mut length) = (Vec::new(), 0);
            while length < words
                && let Some(segment) = segments.next()
            {
                let segment = segment?;
                length += segment.words.len();
                round.push(segment);
            }
            if round.is_empty() {
                return Ok(());
            }
            let encode = |segment: &mut Segment| self.encode(segment, inputs, cancel);
            self.pool.install(|| round.par_iter_mut().try_for_each(encode))?;
            cancel.check()?;
            let answers = answer(&round)?;
            for (segment, (tags, mut entities)) in round.into_iter().zip(answers) {
                for entity in &mut entities {
                    entity.words = segment.first + entity.words.start..segment.first + entity.words.end;
                }
                found(segment.input, Tagged { words: segment.words, tags, entities })?;
            }
        }
    }

    /// The segments of an input, without windows.
    fn segments<'a>(&self, input: usize, given: &Input<'a>) -> Box<dyn Iterator<Item = Result<Segment>> + 'a> {
        let bytes = match given {
            Input::Text(text) => text.len(),
            Input::Words(words) => words.iter().map(|word| word.len() + 1).sum(),
        };
        if bytes > MAX_TEXT {
            let message = format!("a text of {bytes} bytes; at most {MAX_TEXT} are tagged in one piece");
            return Box::new(std::iter::once(Err(Error::new(ErrorKind::TooLarge, message))));
        }
        let mut first = 0;
        let segment = move |words: Vec<Range<usize>>| {
            let segment = Segment { input, first, words, windows: Vec::new() };
            first += segment.words.len();
            Ok(segment)
        };
        match given {
            Input::Text(text) => Box::new(self.segmentation.of_text(text).map(segment)),
            Input::Words(words) => Box::new(self.segmentation.of_words(words).into_iter().map(segment)),
        }
    }

    fn encode(&self, segment: &mut Segment, inputs: &[Input], cancel: &Cancel) -> Result<()> {
        let encoding = match inputs[segment.input] {
            Input::Text(text) => {
                let words: Vec<&str> = segment.words.iter().map(|word| &text[word.clone()]).collect();
                self.tokenizer.encode_until(&words, cancel)?
            }
            Input::Words(words) => {
                self.tokenizer.encode_until(&words[segment.first..segment.first + segment.words.len()], cancel)?
            }
        };
        segment.windows = self.segmentation.windows(self.tokenizer, &encoding);
        Ok(())
    }
}
