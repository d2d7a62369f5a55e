//! Which kernels there are, and which of them this processor runs best.

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use std::arch::is_aarch64_feature_detected as detected;
#[cfg(target_arch = "x86_64")]
use std::arch::is_x86_feature_detected as detected;

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::portable;
use super::quantise::Quantise;
use super::tile::Span;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512, vnni};

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

impl Kernel {
    const fn f32(run: unsafe fn(&Span), lanes: usize, vectors: usize) -> Kernel {
        Kernel { run, lanes, vectors, depth: 1, wide: false, unsigned: false }
    }

    /// Four of the depth a step.
    const fn int8(run: unsafe fn(&Span), lanes: usize, vectors: usize) -> Kernel {
        Kernel { run, lanes, vectors, depth: 4, wide: false, unsigned: false }
    }

    /// The same with unsigned weights.
    #[cfg(target_arch = "x86_64")]
    const fn unsigned(run: unsafe fn(&Span), lanes: usize, vectors: usize) -> Kernel {
        Kernel { run, lanes, vectors, depth: 4, wide: false, unsigned: true }
    }

    /// Two of the depth a step, with 16 bits each.
    #[cfg(target_arch = "x86_64")]
    const fn wide(run: unsafe fn(&Span), lanes: usize, vectors: usize) -> Kernel {
        Kernel { run, lanes, vectors, depth: 2, wide: true, unsigned: false }
    }

    const fn int4(run: unsafe fn(&Span), lanes: usize) -> Kernel {
        Kernel { run, lanes, vectors: 1, depth: 32, wide: false, unsigned: false }
    }
}

/// The kernels for one kind of processor.
pub(super) struct Kernels {
    /// For what tests say.
    #[allow(dead_code)]
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
        runs: || avx512() && detected!("avx512vnni"),
        f32: Kernel::f32(avx512::f32, 16, 2),
        int8: Kernel::unsigned(avx512::int8, 16, 2),
        int4: Kernel::int4(avx512::int4, 16),
        quantise: avx512::quantise,
    },
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avx512",
        runs: avx512,
        f32: Kernel::f32(avx512::f32, 16, 2),
        int8: Kernel::wide(avx2::int8, 8, 2),
        int4: Kernel::int4(avx2::int4, 8),
        quantise: avx512::quantise,
    },
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avxvnni",
        runs: || avx2() && detected!("avxvnni"),
        f32: Kernel::f32(avx2::f32, 8, 2),
        int8: Kernel::unsigned(vnni::int8, 8, 2),
        int4: Kernel::int4(vnni::int4, 8),
        quantise: avx2::quantise,
    },
    #[cfg(all(test, target_arch = "x86_64"))]
    Kernels {
        name: "avxvnni by avx512",
        runs: || avx512() && detected!("avx512vnni"),
        f32: Kernel::f32(avx2::f32, 8, 2),
        int8: Kernel::unsigned(vnni::int8_evex, 8, 2),
        int4: Kernel::int4(vnni::int4_evex, 8),
        quantise: avx2::quantise,
    },
    #[cfg(target_arch = "x86_64")]
    Kernels {
        name: "avx2",
        runs: avx2,
        f32: Kernel::f32(avx2::f32, 8, 2),
        int8: Kernel::wide(avx2::int8, 8, 2),
        int4: Kernel::int4(avx2::int4, 8),
        quantise: avx2::quantise,
    },
    #[cfg(target_arch = "aarch64")]
    Kernels {
        name: "neon with dotprod",
        runs: || detected!("neon") && detected!("dotprod"),
        f32: Kernel::f32(neon::f32, 4, 4),
        int8: Kernel::int8(neon::int8_dot, 4, 4),
        int4: Kernel::int4(neon::int4_dot, 8),
        quantise: portable::quantise,
    },
    #[cfg(target_arch = "aarch64")]
    Kernels {
        name: "neon",
        runs: || detected!("neon"),
        f32: Kernel::f32(neon::f32, 4, 4),
        int8: Kernel::int8(neon::int8, 4, 4),
        int4: Kernel::int4(neon::int4, 8),
        quantise: portable::quantise,
    },
    Kernels {
        name: "portable",
        runs: || true,
        f32: Kernel::f32(portable::f32, 8, 1),
        int8: Kernel::int8(portable::int8, 8, 1),
        int4: Kernel::int4(portable::int4, 8),
        quantise: portable::quantise,
    },
];

#[cfg(target_arch = "x86_64")]
fn avx2() -> bool {
    detected!("avx2") && detected!("fma") && detected!("f16c")
}

#[cfg(target_arch = "x86_64")]
fn avx512() -> bool {
    avx2() && detected!("avx512f") && detected!("avx512bw") && detected!("avx512vl")
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
