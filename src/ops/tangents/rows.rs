//! Tangents of rows by index, which are rows of the table's tangent.

use super::super::kernel::{Float, Kernel, View};
use super::super::rows::SelectRows;
use super::{Result, Tangent};

impl<T: Float> Tangent<T> for SelectRows {
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let moved = View { data: tangents[0].unwrap_or_default(), shape: args[0].shape };
        Ok(self.forward(&[moved], false)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::select_rows;

    #[test]
    fn tangents_agree_with_finite_differences() {
        check_tangents(&[random(&[4, 3], 1)], |a| select_rows(&a[0], &[2, 0, 2, 2, 3]));
    }
}
