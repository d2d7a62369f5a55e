//! The learning rate over the steps of a run.

/// Linear warm-up to 1, then linear decay towards 0, as transformers' `get_linear_schedule_with_warmup` has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    steps: usize,
    warmup: usize,
}

impl Schedule {
    /// `warmup` is the share of the steps that warms up.
    pub fn new(steps: usize, warmup: f64) -> Schedule {
        Schedule { steps, warmup: (steps as f64 * warmup).round() as usize }
    }

    /// Updates in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The factor of the learning rate in step `step`, from 0. The first step of a warm-up is not lost on a rate of 0.
    pub fn factor(&self, step: usize) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / (self.warmup + 1) as f64;
        }
        let rest = self.steps.saturating_sub(step) as f64;
        (rest / self.steps.saturating_sub(self.warmup).max(1) as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_to_one_and_falls_to_nearly_zero() {
        let s = Schedule::new(100, 0.1);
        let factors: Vec<f64> = (0..100).map(|i| s.factor(i)).collect();
        assert!(factors[..11].is_sorted() && factors[10] == 1.0, "{factors:?}");
        assert!(factors[10..].iter().rev().is_sorted());
        assert!(factors[0] > 0.0 && factors[99] > 0.0 && factors[99] < 0.02);
        assert!((0..3).all(|i| Schedule::new(0, 0.1).factor(i).is_finite()));
    }
}
