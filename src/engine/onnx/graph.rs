//! A graph under construction: operations by name, and constants whose numbers are read only when they are written.

use candle_core::Tensor;

use super::proto::{
    AttributeProto, Dimension, DimensionValue, FLOAT, INT64, NodeProto, TensorProto, TensorShapeProto, TensorType,
    TypeProto, ValueInfoProto, attribute_type,
};
use crate::error::Result;

/// Takes numbers as they come.
pub(super) type Sink<'a> = dyn FnMut(&[u8]) -> Result<()> + 'a;

/// Gives a constant's bytes, piece by piece.
type Source<'a> = Box<dyn Fn(&mut Sink) -> Result<()> + 'a>;

/// A constant: everything but its numbers, and where those come from.
pub(super) struct Initialiser<'a> {
    /// Without `raw_data`.
    pub header: TensorProto,
    /// Length of `raw_data`.
    pub bytes: u64,
    pub source: Source<'a>,
}

/// The name of a value in the graph.
pub(super) type Value = String;

/// Nodes and constants.
#[derive(Default)]
pub(super) struct Graph<'a> {
    pub nodes: Vec<NodeProto>,
    pub initialisers: Vec<Initialiser<'a>>,
}

impl<'a> Graph<'a> {
    /// A constant of 32-bit floats that `source` writes.
    pub fn floats(&mut self, name: &str, shape: &[usize], source: impl Fn(&mut Sink) -> Result<()> + 'a) -> Value {
        self.initialiser(name, FLOAT, shape, 4, Box::new(source))
    }

    /// A constant out of a tensor.
    pub fn tensor(&mut self, name: &str, tensor: &Tensor) -> Value {
        let shape = tensor.dims().to_vec();
        let tensor = tensor.clone();
        self.floats(name, &shape, move |sink| write_tensor(&tensor, sink))
    }

    /// A single float; made once however often it is asked for.
    pub fn scalar(&mut self, name: &str, value: f32) -> Value {
        match self.has(name) {
            true => name.to_owned(),
            false => self.floats(name, &[], move |sink| sink(&value.to_le_bytes())),
        }
    }

    /// A list of whole numbers; made once however often it is asked for.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> Value {
        if self.has(name) {
            return name.to_owned();
        }
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initialiser(name, INT64, &[values.len()], 8, Box::new(move |sink| sink(&bytes)))
    }

    /// Whether there is a constant of that name.
    pub fn has(&self, name: &str) -> bool {
        self.initialisers.iter().any(|i| i.header.name.as_deref() == Some(name))
    }

    fn initialiser(&mut self, name: &str, kind: i32, shape: &[usize], size: u64, source: Source<'a>) -> Value {
        let dims: Vec<i64> = shape.iter().map(|&d| d as i64).collect();
        let bytes = shape.iter().map(|&d| d as u64).product::<u64>() * size;
        let header = TensorProto { dims, data_type: Some(kind), name: Some(name.to_owned()), raw_data: None };
        self.initialisers.push(Initialiser { header, bytes, source });
        name.to_owned()
    }

    /// Adds an operation whose result is called `name`.
    pub fn node(&mut self, op: &str, name: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> Value {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|i| (*i).to_owned()).collect(),
            output: vec![name.to_owned()],
            name: Some(name.to_owned()),
            op_type: Some(op.to_owned()),
            attribute: attributes,
        });
        name.to_owned()
    }

    /// An operation on two values.
    pub fn binary(&mut self, op: &str, name: &str, a: &str, b: &str) -> Value {
        self.node(op, name, &[a, b], Vec::new())
    }
}

/// The tensor's numbers in their order.
pub(super) fn write_tensor(tensor: &Tensor, sink: &mut Sink) -> Result<()> {
    let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
    write_floats(&values, sink)
}

/// Numbers as they stand in the file.
pub(super) fn write_floats(values: &[f32], sink: &mut Sink) -> Result<()> {
    if cfg!(target_endian = "little") {
        return sink(bytemuck::cast_slice(values));
    }
    values.iter().try_for_each(|v| sink(&v.to_le_bytes()))
}

/// A whole number as an attribute.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(attribute_type::INT),
        ..AttributeProto::default()
    }
}

/// A list of whole numbers as an attribute.
pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        r#type: Some(attribute_type::INTS),
        ..AttributeProto::default()
    }
}

/// A float as an attribute.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        f: Some(value),
        r#type: Some(attribute_type::FLOAT),
        ..AttributeProto::default()
    }
}

/// A size that each call brings.
pub(super) fn dynamic(name: &str) -> Dimension {
    Dimension { value: Some(DimensionValue::Name(name.to_owned())) }
}

/// A size that is always the same.
pub(super) fn fixed(size: usize) -> Dimension {
    Dimension { value: Some(DimensionValue::Size(size as i64)) }
}

/// An input or output of the graph.
pub(super) fn value_info(name: &str, elem_type: i32, dim: Vec<Dimension>) -> ValueInfoProto {
    let tensor_type = TensorType { elem_type: Some(elem_type), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}
