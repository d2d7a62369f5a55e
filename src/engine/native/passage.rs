//! A stretch of windows, end to end without padding, that goes through the encoder at once.

use std::ops::Range;

use crate::text::Window;

/// Windows of one or several jobs.
pub(super) struct Passage {
    /// Piece ids.
    pub ids: Vec<u32>,
    /// The first piece of every window, and at the end the number of pieces.
    pub starts: Vec<usize>,
    /// The pieces that carry a tag, ascending.
    pub labelled: Vec<usize>,
    /// Neighbours that belong to the same job.
    pub segments: Vec<Segment>,
}

/// The windows of one job within a passage.
#[derive(Clone)]
pub(super) struct Segment {
    pub job: usize,
    pub windows: Range<usize>,
    pub pieces: Range<usize>,
    /// Which of the labelled pieces are its own.
    pub labelled: Range<usize>,
}

impl Passage {
    /// Lays windows end to end; those of a job are neighbours.
    pub fn new(windows: &[(usize, &Window)]) -> Passage {
        let mut passage = Passage { ids: Vec::new(), starts: vec![0], labelled: Vec::new(), segments: Vec::new() };
        for (index, (job, window)) in windows.iter().enumerate() {
            let (start, first) = (passage.ids.len(), passage.labelled.len());
            passage.ids.extend_from_slice(&window.ids);
            passage.labelled.extend(window.labelled.iter().map(|l| start + l.piece as usize));
            passage.starts.push(passage.ids.len());
            let (pieces, labelled) = (passage.ids.len(), passage.labelled.len());
            match passage.segments.last_mut() {
                Some(segment) if segment.job == *job => {
                    segment.windows.end = index + 1;
                    segment.pieces.end = pieces;
                    segment.labelled.end = labelled;
                }
                _ => passage.segments.push(Segment {
                    job: *job,
                    windows: index..index + 1,
                    pieces: start..pieces,
                    labelled: first..labelled,
                }),
            }
        }
        passage
    }
}
