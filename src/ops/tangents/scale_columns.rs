//! Tangents of rows times a factor a column.

use super::super::kernel::{Float, Gradients, Kernel, View};
use super::super::scale_columns::{ScaleColumns, column_sums, scaled};
use super::{Both, Point, Result, Tangent, Wanted};

impl<T: Float> Tangent<T> for ScaleColumns {
    /// `x' f + x f'`.
    fn forward_tangent(&mut self, args: &[View<T>], tangents: &[Option<&[T]>]) -> Result<Vec<T>> {
        let moved = tangents[0].map(|x| scaled(x, args[1].data));
        let turned = tangents[1].map(|factors| scaled(args[0].data, factors));
        Ok(sum(moved, turned).unwrap_or_default())
    }

    /// With `g` the gradient of the result: `g' f + g f'` and `Σ (g' x + g x')`.
    fn backward_tangent(
        &self,
        point: &Point<T>,
        wanted: &Wanted,
        grad: &[T],
        grad_tangent: Option<&[T]>,
    ) -> Result<Both<T>> {
        let back = |grad, wanted| self.backward(point.args, wanted, point.out, grad);
        let tangents = grad_tangent.map_or_else(|| Ok(vec![None; 2]), |g| back(g, wanted.tangents))?;
        let [x, factors] = [0, 1].map(|i| point.tangents[i].filter(|_| wanted.tangents[1 - i]));
        let own: Gradients<T> =
            vec![factors.map(|f| scaled(grad, f)), x.map(|x| column_sums(grad, x, point.args[1].columns()))];
        let tangents = tangents.into_iter().zip(own).map(|(a, b)| sum(a, b)).collect();
        Ok(Both { gradients: back(grad, wanted.gradients)?, tangents })
    }
}

fn sum<T: Float>(a: Option<Vec<T>>, b: Option<Vec<T>>) -> Option<Vec<T>> {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.iter_mut().zip(&b).for_each(|(a, b)| *a += *b);
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finite_difference::{check_tangents, random};
    use super::super::super::scale_columns;

    #[test]
    fn tangents_agree_with_finite_differences() {
        check_tangents(&[random(&[3, 2], 1), random(&[2], 2)], |a| scale_columns(&a[0], &a[1]));
    }
}
