//! What identifies a model: a SHA-256 over everything in it, computed on all cores.
//!
//! Bytes are hashed in chunks of 1 MiB, and the chunks' hashes, after the total length, once more. The result is the same
//! whatever the number of threads.

use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::mapped::Bytes;

const CHUNK: usize = 1 << 20;

/// Chunks that are hashed before their memory is given back.
const GROUP: usize = 8;

type Hash = [u8; 32];

/// The hash of `bytes`, with the bytes in `hole` taken as zeros: a file can then hold its own fingerprint. `done` is told
/// of bytes that have been read.
fn hash(bytes: &[u8], hole: Range<usize>, done: impl Fn(Range<usize>)) -> Hash {
    let chunk_hash = |(i, chunk): (usize, &[u8])| -> Hash {
        let begin = i * CHUNK;
        let (from, to) = (hole.start.max(begin), hole.end.min(begin + chunk.len()));
        if from >= to {
            return Sha256::digest(chunk).into();
        }
        let mut hash = Sha256::new();
        hash.update(&chunk[..from - begin]);
        hash.update(vec![0; to - from]);
        hash.update(&chunk[to - begin..]);
        hash.finalize().into()
    };
    let mut chunks: Vec<Hash> = Vec::with_capacity(bytes.len().div_ceil(CHUNK));
    for (group, part) in bytes.chunks(GROUP * CHUNK).enumerate() {
        let first = group * GROUP;
        chunks.par_extend(part.par_chunks(CHUNK).enumerate().map(|(i, chunk)| chunk_hash((first + i, chunk))));
        done(first * CHUNK..first * CHUNK + part.len());
    }
    let mut hash = Sha256::new();
    hash.update((bytes.len() as u64).to_le_bytes());
    chunks.iter().for_each(|h| hash.update(h));
    hash.finalize().into()
}

/// The fingerprint of one file, as 64 hexadecimal digits; `hole` is where the file has it written.
pub(super) fn of_bytes(bytes: &[u8], hole: Range<usize>) -> String {
    hex(&hash(bytes, hole, |_| {}))
}

/// [`of_bytes`] of a mapped file, little of which is in memory at any time and nothing afterwards.
pub(super) fn of_mapped(bytes: &Bytes, hole: Range<usize>) -> String {
    hex(&hash(bytes, hole, |range| bytes.release(range)))
}

/// The fingerprint of several files and their names.
pub(super) fn of_files(files: &[(String, Bytes)]) -> String {
    let mut all = Sha256::new();
    for (name, bytes) in files {
        all.update((name.len() as u64).to_le_bytes());
        all.update(name.as_bytes());
        all.update(hash(bytes, 0..0, |range| bytes.release(range)));
    }
    hex(&all.finalize().into())
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_documented_one() {
        // sha256(u64 length, sha256(first MiB), sha256(rest)), written down so that fingerprints outlive this code.
        let bytes: Vec<u8> = (0..CHUNK + 3).map(|i| i as u8).collect();
        let mut outer = (bytes.len() as u64).to_le_bytes().to_vec();
        outer.extend_from_slice(&Sha256::digest(&bytes[..CHUNK]));
        outer.extend_from_slice(&Sha256::digest(&bytes[CHUNK..]));
        assert_eq!(of_bytes(&bytes, 0..0), hex(&Sha256::digest(&outer).into()));
        assert_eq!(of_bytes(b"", 0..0), "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc");
    }

    #[test]
    fn only_the_hole_does_not_count() {
        let mut bytes = vec![7u8; 2 * CHUNK];
        // Across the border of two chunks.
        let hole = CHUNK - 2..CHUNK + 3;
        let before = of_bytes(&bytes, hole.clone());
        assert_ne!(before, of_bytes(&bytes, 0..0));
        bytes[hole.clone()].fill(9);
        assert_eq!(of_bytes(&bytes, hole.clone()), before);
        for at in [0, hole.start - 1, hole.end, 2 * CHUNK - 1] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_ne!(of_bytes(&other, hole.clone()), before, "{at}");
        }
    }

    #[test]
    fn a_byte_does_not_move_from_a_file_to_the_next_unseen() {
        let files = |a: &str, b: &str| {
            of_files(&[("a".into(), Bytes::from(a.as_bytes().to_vec())), ("b".into(), b.as_bytes().to_vec().into())])
        };
        assert_ne!(files("xy", "z"), files("x", "yz"));
        assert_ne!(files("x", "y"), files("y", "x"));
    }
}
