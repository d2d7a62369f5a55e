//! What ranks tell each other of their parameters after an update.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::learner::{Learner, Place};
use super::measure::DevTasks;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorKind, Result};

/// What a rank tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// F1 of the dev tasks that were this rank's.
    pub dev: BTreeMap<String, f64>,
    /// A digest of the parameters, from time to time.
    digest: Option<String>,
}

impl State {
    /// F1 of this rank's share of the dev tasks, where they are given, and with `compares` the digest.
    pub fn of(learner: &Learner, dev: Option<(&DevTasks, Place, &Cancel)>, compares: bool) -> Result<State> {
        let dev = match dev {
            Some((dev, place, cancel)) => dev.f1(learner, place, cancel)?,
            None => BTreeMap::new(),
        };
        let digest = if compares { Some(learner.digest()?) } else { None };
        Ok(State { dev, digest })
    }

    /// An error where a rank's digest is not that of rank 0.
    pub fn compare(all: &[State]) -> Result<()> {
        match all.iter().position(|state| state.digest != all[0].digest) {
            None => Ok(()),
            Some(rank) => {
                let message = format!("rank {rank}: its parameters are no longer those of rank 0");
                Err(Error::new(ErrorKind::Compute, message))
            }
        }
    }
}
