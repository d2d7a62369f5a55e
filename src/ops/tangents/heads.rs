//! The heads of one sequence with their tangents, one after the other, compiled for the processor's vectors.

use pulp::{Simd, WithSimd};

use super::super::heads::dot;
use super::super::kernel::Float;
use super::super::tile::{Left, Product, Right, pack_transposed};

/// One sequence: `[length, hidden]` blocks of what moves, and of how.
pub(super) struct Sequence<'a, T> {
    pub qkv: [&'a [T]; 3],
    pub tangents: [Option<&'a [T]>; 3],
    /// Logarithms of the normalisers, `[length, heads]`.
    pub norms: &'a [T],
    pub hidden: usize,
    pub heads: usize,
    pub scale: T,
}

/// What a thread uses again from sequence to sequence.
pub(super) struct Scratch<T> {
    /// Keys and values of a head, transposed, and their tangents.
    keys: Vec<T>,
    keys_moved: Vec<T>,
    values: Vec<T>,
    values_moved: Vec<T>,
    /// Weights `P`, `[length, padded]` as all that follows, and their tangents; padding is zero.
    weights: Vec<T>,
    moved: Vec<T>,
    /// Gradient of the unscaled scores, and its tangent.
    slopes: Vec<T>,
    slopes_moved: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Scratch<T> {
        let [keys, keys_moved, values, values_moved, weights, moved, slopes, slopes_moved] =
            [(); 8].map(|()| Vec::new());
        Scratch { keys, keys_moved, values, values_moved, weights, moved, slopes, slopes_moved }
    }
}

/// A factor of a term that may be absent, and the panels of the other.
type Term<'a, T> = (Option<&'a [T]>, Option<&'a [T]>);

/// Where one head stands.
#[derive(Clone, Copy)]
struct Head {
    index: usize,
    /// The first column.
    at: usize,
    size: usize,
    hidden: usize,
    length: usize,
    padded: usize,
}

impl Head {
    /// Sets `out` `[length, padded]` to the sum of all `a bᵀ`, where `b` stands in panels; false where there are none.
    #[inline(always)]
    fn pairs<T: Float, S: Simd>(self, simd: S, terms: [Term<T>; 2], out: &mut Vec<T>) -> bool {
        out.resize(self.length * self.padded, T::zero());
        let mut accumulate = false;
        for (a, panels) in terms {
            let (Some(a), Some(panels)) = (a, panels) else { continue };
            simd.vectorize(Product {
                size: (self.length, self.padded, self.size),
                left: Left { data: &a[self.at..], row: self.hidden, column: 1 },
                right: Right::Panels(panels),
                out,
                stride: self.padded,
                accumulate,
            });
            accumulate = true;
        }
        if !accumulate {
            out.fill(T::zero());
        }
        accumulate
    }

    /// Adds `w b` to this head's columns of `target`, for `w` `[length, padded]`; `wᵀ b` where `transposed`.
    #[inline(always)]
    fn add<T: Float, S: Simd>(self, simd: S, w: &[T], transposed: bool, b: &[T], target: &mut [T]) {
        let (row, column) = if transposed { (1, self.padded) } else { (self.padded, 1) };
        simd.vectorize(Product {
            size: (self.length, self.size, self.length),
            left: Left { data: w, row, column },
            right: Right::Rows(&b[self.at..], self.hidden),
            out: &mut target[self.at..],
            stride: self.hidden,
            accumulate: true,
        });
    }
}

impl<'a, T: Float> Sequence<'a, T> {
    fn heads(&self) -> impl Iterator<Item = Head> + use<T> {
        let (hidden, heads) = (self.hidden, self.heads);
        let (length, size) = (self.qkv[0].len() / hidden, hidden / heads);
        let head = move |index| Head { index, at: index * size, size, hidden, length, padded: 0 };
        // A sequence without pieces has no columns to point to.
        (0..heads.min(length * heads)).map(head)
    }

    /// Sets weights and, where queries or keys move, their tangents `P' = P (S' - Σ P S')` with
    /// `S' = (q' kᵀ + q k'ᵀ) scale`, which otherwise are zero. Gives whether they move, and the head with its padding.
    #[inline(always)]
    fn weights<S: Simd>(&self, simd: S, mut head: Head, scratch: &mut Scratch<T>) -> (bool, Head) {
        let Scratch { keys, keys_moved, weights, moved, .. } = scratch;
        let ([q, k, _], [qt, kt, _]) = (self.qkv, self.tangents);
        let Head { at, size, hidden, length, .. } = head;
        head.padded = pack_transposed(&k[at..], hidden, length, size, keys);
        if let Some(kt) = kt {
            pack_transposed(&kt[at..], hidden, length, size, keys_moved);
        }
        head.pairs(simd, [(Some(q), Some(keys)), (None, None)], weights);
        let moving = head.pairs(simd, [(qt, Some(keys)), (Some(q), kt.map(|_| &keys_moved[..]))], moved);
        let rows = weights.chunks_exact_mut(head.padded).zip(moved.chunks_exact_mut(head.padded));
        for (i, (p, moved)) in rows.enumerate() {
            let norm = self.norms[i * self.heads + head.index];
            p.iter_mut().for_each(|p| *p = (*p * self.scale - norm).exp_fast());
            p[length..].fill(T::zero());
            if moving {
                let mean = dot(p, moved);
                moved.iter_mut().zip(p).for_each(|(m, p)| *m = *p * (*m - mean) * self.scale);
            }
        }
        (moving, head)
    }
}

/// Adds `P' v + P v'` to `out`.
pub(super) struct Forward<'a, T> {
    pub sequence: Sequence<'a, T>,
    pub out: &'a mut [T],
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Float> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Forward { sequence, out, scratch } = self;
        for head in sequence.heads() {
            let (moving, head) = sequence.weights(simd, head, scratch);
            if moving {
                head.add(simd, &scratch.moved, false, sequence.qkv[2], out);
            }
            if let Some(v) = sequence.tangents[2] {
                head.add(simd, &scratch.weights, false, v, out);
            }
        }
    }
}

/// Adds to the gradients of queries, keys and values, and to the tangents of these gradients, where they are wanted.
///
/// With `dO` the result's gradient, `dP = dO vᵀ` and `D = Σ P dP`, both with tangents by the product rule:
/// `dS = P (dP - D) scale`, `dS' = (P' (dP - D) + P (dP' - D')) scale`; `dQ = dS K`, `dK = dSᵀ Q`, `dV = Pᵀ dO`.
pub(super) struct Backward<'a, T> {
    pub sequence: Sequence<'a, T>,
    pub grad: &'a [T],
    pub grad_tangent: Option<&'a [T]>,
    pub gradients: &'a mut [Option<&'a mut [T]>],
    pub tangents: &'a mut [Option<&'a mut [T]>],
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Float> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Backward { sequence, grad, grad_tangent, gradients, tangents, scratch } = self;
        let ([q, k, v], [qt, kt, vt]) = (sequence.qkv, sequence.tangents);
        for head in sequence.heads() {
            let (moving, head) = sequence.weights(simd, head, scratch);
            let Scratch { values, values_moved, weights, moved, slopes, slopes_moved, .. } = &mut *scratch;
            let Head { at, size, hidden, length, padded, .. } = head;
            pack_transposed(&v[at..], hidden, length, size, values);
            if let Some(vt) = vt {
                pack_transposed(&vt[at..], hidden, length, size, values_moved);
            }
            head.pairs(simd, [(Some(grad), Some(values)), (None, None)], slopes);
            let terms = [(grad_tangent, Some(&values[..])), (Some(grad), vt.map(|_| &values_moved[..]))];
            head.pairs(simd, terms, slopes_moved);
            let weight_rows = weights.chunks_exact(padded).zip(moved.chunks_exact(padded));
            let slope_rows = slopes.chunks_exact_mut(padded).zip(slopes_moved.chunks_exact_mut(padded));
            for ((p, pt), (s, st)) in weight_rows.zip(slope_rows) {
                let (d, dt) = (dot(p, s), dot(pt, s) + dot(p, st));
                for (((p, pt), s), st) in p.iter().zip(pt).zip(s).zip(st) {
                    let centred = *s - d;
                    *st = (*pt * centred + *p * (*st - dt)) * sequence.scale;
                    *s = *p * centred * sequence.scale;
                }
            }
            let plain = [(&*slopes, false, k), (slopes, true, q), (weights, true, grad)];
            for (target, (a, transposed, b)) in gradients.iter_mut().zip(plain) {
                if let Some(target) = target {
                    head.add(simd, a, transposed, b, target);
                }
            }
            let terms = [
                [(&*slopes_moved, Some(k)), (&*slopes, kt)],
                [(slopes_moved, Some(q)), (slopes, qt)],
                [(moved, moving.then_some(grad)), (weights, grad_tangent)],
            ];
            for (i, (target, terms)) in tangents.iter_mut().zip(terms).enumerate() {
                let Some(target) = target else { continue };
                for (a, b) in terms {
                    if let Some(b) = b {
                        head.add(simd, a, i > 0, b, target);
                    }
                }
            }
        }
    }
}
