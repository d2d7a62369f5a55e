//! Tensors that lie in a file, and rows of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::blocks::BlockType;
use super::mapped::Bytes;
use crate::error::{Error, Result};
use crate::ops::Matrix;

/// A tensor in a file: its bytes are known to exist and to have the size that the shape asks for.
#[derive(Clone)]
pub(crate) struct Stored {
    dtype: BlockType,
    shape: Vec<usize>,
    file: Bytes,
    range: Range<usize>,
}

impl Stored {
    pub(crate) fn new(dtype: BlockType, shape: Vec<usize>, file: Bytes, range: Range<usize>) -> Result<Stored> {
        if file.get(range.clone()).is_none() || dtype.bytes_of(&shape) != Some(range.len()) {
            let bytes = range.len();
            return Err(Error::format(format!("{bytes} bytes do not hold {shape:?} numbers stored as {dtype}")));
        }
        Ok(Stored { dtype, shape, file, range })
    }

    pub(crate) fn dtype(&self) -> BlockType {
        self.dtype
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }

    pub(crate) fn expect_shape(&self, shape: &[usize]) -> Result<()> {
        if self.shape != shape {
            return Err(Error::format(format!("the shape is {:?} where {shape:?} is due", self.shape)));
        }
        Ok(())
    }

    /// All numbers; an error where one is not finite.
    pub(crate) fn to_f32(&self) -> Result<Vec<f32>> {
        let mut out = vec![0.0; self.shape.iter().product()];
        if !self.dtype.read(self.bytes(), &mut out) {
            return Err(not_finite());
        }
        Ok(out)
    }

    /// One row of a matrix; says whether all its numbers are finite.
    pub(crate) fn read_row(&self, row: usize, out: &mut [f32]) -> bool {
        let stride = self.range.len() / self.shape[0];
        self.dtype.read(&self.bytes()[row * stride..(row + 1) * stride], out)
    }

    /// Gives the memory of its pages back, where it lies in a mapped file: the numbers have been read and are not needed
    /// soon.
    pub(crate) fn release(&self) {
        self.file.release(self.range.clone());
    }

    pub(crate) fn to_tensor(&self) -> Result<Tensor> {
        self.tensor_by(BlockType::read)
    }

    /// [`Stored::to_tensor`] by the calling thread alone.
    pub(crate) fn to_tensor_serially(&self) -> Result<Tensor> {
        self.tensor_by(BlockType::read_serially)
    }

    fn tensor_by(&self, read: fn(BlockType, &[u8], &mut [f32]) -> bool) -> Result<Tensor> {
        let mut values = vec![0.0; self.shape.iter().product()];
        if !read(self.dtype, self.bytes(), &mut values) {
            return Err(not_finite());
        }
        // The numbers are copied: what they were read from need not stay in memory.
        self.release();
        Ok(Tensor::from_vec(values, self.shape.as_slice(), &Device::Cpu)?)
    }
}

/// Blocks of a matrix that one task writes out.
const BLOCKS_PER_TASK: usize = 1 << 11;

impl Matrix for Stored {
    fn dims(&self) -> (usize, usize) {
        (self.shape[0], self.shape[1])
    }

    fn expand(&self, out: &mut [f32]) -> candle_core::Result<()> {
        let (bytes, block) = (self.bytes(), self.dtype.block_len());
        let blocks = out.len() / block;
        if out.len() != self.shape.iter().product::<usize>() || blocks == 0 {
            candle_core::bail!("internal: {} places for a matrix of {:?}", out.len(), self.shape);
        }
        let size = bytes.len() / blocks;
        let parts = out.par_chunks_mut(BLOCKS_PER_TASK * block).zip(bytes.par_chunks(BLOCKS_PER_TASK * size));
        match parts.map(|(out, bytes)| self.dtype.read(bytes, out)).reduce(|| true, |a, b| a & b) {
            true => Ok(()),
            false => Err(candle_core::Error::wrap(not_finite())),
        }
    }
}

/// A table of which single rows are read (the word embedding): it stays mapped and quantised.
///
/// Cheap to clone. 250,000 rows of 384 numbers are 384 MB as floats, of which a sentence needs 30 rows.
#[derive(Clone)]
pub(crate) struct Table {
    stored: Stored,
    /// Rows read since the file's pages were last given back.
    read: Arc<AtomicUsize>,
}

/// After so many rows the table's pages are given back: the system maps 16 pages around each that is touched, so that
/// a long run would come to hold most of the table. Touching them again costs a microsecond a page.
const ROWS_HELD: usize = 512;

/// Rows that are worth a second thread.
const ROWS_PER_TASK: usize = 64;

impl Table {
    pub(crate) fn new(stored: Stored) -> Result<Table> {
        match stored.shape() {
            [_, columns] if *columns > 0 => Ok(Table { stored, read: Arc::default() }),
            shape => Err(Error::format(format!("the shape is {shape:?} where a table is due"))),
        }
    }

    /// All rows, on the CPU.
    pub(crate) fn to_tensor(&self) -> Result<Tensor> {
        self.stored.to_tensor()
    }

    pub(crate) fn rows(&self) -> usize {
        self.stored.shape[0]
    }

    pub(crate) fn columns(&self) -> usize {
        self.stored.shape[1]
    }

    /// The rows of these ids, in this order, as `f32 [ids, columns]` on the CPU.
    pub(crate) fn gather(&self, ids: &[u32]) -> Result<Tensor> {
        let columns = self.columns();
        let mut out = vec![0.0; ids.len() * columns];
        if ids.len() <= ROWS_PER_TASK {
            self.gather_into(ids, &mut out)?;
        } else {
            let parts = ids.par_chunks(ROWS_PER_TASK).zip(out.par_chunks_mut(ROWS_PER_TASK * columns));
            parts.map(|(ids, out)| self.gather_into(ids, out)).collect::<Result<Vec<()>>>()?;
        }
        Ok(Tensor::from_vec(out, (ids.len(), columns), &Device::Cpu)?)
    }

    /// As [`Table::gather`] by the calling thread alone, into a slice of `ids.len() * columns` numbers.
    pub(crate) fn gather_into(&self, ids: &[u32], out: &mut [f32]) -> Result<()> {
        let (rows, columns) = (self.rows(), self.columns());
        if let Some(id) = ids.iter().find(|id| **id as usize >= rows) {
            return Err(Error::argument(format!("piece {id} is not one of the model's {rows}")));
        }
        debug_assert_eq!(out.len(), ids.len() * columns);
        let bytes = self.stored.bytes();
        let stride = bytes.len() / rows;
        let finite = ids.iter().zip(out.chunks_exact_mut(columns)).fold(true, |finite, (&id, row)| {
            let at = id as usize * stride;
            finite & self.stored.dtype.read_serially(&bytes[at..at + stride], row)
        });
        if self.read.fetch_add(ids.len(), Ordering::Relaxed) + ids.len() >= ROWS_HELD {
            self.read.store(0, Ordering::Relaxed);
            self.stored.release();
        }
        if finite { Ok(()) } else { Err(not_finite()) }
    }
}

fn not_finite() -> Error {
    Error::format("the tensor holds a number that is not finite")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn stored(numbers: &[f32], shape: &[usize]) -> Result<Stored> {
        let bytes = Bytes::from(bytemuck::cast_slice(numbers).to_vec());
        let all = 0..bytes.len();
        Stored::new(BlockType::F32, shape.to_vec(), bytes, all)
    }

    #[test]
    fn a_tensor_must_fill_its_bytes() {
        assert!(stored(&[1.0; 6], &[2, 3]).is_ok());
        assert_eq!(stored(&[1.0; 6], &[2, 2]).err().unwrap().kind(), ErrorKind::Format);
        assert_eq!(stored(&[1.0; 6], &[usize::MAX, 4]).err().unwrap().kind(), ErrorKind::Format);
        let bytes = Bytes::from(vec![0; 8]);
        assert!(Stored::new(BlockType::F32, vec![2], bytes, 4..12).is_err());
    }

    #[test]
    fn gathered_rows_are_the_tables_rows_in_any_number() {
        let numbers: Vec<f32> = (0..300).map(|i| i as f32).collect();
        let table = Table::new(stored(&numbers, &[100, 3]).unwrap()).unwrap();
        for n in [0, 1, ROWS_PER_TASK as u32, 3 * ROWS_PER_TASK as u32 + 1] {
            let ids: Vec<u32> = (0..n).map(|i| i * 7 % 100).collect();
            let rows = table.gather(&ids).unwrap();
            assert_eq!(rows.dims(), [ids.len(), 3]);
            let expected: Vec<f32> = ids.iter().flat_map(|i| (0..3).map(move |c| (i * 3 + c) as f32)).collect();
            assert_eq!(rows.flatten_all().unwrap().to_vec1::<f32>().unwrap(), expected);
        }
        assert_eq!(table.gather(&[3, 100]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_number_that_is_not_finite_is_an_error_in_the_row_that_has_it() {
        let mut numbers = vec![1.0; 12];
        numbers[7] = f32::NAN;
        let stored = stored(&numbers, &[4, 3]).unwrap();
        assert_eq!(stored.to_f32().unwrap_err().kind(), ErrorKind::Format);
        let table = Table::new(stored).unwrap();
        assert!(table.gather(&[0, 1, 3]).is_ok());
        assert_eq!(table.gather(&[2]).unwrap_err().kind(), ErrorKind::Format);
    }

    /// What a long run reads of a mapped table does not stay in memory.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_mapped_table_does_not_grow_into_memory() {
        let (rows, columns) = (16 * ROWS_HELD, 256);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a_mapped_table");
        std::fs::write(&path, vec![0; rows * columns * 4]).unwrap();
        let bytes = Bytes::map(&path).unwrap();
        let all = 0..bytes.len();
        let table = Table::new(Stored::new(BlockType::F32, vec![rows, columns], bytes, all).unwrap()).unwrap();
        let ids: Vec<u32> = (0..rows as u32).collect();
        ids.chunks(64).for_each(|ids| drop(table.gather(ids).unwrap()));
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut lines = maps.lines().skip_while(|l| !l.ends_with("a_mapped_table"));
        let resident = lines.find_map(|l| l.strip_prefix("Rss:")).unwrap();
        let kib: usize = resident.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kib * 1024 <= 2 * ROWS_HELD * columns * 4, "{kib} KiB of {} are resident", rows * columns * 4 / 1024);
    }

    #[test]
    fn only_a_matrix_is_a_table() {
        assert!(Table::new(stored(&[1.0; 6], &[6]).unwrap()).is_err());
        assert!(Table::new(stored(&[], &[6, 0]).unwrap()).is_err());
        assert!(Table::new(stored(&[], &[0, 6]).unwrap()).is_ok_and(|t| t.gather(&[0]).is_err()));
    }
}
