//! Learning rates that are not given.

use super::effort::Recipe;
use crate::decision::Decisions;
use crate::peft::{Method, Rates};
use crate::start::HeadInit;

/// A method's usual learning rates: of its parameters and of the head; and what they are the rates of.
fn usual_rates(method: &Method, (head_only, head_init): (bool, HeadInit)) -> (f64, f64, &'static str) {
    let method = if head_only { &Method::Head } else { method };
    let (Rates { method: rate, head }, whose) = (method.about().rates, method.about().called);
    match head_init {
        // Rows of zeros have all of their way to go: measured on new types, ten to twenty sentences, 24 F1 against 15 for
        // rows that are drawn and learn at the method's rate.
        HeadInit::Zero => (rate, f64::max(head, 1e-2), "a head of zeros"),
        _ => (rate, head, whose),
    }
}

/// The rates of the method's parameters and of the head.
pub(super) fn rates(
    method: &Method,
    (head_only, head_init): (bool, HeadInit),
    recipe: &Recipe,
    (given, head_given): (Option<f64>, Option<f64>),
    list: &mut Decisions,
) -> (f64, f64) {
    let (usual, usual_head, of_head) = usual_rates(method, (head_only, head_init));
    // The head alone has the head's rate, whatever the effort.
    let times = if head_only { 1.0 } else { recipe.rate };
    let usual = usual * times;
    let (.., whose) = usual_rates(method, (head_only, HeadInit::Random));
    let rate = list.decide("learning_rate", given, || match times == 1.0 {
        true => (usual, format!("usual for {whose}")),
        false => (usual, format!("{times} times what is usual for {whose}, in a few updates")),
    });
    let head = list.decide("head_learning_rate", head_given, || match given {
        None if head_only => (usual_head, format!("head_only: usual for {of_head}")),
        None => (usual_head, format!("usual for {of_head}")),
        Some(rate) => {
            let why = "learning_rate was given alone: the head's rate keeps its usual relation to it";
            (usual_head * (rate / usual), why.to_owned())
        }
    });
    (rate, head)
}
