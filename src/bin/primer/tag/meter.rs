//! How far tagging is, for the person who waits.

use std::path::PathBuf;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::args::Common;
use crate::console::bar;
use crate::input::Place;

/// A bar over the bytes of all files, or a count of texts where nobody knows how many will come.
pub struct Meter {
    bar: ProgressBar,
    /// Bytes before each file.
    starts: Vec<u64>,
    /// Texts that were tagged before, by an earlier run.
    before: u64,
    since: Instant,
}

impl Meter {
    /// For `files`, which are read from `place` on.
    pub fn new(common: &Common, files: &[PathBuf], place: &Place) -> Meter {
        let sizes: Option<Vec<u64>> =
            files.iter().map(|file| file.metadata().ok().filter(|m| m.is_file()).map(|m| m.len())).collect();
        let sizes = sizes.unwrap_or_default();
        let total: u64 = sizes.iter().sum();
        let template = match total {
            0 => "{spinner} {msg}, {elapsed}",
            _ => "{wide_bar} {percent:>3} % {bytes} of {total_bytes}, {msg}, {eta} left",
        };
        let bar = bar(common, total, template);
        let starts = sizes.iter().scan(0, |sum, size| Some(std::mem::replace(sum, *sum + size))).collect();
        let meter = Meter { bar, starts, before: place.texts, since: Instant::now() };
        meter.bar.set_position(meter.position(place));
        // What an earlier run has done says nothing about this one's speed.
        meter.bar.reset_eta();
        meter.show(place);
        meter
    }

    /// A round was written up to `place`.
    pub fn show(&self, place: &Place) {
        let seconds = self.since.elapsed().as_secs_f64();
        let rate = (place.texts - self.before) as f64 / seconds.max(1e-3);
        self.bar.set_message(format!("{} texts, {rate:.0}/s", place.texts));
        self.bar.set_position(if self.starts.is_empty() { place.texts } else { self.position(place) });
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn position(&self, place: &Place) -> u64 {
        self.starts.get(place.file).map_or(0, |start| start + place.byte)
    }
}
