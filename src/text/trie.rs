//! A compact trie over the bytes of a vocabulary: nine bytes a node, built in one pass over the sorted pieces.

/// No piece ends here.
const NONE: u32 = u32::MAX;

/// Nodes in breadth-first order, so that the children of node `n` are the nodes `first[n]..first[n + 1]`.
pub(super) struct Trie {
    first: Vec<u32>,
    /// The byte that leads to a node; siblings ascend.
    labels: Vec<u8>,
    /// The id of the piece that ends at a node, or `NONE`.
    ids: Vec<u32>,
}

/// The node where every piece starts.
pub(super) const ROOT: u32 = 0;

impl Trie {
    /// Builds the trie of `(piece, id)`; on failure gives the index of a piece that is there twice.
    ///
    /// Empty pieces are left out: nothing could match them. Ids are less than `u32::MAX`, and all pieces together are
    /// shorter than 4 GiB.
    pub(super) fn build(pieces: &[(&[u8], u32)]) -> Result<Trie, usize> {
        let mut order: Vec<(u64, u32)> = (0u32..).zip(pieces).map(|(i, (piece, _))| (head(piece), i)).collect();
        let piece = |i: u32| pieces[i as usize].0;
        // Most comparisons end with the first eight bytes.
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| piece(a.1).cmp(piece(b.1))));
        if let Some(w) = order.windows(2).find(|w| piece(w[0].1) == piece(w[1].1) && !piece(w[0].1).is_empty()) {
            return Err(w[0].1.max(w[1].1) as usize);
        }
        // From here on the pieces are read in their sorted order, level by level: one block of memory keeps that fast.
        let mut bytes = Vec::new();
        let mut sorted = Vec::with_capacity(order.len());
        for (piece, id) in order.iter().map(|&(_, i)| pieces[i as usize]).filter(|p| !p.0.is_empty()) {
            sorted.push((bytes.len() as u32, piece.len() as u32, id));
            bytes.extend_from_slice(piece);
        }
        drop(order);

        let mut trie = Trie { first: Vec::new(), labels: vec![0], ids: vec![NONE] };
        // The pieces below every node and the number of bytes that lead to it.
        let mut below = vec![(0, sorted.len(), 0)];
        let mut node = 0;
        while node < below.len() {
            let (start, end, depth) = below[node];
            trie.first.push(trie.labels.len() as u32);
            let byte =
                |&(start, length, _): &(u32, u32, u32)| (depth < length).then(|| bytes[(start + depth) as usize]);
            let mut from = start;
            while from < end {
                let Some(label) = byte(&sorted[from]) else {
                    from += 1; // the piece that ends at this node
                    continue;
                };
                let to = from + sorted[from..end].iter().take_while(|p| byte(p) == Some(label)).count();
                let (_, length, id) = sorted[from];
                trie.labels.push(label);
                trie.ids.push(if length == depth + 1 { id } else { NONE });
                below.push((from, to, depth + 1));
                from = to;
            }
            node += 1;
        }
        trie.first.push(trie.labels.len() as u32);
        Ok(trie)
    }

    /// The node that `byte` leads to.
    #[inline]
    pub(super) fn child(&self, node: u32, byte: u8) -> Option<u32> {
        let (start, end) = (self.first[node as usize], self.first[node as usize + 1]);
        let labels = &self.labels[start as usize..end as usize];
        let at =
            if labels.len() <= 8 { labels.iter().position(|&l| l == byte) } else { labels.binary_search(&byte).ok() };
        at.map(|at| start + at as u32)
    }

    /// The id of the piece that ends at a node.
    #[inline]
    pub(super) fn id(&self, node: u32) -> Option<u32> {
        let id = self.ids[node as usize];
        (id != NONE).then_some(id)
    }

    /// The node that `bytes` lead to.
    pub(super) fn walk(&self, bytes: &[u8]) -> Option<u32> {
        bytes.iter().try_fold(ROOT, |node, &byte| self.child(node, byte))
    }

    /// The id of one whole piece.
    pub(super) fn get(&self, piece: &[u8]) -> Option<u32> {
        self.id(self.walk(piece)?)
    }

    /// Takes a piece out, so that text never matches it.
    pub(super) fn remove(&mut self, piece: &[u8]) {
        if let Some(node) = self.walk(piece) {
            self.ids[node as usize] = NONE;
        }
    }
}

/// The first eight bytes as a number that sorts as they do.
fn head(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    let n = bytes.len().min(8);
    head[..n].copy_from_slice(&bytes[..n]);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn finds_what_a_map_finds(pieces in prop::collection::btree_map("[a-c\\x00é]{0,12}", 0u32..99, 0..40), other in "[a-cé]{0,9}") {
            let entries: Vec<_> = pieces.iter().rev().map(|(p, &id)| (p.as_bytes(), id)).collect();
            let trie = Trie::build(&entries).unwrap();
            for piece in pieces.keys().chain([&other]).filter(|p| !p.is_empty()) {
                prop_assert_eq!(trie.get(piece.as_bytes()), pieces.get(piece).copied());
            }
        }
    }

    #[test]
    fn a_piece_that_is_there_twice_is_refused() {
        let bytes: [&[u8]; 3] = [b"longer than eight", b"b", b"longer than eight"];
        let entries: Vec<_> = bytes.iter().zip(0..).map(|(&b, i)| (b, i)).collect();
        assert_eq!(Trie::build(&entries).err(), Some(2));
    }

    #[test]
    fn removed_pieces_leave_their_continuations() {
        let map: BTreeMap<&[u8], u32> = [(&b"<s"[..], 1), (b"<s>", 2), (b"<s>x", 3)].into();
        let entries: Vec<_> = map.into_iter().collect();
        let mut trie = Trie::build(&entries).unwrap();
        trie.remove(b"<s>");
        trie.remove(b"not there");
        assert_eq!([&b"<s"[..], b"<s>", b"<s>x"].map(|p| trie.get(p)), [Some(1), None, Some(3)]);
    }

    #[test]
    fn an_empty_vocabulary_has_no_piece() {
        let trie = Trie::build(&[]).unwrap();
        assert_eq!((trie.get(b"a"), trie.get(b"")), (None, None));
    }
}
