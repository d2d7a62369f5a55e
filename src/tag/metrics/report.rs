//! Scores as a table for people, in the layout of seqeval's `classification_report`.

use std::fmt;

use super::{Score, Scores};

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let averages = [("micro avg", &self.micro), ("macro avg", &self.macro_), ("weighted avg", &self.weighted)];
        let widest = self.types.keys().map(|name| name.chars().count()).max().unwrap_or(0);
        let width = widest.max("weighted avg".len());
        writeln!(f, "{:>width$}  precision    recall  f1-score   support\n", "")?;
        let rows = self.types.iter().map(|(name, score)| (name.as_str(), score)).chain(averages);
        for (i, (name, score)) in rows.enumerate() {
            if i == self.types.len() && i > 0 {
                writeln!(f)?;
            }
            let Score { precision, recall, f1, support, .. } = score;
            writeln!(f, "{name:>width$}  {precision:>9.4} {recall:>9.4} {f1:>9.4} {support:>9}")?;
        }
        Ok(())
    }
}
