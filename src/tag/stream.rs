//! Any number of texts, tagged while more are read and the answers are written.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};
use std::time::Duration;

use super::queue::Queue;
use super::tagger::{Input, Tagged, Tagger};
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};
use crate::peft::Adapter;

/// What is tagged in one call, in the weight of [`weight`]: enough batches to keep the cores busy, little enough to see
/// answers soon.
const ROUND: usize = 32 << 10;

/// How far reading runs ahead of tagging, in the same weight.
const AHEAD: usize = 2 * ROUND;

/// What a document weighs beside its bytes: an empty one takes room and time, too.
const EACH: usize = 64;

/// What is tagged in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// Raw text, as [`Input::Text`].
    Text(&'a str),
    /// Words that somebody else has found, as [`Input::Words`].
    Words(Vec<&'a str>),
}

/// Something that goes through a [`Stream`]: text or words, with whatever its answer needs beside them.
pub trait Document: Send {
    /// What is tagged in it; the same at every call.
    fn content(&self) -> Content<'_>;
}

impl Document for String {
    fn content(&self) -> Content<'_> {
        Content::Text(self)
    }
}

impl Document for &str {
    fn content(&self) -> Content<'_> {
        Content::Text(self)
    }
}

impl Document for Vec<String> {
    fn content(&self) -> Content<'_> {
        Content::Words(self.iter().map(String::as_str).collect())
    }
}

/// A document with something to know it by.
impl<T: Send, D: Document> Document for (T, D) {
    fn content(&self) -> Content<'_> {
        self.1.content()
    }
}

/// Tags documents one after another, however many there are: reading, tagging and writing go on at the same time, and
/// little is in memory at any moment. Made by [`Tagger::stream`].
pub struct Stream<'a> {
    tagger: &'a Tagger,
    adapter: Option<&'a Adapter>,
    cancel: Cancel,
    patience: Option<Duration>,
    words: bool,
}

impl Tagger {
    /// A stream of documents to be tagged with `adapter`.
    ///
    /// ```
    /// use primer::{Adapter, Model, Tagger};
    ///
    /// # fn main() -> primer::Result<()> {
    /// let model = Model::load("models/primer-mini.gguf")?;
    /// let adapter = Adapter::load("models/per-loc-org.safetensors", &model)?;
    /// let texts = ["Angela Merkel besuchte Siemens in Erlangen.", "Nairobi ni mji mkuu wa Kenya."];
    ///
    /// let mut names = Vec::new();
    /// Tagger::new(&model).stream(&adapter).run(texts.map(Ok), |round| {
    ///     for (text, tagged) in round {
    ///         names.extend(tagged.entities.iter().map(|e| &text[e.start..e.end]));
    ///     }
    ///     Ok::<_, primer::Error>(())
    /// })?;
    /// assert_eq!(names, ["Angela Merkel", "Siemens", "Erlangen", "Nairobi", "Kenya"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<'a>(&'a self, adapter: impl Into<Option<&'a Adapter>>) -> Stream<'a> {
        let adapter = adapter.into();
        Stream { tagger: self, adapter, cancel: Cancel::new(), patience: None, words: true }
    }
}

impl Stream<'_> {
    /// Lets `cancel` stop the stream.
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }

    /// Lets no document wait longer than this for others to be tagged with it, for documents that come as they happen:
    /// lines of a pipe, say. Without it a round is tagged when it is full.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Whether answers tell words and tags, as they do at first, or entities alone: of a long text they are few.
    pub fn words(mut self, words: bool) -> Self {
        self.words = words;
        self
    }

    /// Tags all `documents` and hands them to `write` with their answers, in their order, a round at a time.
    ///
    /// A round is as many documents as keep the cores busy (32 KiB of text; one where it is larger than that). Where it
    /// ends depends on the documents alone, unless [`Stream::patience`] was set: a stream that begins with the first
    /// document of a round has the same rounds, and its answers are the same to the bit.
    ///
    /// `documents` is read on a thread of its own, tagging runs on the model's, `write` on the calling one. At most six
    /// rounds are in memory, however slow one side is. When it returns, no thread is left: it therefore waits for
    /// `documents` to give its next item, also where it was stopped.
    ///
    /// # Errors
    /// The first error in the order of the documents: that of `documents`, once everything before it was written; that
    /// of `write`, which is then not called again; or the library's, as of [`Tagger::tag_batch`], once the rounds before
    /// were written. `Cancelled` within one batch after [`Stream::cancel`]'s token is requested, once what was
    /// tagged by then was written: whole rounds.
    ///
    /// # Panics
    /// Where `documents` or `write` does: all threads end, and the panic goes on in the caller.
    pub fn run<D, E, I>(
        &self,
        documents: I,
        mut write: impl FnMut(Vec<(D, Tagged)>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E>
    where
        D: Document,
        E: From<Error> + Send,
        I: IntoIterator<Item = std::result::Result<D, E>, IntoIter: Send>,
    {
        let documents = documents.into_iter();
        let queue = &Queue::new(AHEAD);
        std::thread::scope(|scope| {
            let (sender, rounds) = sync_channel(1);
            // A thread that cannot be started must leave no other waiting.
            let (ends, leaves) = (queue.pusher(), queue.taker());
            let tagging = start(scope, "primer-tag", move || {
                let _leaves = leaves;
                self.tag_all(queue, &sender)
            })?;
            let reading = start(scope, "primer-read", move || {
                let _ends = ends;
                self.read_all(documents, queue)
            })?;
            let written = rounds.iter().try_for_each(&mut write);
            drop(rounds);
            let (tagged, read) = (join(tagging), join(reading));
            // What failed later in the line was at an earlier document.
            written.and(tagged.map_err(E::from)).and(read)
        })
    }

    fn read_all<D: Document, E: From<Error>>(
        &self,
        documents: impl Iterator<Item = std::result::Result<D, E>>,
        queue: &Queue<D>,
    ) -> std::result::Result<(), E> {
        for document in documents {
            self.cancel.check()?;
            let document = document?;
            let weight = weight(&document.content());
            if !queue.push(document, weight) {
                break;
            }
        }
        Ok(())
    }

    fn tag_all<D: Document>(&self, queue: &Queue<D>, rounds: &SyncSender<Vec<(D, Tagged)>>) -> Result<()> {
        loop {
            let round = queue.take(ROUND, self.patience);
            if round.is_empty() {
                return Ok(());
            }
            self.cancel.check()?;
            let tagged = self.tag(&round)?;
            if rounds.send(round.into_iter().zip(tagged).collect()).is_err() {
                return Ok(());
            }
        }
    }

    fn tag<D: Document>(&self, round: &[D]) -> Result<Vec<Tagged>> {
        let contents: Vec<Content> = round.iter().map(Document::content).collect();
        let input = |content| match content {
            &Content::Text(text) => Input::Text(text),
            Content::Words(words) => Input::Words(words),
        };
        let inputs: Vec<_> = contents.iter().map(|content| (input(content), self.adapter)).collect();
        match self.words {
            true => self.tagger.tag_cancellable(&inputs, &self.cancel),
            false => self.tagger.entities(&inputs, &self.cancel),
        }
    }
}

/// About the bytes that a document takes, and the pieces that it becomes.
fn weight(content: &Content) -> usize {
    match content {
        Content::Text(text) => EACH + text.len(),
        // A word of its own has its allocation, and a blank before it.
        Content::Words(words) => words.iter().fold(EACH, |sum, word| sum + 1 + word.len()),
    }
}

fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let failed = |e| Error::new(ErrorKind::Compute, format!("cannot start a thread: {e}")).caused_by(e);
    Builder::new().name(name.to_owned()).spawn_scoped(scope, work).map_err(failed)
}

fn join<T>(thread: ScopedJoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
