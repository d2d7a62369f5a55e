//! Means over seeds and languages.

use serde::Serialize;

use super::values::Shots;

/// A mean with the standard deviation of its sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stat {
    pub mean: f64,
    /// Of the sample (n - 1); `None` for one value.
    pub deviation: Option<f64>,
    pub count: usize,
}

impl Stat {
    /// `None` without a value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Stat> {
        let values: Vec<f64> = values.into_iter().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        (!values.is_empty()).then_some(Stat { mean, deviation, count: values.len() })
    }
}

/// A point of a mean curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    pub step: usize,
    pub f1: Stat,
}

/// One run's dev F1 over its updates.
pub type Curve = [(usize, f64)];

/// The mean of curves: each element of `groups` is averaged first (the languages of a seed), then the groups (the seeds).
/// Between two looks a curve is taken as straight; beyond the end of the shortest there is no mean.
pub fn mean_curve(groups: &[Vec<&Curve>]) -> Vec<Point> {
    let curves = || groups.iter().flatten();
    let Some(end) = curves().map(|c| c.last().map_or(0, |p| p.0)).min() else { return Vec::new() };
    let mut steps: Vec<usize> = curves().flat_map(|c| c.iter().map(|p| p.0)).filter(|s| *s <= end).collect();
    steps.sort_unstable();
    steps.dedup();
    let point = |step: usize| {
        let group = |curves: &Vec<&Curve>| Stat::of(curves.iter().filter_map(|c| at(c, step))).map(|s| s.mean);
        Some(Point { step, f1: Stat::of(groups.iter().filter_map(group))? })
    };
    steps.into_iter().filter_map(point).collect()
}

fn at(curve: &Curve, step: usize) -> Option<f64> {
    let after = curve.iter().position(|p| p.0 >= step)?;
    let (x1, y1) = curve[after];
    if x1 == step {
        return Some(y1);
    }
    let (x0, y0) = *curve.get(after.checked_sub(1)?)?;
    Some(y0 + (y1 - y0) * (step - x0) as f64 / (x1 - x0) as f64)
}

/// A column's name: the sentences learnt from.
pub fn column(shots: Option<Shots>) -> String {
    shots.map_or_else(|| "untrained".to_owned(), |s| s.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let stat = Stat::of([1.0, 2.0, 4.0, 5.0]).unwrap();
        assert_eq!((stat.mean, stat.count), (3.0, 4));
        assert!((stat.deviation.unwrap() - (10.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(Stat::of([2.0]).unwrap().deviation, None);
        assert_eq!(Stat::of([]), None);
    }

    #[test]
    fn a_mean_curve_goes_as_far_as_all_do_and_weighs_groups_alike() {
        let (a, b, c): (&Curve, &Curve, &Curve) =
            (&[(0, 0.0), (4, 0.4)], &[(0, 0.2), (2, 0.4), (6, 0.4)], &[(0, 1.0), (4, 1.0)]);
        let points = mean_curve(&[vec![a, b], vec![c]]);
        let means: Vec<(usize, f64)> = points.iter().map(|p| (p.step, p.f1.mean)).collect();
        let expected = [(0, (0.1 + 1.0) / 2.0), (2, (0.3 + 1.0) / 2.0), (4, (0.4 + 1.0) / 2.0)];
        assert_eq!(means.len(), 3);
        for ((step, mean), (expected_step, expected_mean)) in means.iter().zip(expected) {
            assert!(*step == expected_step && (mean - expected_mean).abs() < 1e-12, "{means:?}");
        }
        assert!(mean_curve(&[]).is_empty());
    }
}
