//! What priming does together, made of a team's three operations.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Team;
use crate::error::{Error, ErrorKind, Result};

/// Bytes that one operation moves from a rank at most.
const CHUNK: usize = 16 << 20;

/// What a rank tells the others: what it made, or why it could not.
#[derive(Serialize, Deserialize)]
enum Message<T> {
    Made(T),
    /// The kind's number, and the whole error as text.
    Failed(i32, String),
}

/// Tells every rank what every rank made, in the order of the ranks; the first of the pair stays here.
///
/// # Errors
/// Where any rank failed, the same error on all of them: that of the lowest rank, and one that only stopped counts after
/// those that failed. Its message begins with the rank.
pub fn share<K, T: Serialize + DeserializeOwned>(team: &dyn Team, mine: Result<(K, T)>) -> Result<(K, Vec<T>)> {
    if team.size() == 1 {
        return mine.map(|(kept, told)| (kept, vec![told]));
    }
    let (kept, message) = match mine {
        Ok((kept, told)) => (Ok(kept), Message::Made(told)),
        Err(e) => {
            let message = Message::Failed(e.kind() as i32, e.to_string());
            (Err(e), message)
        }
    };
    let internal = |e: serde_json::Error| Error::new(ErrorKind::Compute, format!("internal: a message of a rank: {e}"));
    let text = serde_json::to_vec(&message).map_err(internal)?;
    let (mut told, mut failed) = (Vec::new(), None::<Error>);
    for (rank, text) in texts(team, &text)?.iter().enumerate() {
        match serde_json::from_slice(text).map_err(internal)? {
            Message::Made(made) => told.push(made),
            Message::Failed(kind, text) => {
                let kind = ErrorKind::ALL.into_iter().find(|k| *k as i32 == kind).unwrap_or(ErrorKind::Compute);
                if failed.as_ref().is_none_or(|e| e.kind() == ErrorKind::Cancelled && kind != ErrorKind::Cancelled) {
                    failed = Some(Error::new(kind, format!("rank {rank}: {text}")));
                }
            }
        }
    }
    match (failed, kept) {
        (None, Ok(kept)) => Ok((kept, told)),
        (Some(shared), Err(own)) => Err(shared.caused_by(own)),
        (Some(e), Ok(_)) | (None, Err(e)) => Err(e),
    }
}

/// What this rank made, where all ranks succeeded.
///
/// # Errors
/// As [`share`].
pub fn agree<T>(team: &dyn Team, mine: Result<T>) -> Result<T> {
    share(team, mine.map(|made| (made, ()))).map(|(made, _)| made)
}

/// For what ranks do by themselves before a run, such as reading files: the lowest rank that failed, and its message. Every
/// rank says with `failure` how it fared; where one failed, none may go on, or it would wait for those that do not.
///
/// # Errors
/// Of the team.
pub fn first_failure(team: &dyn Team, failure: Option<String>) -> Result<Option<(usize, String)>> {
    let (_, all) = share(team, Ok(((), failure)))?;
    Ok(all.into_iter().enumerate().find_map(|(rank, failure)| Some((rank, failure?))))
}

/// Every rank's bytes.
fn texts(team: &dyn Team, mine: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut lengths = vec![[0u8; 8]; team.size()];
    team.gather(&(mine.len() as u64).to_le_bytes(), lengths.as_flattened_mut())?;
    let lengths: Vec<usize> = lengths.into_iter().map(|l| u64::from_le_bytes(l) as usize).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0).max(1);
    let mut padded = mine.to_vec();
    padded.resize(longest, 0);
    let mut all = vec![0; longest * team.size()];
    team.gather(&padded, &mut all)?;
    Ok(all.chunks_exact(longest).zip(lengths).map(|(text, length)| text[..length].to_vec()).collect())
}

/// Rank 0's bytes, on every rank; what others pass does not count.
///
/// # Errors
/// Of the team.
pub fn spread(team: &dyn Team, mine: Option<Vec<u8>>) -> Result<Option<Vec<u8>>> {
    if team.size() == 1 {
        return Ok(mine);
    }
    let mut head = [0u8; 9];
    if let Some(bytes) = &mine {
        head[0] = 1;
        head[1..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    }
    team.broadcast(&mut head)?;
    let [there, length @ ..] = head;
    if there == 0 {
        return Ok(None);
    }
    let mut bytes = if team.rank() == 0 { mine.unwrap_or_default() } else { Vec::new() };
    bytes.resize(u64::from_le_bytes(length) as usize, 0);
    bytes.chunks_mut(CHUNK).try_for_each(|part| team.broadcast(part))?;
    Ok(Some(bytes))
}

/// Adds up lists of `length` numbers, of which rank r has `counts[r]`: first the first of every rank, in the order of the
/// ranks, then the second of every rank, and so on.
///
/// Every rank adds up one part of the numbers and hands it to all others, so that all have the same bits, and no rank has
/// more to send or to receive than another.
///
/// # Errors
/// Of the team.
pub fn sum(team: &dyn Team, mine: Vec<Vec<f32>>, length: usize, counts: &[usize]) -> Result<Vec<f32>> {
    let size = team.size();
    let rounds = counts.iter().copied().max().unwrap_or(0);
    let mut sums = vec![0f32; length];
    let longest = length.min(CHUNK / size_of::<f32>()).div_ceil(size) * size;
    let (mut sent, mut got) = (vec![0f32; longest], vec![0f32; longest]);
    for (chunk, start) in sums.chunks_mut(longest.max(1)).zip((0..).step_by(longest.max(1))) {
        let part = chunk.len().div_ceil(size);
        let (sent, got) = (&mut sent[..part * size], &mut got[..part * size]);
        let mut sum = vec![0f32; part];
        for round in 0..rounds {
            if let Some(numbers) = mine.get(round) {
                sent[..chunk.len()].copy_from_slice(&numbers[start..start + chunk.len()]);
            }
            team.exchange(bytemuck::cast_slice(sent), bytemuck::cast_slice_mut(got))?;
            for (rank, theirs) in got.chunks_exact(part).enumerate().filter(|(rank, _)| counts[*rank] > round) {
                match (round, rank) {
                    (0, 0) => sum.copy_from_slice(theirs),
                    _ => sum.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value),
                }
            }
        }
        team.gather(bytemuck::cast_slice(&sum), bytemuck::cast_slice_mut(got))?;
        chunk.copy_from_slice(&got[..chunk.len()]);
    }
    Ok(sums)
}
