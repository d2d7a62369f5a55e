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
            // GELU is rounded once less where multiply-adds are fused.
            if case.after == After::Nothing {
                assert_eq!(&got, first.get_or_insert(got.clone()), "{}", kernels.name);
            }
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

/// Every kind of matrix, for every kernel.
fn matrices(outputs: usize, inputs: usize) -> Vec<Packed> {
    let w = numbers(outputs * inputs, 2);
    let (bytes, _) = blocks(outputs * inputs, 2);
    let mut all = Vec::new();
    for kernels in available() {
        let read = reader(&w, inputs);
        let w = w.clone();
        let expand = Box::new(move |row, out: &mut [f32]| reader(&w, inputs)(row, out));
        all.push(Packed::f32_for(kernels, outputs, inputs, &read));
        all.push(Packed::expanded_for(kernels, outputs, inputs, expand));
        all.push(Packed::int8_for(kernels, outputs, inputs, &read));
        all.push(Packed::int4_for(kernels, outputs, inputs, &bytes));
    }
    all
}

/// Large enough to be cut by columns, by rows and by blocks of rows; one row alone gives what it gives among others.
#[test]
fn results_depend_neither_on_the_split_nor_on_other_rows() {
    for (rows, outputs, inputs) in [(150, 71, 384), (300, 24, 1536), (7, 1000, 640)] {
        for packed in matrices(outputs, inputs) {
            let case = Case { rows, outputs, inputs, bias: true, accumulate: true, after: After::Gelu };
            let x = numbers(rows * inputs, 1);
            let serial = case.run(&packed, &x, Split::Serial);
            for threads in [1, 2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                assert_eq!(pool.install(|| case.run(&packed, &x, Split::Pool)), serial, "{}", packed.kernels.name);
            }
            let alone = Case { rows: 1, ..case }.run(&packed, &x[..inputs], Split::Serial);
            assert_eq!(alone[..outputs], serial[..outputs], "{}", packed.kernels.name);
        }
    }
}

#[test]
fn nothing_is_computed_where_there_is_nothing() {
    for packed in matrices(5, 32).into_iter().chain(matrices(0, 32)) {
        let (outputs, mut out) = (packed.outputs(), [7.0; 10]);
        let mut input = Input::default();
        input.set_for(&[], 32, packed.kind(), packed.kernels);
        let result = Out { data: &mut [], stride: 5, accumulate: false };
        packed.multiply(&input, None, result, After::Nothing, Split::Pool);
        // A row of zeros, in buffers that held something else.
        input.set_for(&[3.0; 96], 32, packed.kind(), packed.kernels);
        input.set_for(&[0.0; 32], 32, packed.kind(), packed.kernels);
        let result = Out { data: &mut out, stride: 5, accumulate: false };
        packed.multiply(&input, Some(&vec![2.0; outputs]), result, After::Nothing, Split::Serial);
        assert!(out[..outputs].iter().all(|x| *x == 2.0) && out[outputs..].iter().all(|x| *x == 7.0));
    }
    // No depth: the bias alone, but rows of no columns are no rows.
    for kernels in available() {
        for packed in [Packed::f32_for(kernels, 3, 0, &|_, _| ()), Packed::int8_for(kernels, 3, 0, &|_, _| ())] {
            let mut input = Input::default();
            input.set_for(&[], 0, packed.kind(), kernels);
            let result = Out { data: &mut [], stride: 3, accumulate: false };
            packed.multiply(&input, None, result, After::Nothing, Split::Serial);
        }
    }
}

#[test]
fn an_input_keeps_nothing_of_the_one_before() {
    for packed in matrices(9, 96) {
        let case = Case { rows: 4, outputs: 9, inputs: 96, bias: false, accumulate: false, after: After::Nothing };
        let x = numbers(4 * 96, 1);
        let want = case.run(&packed, &x, Split::Serial);
        let mut input = Input::default();
        for (n, columns, kind) in [(10 * 65, 65, Kind::Int8), (96 * 50, 96, Kind::F32), (4 * 96, 96, packed.kind())] {
            input.set_for(&numbers(n, 1), columns, kind, packed.kernels);
        }
        let mut out = numbers(4 * 12, 5);
        let result = Out { data: &mut out, stride: 12, accumulate: false };
        packed.multiply(&input, None, result, After::Nothing, Split::Serial);
        assert_eq!(out, want, "{}", packed.kernels.name);
    }
}

#[test]
fn numbers_of_any_size_are_quantised_alike_by_every_kernel() {
    let mut rows = vec![numbers(70, 1), vec![0.0; 70], vec![f32::MIN_POSITIVE; 70], vec![f32::MAX; 70]];
    rows.push((0..70).map(|i| if i % 2 == 0 { f32::MAX } else { -1e-30 }).collect());
    // Halves are rounded to even numbers.
    rows.push((0..70).map(|i| if i == 69 { 127.0 } else { i as f32 - 34.5 }).collect());
    rows.extend((-44..38).map(|e| numbers(70, 3).iter().map(|x| x * 10f32.powi(e)).collect()));
    for x in &rows {
        let largest = x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let inverse = 127.0 / largest;
        let want: Vec<i8> = match largest < 1e-36 {
            true => vec![0; 70],
            false => x.iter().map(|x| (x * inverse).round_ties_even() as i8).collect(),
        };
        for kernels in available() {
            let (mut out, mut starts) = (vec![55; 96], vec![55; 3]);
            // SAFETY: the kernels are available.
            let (scale, start) = unsafe { (kernels.quantise)(x, &mut out, &mut starts) };
            assert_eq!((&out[..70], &out[70..]), (&want[..], &[0; 26][..]), "{}: {largest}", kernels.name);
            let sum = |q: &[i8]| q.iter().map(|q| i32::from(*q)).sum::<i32>();
            assert_eq!(start, -128 * sum(&want));
            assert_eq!(starts, out.chunks(32).map(|q| -8 * sum(q)).collect::<Vec<_>>());
            assert_eq!(scale, if largest < 1e-36 { 0.0 } else { largest / 127.0 });
        }
    }
}

/// The largest integers on both sides and in every place, where an instruction that saturates would show.
#[test]
fn the_largest_integers_do_not_overflow() {
    let (outputs, inputs) = (20, 4096);
    for signs in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
        let want = 4096.0 * signs.0 * signs.1;
        for kernels in available() {
            let mut input = Input::default();
            input.set_for(&vec![signs.0; 5 * inputs], inputs, Kind::Int8, kernels);
            let eight = Packed::int8_for(kernels, outputs, inputs, &|_, out| out.fill(signs.1));
            // Nibbles 0 stand for -8 and 15 for 7; the scale is 1.
            let nibbles = [if signs.1 > 0.0 { 0xff } else { 0 }; NIBBLES];
            let block = [&[0x00, 0x3c][..], &nibbles].concat();
            let four = Packed::int4_for(kernels, outputs, inputs, &block.repeat(outputs * inputs / BLOCK));
            for (packed, want) in [(eight, want), (four, want * if signs.1 > 0.0 { 7.0 } else { 8.0 })] {
                let mut out = vec![0.0; 5 * outputs];
                let result = Out { data: &mut out, stride: outputs, accumulate: false };
                packed.multiply(&input, None, result, After::Nothing, Split::Serial);
                assert!(out.iter().all(|x| (x - want).abs() < 0.02), "{}: {}, not {want}", kernels.name, out[0]);
            }
        }
    }
}

#[test]
fn what_is_not_finite_shows_in_its_row_alone() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for packed in matrices(40, 64) {
            let case = Case { rows: 3, outputs: 40, inputs: 64, bias: true, accumulate: false, after: After::Nothing };
            let mut x = numbers(3 * 64, 1);
            x[64 + 37] = bad;
            let got = case.run(&packed, &x, Split::Serial);
            let finite = |row: usize| got[row * 43..][..40].iter().filter(|x| x.is_finite()).count();
            assert_eq!([finite(0), finite(1), finite(2)], [40, 0, 40], "{}", packed.kernels.name);
        }
    }
}

#[test]
fn floats_are_multiplied_where_they_lie() {
    let (x, w) = (numbers(3 * 20, 1), numbers(6 * 20, 2));
    let packed = Packed::f32(6, 20, &reader(&w, 20));
    let mut input = Input::default();
    input.set(&x, 20, Kind::F32);
    let (mut a, mut b) = ([0.0; 18], [0.0; 18]);
    packed.multiply(&input, None, Out { data: &mut a, stride: 6, accumulate: false }, After::Nothing, Split::Serial);
    let rows = Rows::f32(&x, 20);
    packed.multiply(rows, None, Out { data: &mut b, stride: 6, accumulate: false }, After::Nothing, Split::Serial);
    assert_eq!(a, b);
}

/// What 4 and 8 bits are for.
#[test]
fn integers_take_little_memory() {
    for packed in matrices(64, 256) {
        let numbers = 64 * 256;
        let bits = packed.bytes() as f64 * 8.0 / numbers as f64;
        let most = match packed.weights {
            Weights::F32(_) => 32.0,
            Weights::Int8(_) => 8.3,
            Weights::Int4(_) => 4.5,
            Weights::Expanded(_) => 0.0,
        };
        assert!(bits <= most, "{}: {bits} bits a number, not {most}", packed.kernels.name);
    }
}

#[test]
#[should_panic(expected = "the result does not fit")]
fn a_result_that_is_too_short_is_refused() {
    let packed = Packed::f32(5, 4, &|_, out| out.fill(1.0));
    let result = Out { data: &mut [0.0; 14], stride: 5, accumulate: false };
    packed.multiply(Rows::f32(&[1.0; 12], 4), None, result, After::Nothing, Split::Serial);
}

#[test]
#[should_panic(expected = "the result does not fit")]
fn rows_of_a_result_that_overlap_are_refused() {
    let packed = Packed::f32(5, 4, &|_, out| out.fill(1.0));
    let result = Out { data: &mut [0.0; 100], stride: 4, accumulate: false };
    packed.multiply(Rows::f32(&[1.0; 12], 4), None, result, After::Nothing, Split::Serial);
}

#[test]
#[should_panic(expected = "the input does not fit")]
fn an_input_of_another_kind_is_refused() {
    let packed = Packed::int8(5, 4, &|_, out| out.fill(1.0));
    let result = Out { data: &mut [0.0; 15], stride: 5, accumulate: false };
    packed.multiply(Rows::f32(&[1.0; 12], 4), None, result, After::Nothing, Split::Serial);
}

#[test]
#[should_panic(expected = "blocks do not fit")]
fn blocks_that_are_too_few_are_refused() {
    Packed::int4(5, 64, &[0; 9 * 18]);
}
