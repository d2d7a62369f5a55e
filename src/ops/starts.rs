//! Where the sequences of a flat batch start.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use candle_core::Device;
use once_cell::sync::OnceCell;

use super::composed::Layout;

/// The first piece of every sequence and, at the end, the number of pieces: `[0, …, pieces]`.
///
/// A clone is another reference to the same starts. What attention on a GPU derives from them is derived once.
///
/// ```
/// let starts = primer::ops::Starts::from([0, 3, 7]);
/// assert_eq!(starts.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>(), [3, 4]);
/// ```
#[derive(Clone)]
pub struct Starts(Arc<Inner>);

struct Inner {
    starts: Vec<usize>,
    layout: OnceCell<Arc<Layout>>,
}

impl Starts {
    /// How these sequences stand side by side for so many heads on a device.
    pub(super) fn layout(&self, heads: usize, device: &Device) -> candle_core::Result<Arc<Layout>> {
        let fresh = || Layout::new(self, heads, device).map(Arc::new);
        let layout = self.0.layout.get_or_try_init(fresh)?;
        if layout.fits(heads, device) { Ok(layout.clone()) } else { fresh() }
    }
}

impl Deref for Starts {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0.starts
    }
}

impl From<Vec<usize>> for Starts {
    fn from(starts: Vec<usize>) -> Starts {
        Starts(Arc::new(Inner { starts, layout: OnceCell::new() }))
    }
}

impl From<&[usize]> for Starts {
    fn from(starts: &[usize]) -> Starts {
        starts.to_vec().into()
    }
}

impl<const N: usize> From<[usize; N]> for Starts {
    fn from(starts: [usize; N]) -> Starts {
        starts.to_vec().into()
    }
}

impl PartialEq for Starts {
    fn eq(&self, other: &Starts) -> bool {
        **self == **other
    }
}

impl Eq for Starts {}

impl fmt::Debug for Starts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.starts.fmt(f)
    }
}
