//! `Tagger::stream`: order, bounds, failures of every side.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use primer::tag::{Content, Document};
use primer::{Cancel, ErrorKind, Input, Tagged, Tagger};

use crate::{sentence, trained};

/// A caller's own error.
#[derive(Debug)]
enum Stop {
    Reader(usize),
    Writer,
    Library(primer::Error),
}

impl From<primer::Error> for Stop {
    fn from(e: primer::Error) -> Stop {
        Stop::Library(e)
    }
}

type Numbered = (usize, String);

fn numbered(i: usize) -> Result<Numbered, Stop> {
    Ok((i, sentence(i)))
}

/// A caller's own document: every third is given as words.
struct Mixed(usize, String);

impl Document for Mixed {
    fn content(&self) -> Content<'_> {
        match self.0 % 3 {
            0 => Content::Words(self.1.split(' ').collect()),
            _ => Content::Text(&self.1),
        }
    }
}

#[test]
fn every_document_gets_its_own_answer_in_order() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    let mut next = 0;
    let documents = (0..1500).map(|i| Ok(Mixed(i, if i % 7 == 0 { String::new() } else { sentence(i) })));
    let done = tagger.stream(&adapter).run(documents, |round| {
        for (Mixed(i, text), tagged) in round {
            assert_eq!(i, next);
            next += 1;
            let words: Vec<&str> = text.split(' ').collect();
            let input = if i % 3 == 0 { Input::Words(&words) } else { Input::Text(&text) };
            let alone = tagger.tag_batch(&[input], &adapter).unwrap().remove(0);
            assert_eq!((alone.words, alone.tags), (tagged.words, tagged.tags), "{text}");
        }
        Ok::<_, Stop>(())
    });
    assert!(done.is_ok() && next == 1500, "{done:?}, {next}");
    let none = tagger.stream(&adapter).run(std::iter::empty::<Result<String, Stop>>(), |_| panic!("there is no round"));
    assert!(none.is_ok());
}

#[test]
fn rounds_hang_on_the_documents_alone_and_so_do_answers_to_the_bit() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    let rounds = |from: usize| {
        let mut rounds: Vec<Vec<(Numbered, Tagged)>> = Vec::new();
        let keep = |round| {
            rounds.push(round);
            Ok::<_, Stop>(())
        };
        tagger.stream(&adapter).run((from..1500).map(numbered), keep).unwrap();
        rounds
    };
    let all = rounds(0);
    assert!(all.len() > 3, "{} rounds", all.len());
    let start = all[2][0].0.0;
    assert_eq!(rounds(start), all[2..]);
}

#[test]
fn little_is_read_ahead_of_what_is_written() {
    let (_folder, model, adapter) = trained();
    let text = sentence(3).repeat(7);
    let read = AtomicUsize::new(0);
    let documents = (0..2000).map(|_| {
        read.fetch_add(1, Ordering::Relaxed);
        Ok(text.clone())
    });
    let (mut written, mut most) = (0, 0);
    let count = |round: Vec<(String, Tagged)>| {
        most = most.max(read.load(Ordering::Relaxed) - written);
        written += round.len();
        Ok::<_, Stop>(())
    };
    Tagger::new(&model).stream(&adapter).run(documents, count).unwrap();
    // Six rounds of 32 KiB and the document in hand.
    let bound = 6 * (32 << 10) / text.len() + 1;
    assert!(written == 2000 && bound < 1000 && most <= bound, "{most} of {bound}");
}

#[test]
fn a_document_that_cannot_be_read_is_told_after_all_before_it_are_written() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    for bad in [0, 1, 700] {
        let documents = (0..).map(|i| if i == bad { Err(Stop::Reader(i)) } else { numbered(i) });
        let mut written = Vec::new();
        let done = tagger.stream(&adapter).run(documents, |round| {
            written.extend(round.into_iter().map(|((i, _), _)| i));
            Ok(())
        });
        assert!(matches!(done, Err(Stop::Reader(i)) if i == bad), "{done:?}");
        assert!(written.into_iter().eq(0..bad));
    }
}

#[test]
fn a_failing_writer_stops_the_reader_and_is_not_called_again() {
    let (_folder, model, adapter) = trained();
    let mut calls = 0;
    let done = Tagger::new(&model).stream(&adapter).run((0..).map(numbered), |_| {
        calls += 1;
        if calls == 2 { Err(Stop::Writer) } else { Ok(()) }
    });
    assert!(matches!(done, Err(Stop::Writer)) && calls == 2, "{done:?}, {calls}");
}

#[test]
fn a_request_to_stop_is_heard_wherever_it_comes_from() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    for from_writer in [true, false] {
        let cancel = Cancel::new();
        let mut written = Vec::new();
        let documents = (0..).map(|i| {
            if !from_writer && i == 2000 {
                cancel.request();
            }
            numbered(i)
        });
        let done = tagger.stream(&adapter).cancel(&cancel).run(documents, |round| {
            written.extend(round.into_iter().map(|((i, _), _)| i));
            if from_writer {
                cancel.request();
            }
            Ok(())
        });
        assert!(matches!(&done, Err(Stop::Library(e)) if e.kind() == ErrorKind::Cancelled), "{done:?}");
        let count = written.len();
        assert!(written.into_iter().eq(0..count), "nothing is left out before the stop");
        assert_eq!(count > 0, from_writer || count > 0);
    }
    let cancel = Cancel::new();
    cancel.request();
    let done = tagger.stream(&adapter).cancel(&cancel).run([numbered(0)], |_| panic!("nothing is tagged"));
    assert!(matches!(&done, Err(Stop::Library(e)) if e.kind() == ErrorKind::Cancelled), "{done:?}");
}

#[test]
fn panics_go_on_in_the_caller() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    let reading = (0..).map(|i| if i == 900 { panic!("in the reader") } else { numbered(i) });
    let caught = catch_unwind(AssertUnwindSafe(|| tagger.stream(&adapter).run(reading, |_| Ok(()))));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"in the reader"));
    let writing = || tagger.stream(&adapter).run((0..).map(numbered), |_| panic!("in the writer"));
    let caught = catch_unwind(AssertUnwindSafe(writing));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"in the writer"));
}

#[test]
fn with_patience_an_answer_comes_before_the_next_question() {
    let (_folder, model, adapter) = trained();
    let tagger = Tagger::new(&model);
    let (answered, answers) = channel();
    answered.send(()).unwrap();
    // Without it this would wait for ever: each document comes once the one before it is answered.
    let documents = (0..3).map(move |i| {
        answers.recv().unwrap();
        numbered(i)
    });
    let stream = tagger.stream(&adapter).patience(Duration::from_millis(1));
    let done = stream.run(documents, |round| {
        assert_eq!(round.len(), 1);
        // After the last one nobody asks.
        let _ = answered.send(());
        Ok(())
    });
    assert!(done.is_ok(), "{done:?}");
}

#[test]
fn an_adapter_of_another_model_is_refused() {
    let (_folder, _, adapter) = trained();
    let (_other, other) = crate::common::model_of(8);
    let done = Tagger::new(&other).stream(&adapter).run([numbered(0)], |_| Ok(()));
    assert!(matches!(&done, Err(Stop::Library(e)) if e.kind() == ErrorKind::Mismatch), "{done:?}");
}
