//! Which kernels there are, and which of them this processor runs best.

use std::sync::OnceLock;

use super::portable;
use super::quantise::Quantise;
use super::tile::Span;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// A kernel and the panels that it wants.
pub(super) struct Kernel {
    /// Computes a span.
    ///
    /// # Safety
    /// The processor has what [`Kernels::runs`] asks for, and the span's result may be written to.
    pub run: unsafe fn(&Span),
    /// Columns of a vector.
    pub lanes: usize,
    /// Most vectors of a panel.
    pub vectors: usize,
    /// Numbers of the depth that one step takes.
    pub depth: usize,
    /// 8-bit: the input has 16 bits.
    pub wide: bool,
    /// 8-bit: weights are stored plus 128.
    pub unsigned: bool,
}

/// The kernels for one kind of processor.
pub(super) struct Kernels {
    pub name: &'static str,
    /// Whether this processor has the instructions.
    pub runs: fn() -> bool,
    pub f32: Kernel,
    pub int8: Kernel,
    pub int4: Kernel,
    /// As [`Kernels::runs`] for its safety.
    pub quantise: Quantise,
}

/// All of them, better ones first.
static ALL: &[Kernels] = &[
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avx512vnni",
        runs: || avx512() && is_x86_feature_detected!("avx512vnni"),
        f32: Kernel { run: avx512::f32, lanes: 16, vectors: 2, depth: 1, wide: false, unsigned: false },
        int8: Kernel { run: avx512::int8, lanes: 16, vectors: 2, depth: 4, wide: false, unsigned: true },
        int4: Kernel { run: avx512::int4, lanes: 16, vectors: 1, depth: 32, wide: false, unsigned: false },
        quantise: avx512::quantise,
    },
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avx512",
        runs: || avx512() && is_x86_feature_detected!("f16c"),
        f32: Kernel { run: avx512::f32, lanes: 16, vectors: 2, depth: 1, wide: false, unsigned: false },
        int8: Kernel { run: avx2::int8, lanes: 8, vectors: 2, depth: 2, wide: true, unsigned: false },
        int4: Kernel { run: avx2::int4, lanes: 8, vectors: 1, depth: 32, wide: false, unsigned: false },
        quantise: avx512::quantise,
    },
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avx2",
        runs: || avx2() && is_x86_feature_detected!("f16c"),
        f32: Kernel { run: avx2::f32, lanes: 8, vectors: 2, depth: 1, wide: false, unsigned: false },
        int8: Kernel { run: avx2::int8, lanes: 8, vectors: 2, depth: 2, wide: true, unsigned: false },
        int4: Kernel { run: avx2::int4, lanes: 8, vectors: 1, depth: 32, wide: false, unsigned: false },
        quantise: avx2::quantise,
    },
    Kernels {
        name: "portable",
        runs: || true,
        f32: Kernel { run: portable::f32, lanes: 8, vectors: 1, depth: 1, wide: false, unsigned: false },
        int8: Kernel { run: portable::int8, lanes: 8, vectors: 1, depth: 4, wide: false, unsigned: false },
        int4: Kernel { run: portable::int4, lanes: 8, vectors: 1, depth: 32, wide: false, unsigned: false },
        quantise: portable::quantise,
    },
];

#[cfg(target_arch = "x86_64")]
fn avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
fn avx512() -> bool {
    let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
    avx2() && wide && is_x86_feature_detected!("avx512vl")
}

/// Those that this processor runs.
pub(super) fn available() -> impl Iterator<Item = &'static Kernels> {
    ALL.iter().filter(|k| (k.runs)())
}

/// The best of them, found once.
pub(super) fn best() -> &'static Kernels {
    static BEST: OnceLock<&Kernels> = OnceLock::new();
    BEST.get_or_init(|| available().next().expect("the portable kernels run anywhere"))
}
