//! Every kernel that this machine has, against sums in double precision and against the portable one.

use half::f16;

use super::kernels::available;
use super::*;

/// Numbers from -1 to 1 of which none is 0, so that none can be left out unseen.
fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 9) as f32 + 0.5) / (1 << 22) as f32 - 1.0
    };
    (0..n).map(next).collect()
}

/// Q4_0 blocks with scales of either sign, and the numbers they stand for.
fn blocks(n: usize, seed: u32) -> (Vec<u8>, Vec<f32>) {
    let (mut bytes, mut floats) = (Vec::new(), Vec::new());
    for (b, x) in numbers(n, seed).chunks(BLOCK).enumerate() {
        let scale = f16::from_f32(x[0] * if b % 7 == 0 { 1e-5 } else { 0.5 });
        let nibbles: Vec<u8> = x.iter().map(|x| ((x + 1.0) * 7.999) as u8).collect();
        bytes.extend(scale.to_le_bytes());
        bytes.extend((0..NIBBLES).map(|i| nibbles[i] | nibbles[i + NIBBLES] << 4));
        floats.extend(nibbles.iter().map(|q| scale.to_f32() * (f32::from(*q) - 8.0)));
    }
    (bytes, floats)
}

fn reader(w: &[f32], inputs: usize) -> impl Fn(usize, &mut [f32]) + Sync {
    move |row, out| out.copy_from_slice(&w[row * inputs..][..inputs])
}

/// One product in every respect that a kernel can get wrong.
struct Case {
    rows: usize,
    outputs: usize,
    inputs: usize,
    bias: bool,
    accumulate: bool,
    after: After,
}

impl Case {
    fn run(&self, packed: &Packed, x: &[f32], split: Split) -> Vec<f32> {
        let mut input = Input::default();
        input.set_for(x, self.inputs, packed.kind(), packed.kernels);
        let stride = self.outputs + 3;
        let mut out = numbers(self.rows * stride, 5);
        let bias = numbers(self.outputs, 6);
        let result = Out { data: &mut out, stride, accumulate: self.accumulate };
        packed.multiply(&input, self.bias.then_some(&bias), result, self.after, split);
        out
    }

    /// The same in double precision; `x` and `w` are what is multiplied, quantised or not.
    fn expected(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let stride = self.outputs + 3;
        let mut out: Vec<f64> = numbers(self.rows * stride, 5).iter().map(|x| f64::from(*x)).collect();
        let bias = numbers(self.outputs, 6);
        for i in 0..self.rows {
            for j in 0..self.outputs {
                let (x, w) = (&x[i * self.inputs..], &w[j * self.inputs..]);
                let mut sum: f64 = (0..self.inputs).map(|l| x[l] * w[l]).sum();
                if self.bias {
                    sum += f64::from(bias[j]);
                }
                let out = &mut out[i * stride + j];
                if self.accumulate {
                    sum += *out;
                }
                *out = match self.after {
                    After::Nothing => sum,
                    After::Gelu => super::super::math::Math::gelu(sum).0,
                };
            }
        }
        out
    }

    fn check(&self, name: &str, got: &[f32], want: &[f64]) {
        let Case { rows, outputs, inputs, .. } = *self;
        let scale = want.iter().fold(1.0f64, |m, x| m.max(x.abs()));
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            let error = (f64::from(*got) - want).abs() / scale;
            assert!(error < 2e-6, "{name} [{rows}, {outputs}, {inputs}], place {i}: {got}, not {want}");
        }
    }
}

/// All remainders of rows, columns and depth.
fn cases(inputs: &[usize]) -> Vec<Case> {
    let mut cases = Vec::new();
    for rows in (1..=26).chain([47]) {
        for outputs in [1, 7, 8, 9, 16, 17, 24, 31, 32, 33, 48, 71] {
            for inputs in inputs {
                let n = rows + outputs + inputs;
                let after = if n % 4 == 0 { After::Gelu } else { After::Nothing };
                cases.push(Case { rows, outputs, inputs: *inputs, bias: n % 3 > 0, accumulate: n % 2 > 0, after });
            }
        }
    }
    cases
}

fn doubles(x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| f64::from(*x)).collect()
}

/// What quantising makes of rows, by the definition.
fn rounded(x: &[f32], columns: usize) -> Vec<f64> {
    let row = |x: &[f32]| -> Vec<f64> {
        let largest = x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let scale = f64::from(largest / 127.0);
        x.iter().map(|x| scale * f64::from((x * (127.0 / largest)).round_ties_even())).collect()
    };
    x.chunks(columns).flat_map(row).collect()
}

#[test]
fn floats_agree_with_the_definition_for_all_sizes() {
    for case in cases(&[1, 2, 3, 5, 64, 65]) {
        let (x, w) = (numbers(case.rows * case.inputs, 1), numbers(case.outputs * case.inputs, 2));
        let want = case.expected(&doubles(&x), &doubles(&w));
        for kernels in available() {
            let packed = Packed::f32_for(kernels, case.outputs, case.inputs, &reader(&w, case.inputs));
            let got = case.run(&packed, &x, Split::Serial);
            case.check(kernels.name, &got, &want);
            let (w, inputs) = (w.clone(), case.inputs);
            let read = Box::new(move |row, out: &mut [f32]| reader(&w, inputs)(row, out));
            let expanded = Packed::expanded_for(kernels, case.outputs, case.inputs, read);
            assert_eq!(case.run(&expanded, &x, Split::Serial), got, "{}, expanded", kernels.name);
            assert_eq!(expanded.bytes(), 0);
        }
    }
}

#[test]
fn bytes_agree_with_the_definition_and_with_each_other_to_the_bit() {
    for case in cases(&[1, 2, 3, 5, 31, 64, 66, 130]) {
        let (x, w) = (numbers(case.rows * case.inputs, 1), numbers(case.outputs * case.inputs, 2));
        let want = case.expected(&rounded(&x, case.inputs), &rounded(&w, case.inputs));
        let mut first: Option<Vec<f32>> = None;
        for kernels in available() {
            let packed = Packed::int8_for(kernels, case.outputs, case.inputs, &reader(&w, case.inputs));
            let got = case.run(&packed, &x, Split::Serial);
            case.check(kernels.name, &got, &want);
            assert_eq!(&got, first.get_or_insert(got.clone()), "{}", kernels.name);
        }
    }
}

#[test]
fn nibbles_agree_with_the_definition() {
    for case in cases(&[32, 64, 160]) {
        let (bytes, w) = blocks(case.outputs * case.inputs, 2);
        let x = numbers(case.rows * case.inputs, 1);
        let want = case.expected(&rounded(&x, case.inputs), &doubles(&w));
        for kernels in available() {
            let packed = Packed::int4_for(kernels, case.outputs, case.inputs, &bytes);
            case.check(kernels.name, &case.run(&packed, &x, Split::Serial), &want);
        }
    }
}
