//! The number of threads changes no bit.

use candle_core::{DType, Error, Result};

use super::{numbers, operations, run, seed_for};

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Result<()> {
    // Large enough for every operation to share its work out: products, element-wise tasks, rows and sequences.
    for case in operations(400, 96, DType::F32) {
        let (op, args, all) = (&*case.op, &case.args, Vec::from_iter(0..case.args.len()));
        let seed = seed_for(op, args)?;
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::wrap)?;
            let trained = |of: &[usize]| numbers(&run(op, args, of, &seed)?);
            pool.install(|| Ok::<_, Error>((trained(&all)?, trained(&[0])?)))
        };
        let one = with(1)?;
        for threads in [2, 3] {
            assert!(with(threads)? == one, "{} with {threads} threads", case.name);
        }
    }
    Ok(())
}
