//! A graph on a device, to be run now and then: no loop, no data set.

use super::Failure;
use crate::{
    cpu::{Data, Interpreter, Step},
    error::Error,
    gpu::Executor,
    graph::{DType, Graph, ValueId},
    plan::Plan,
    train::Device,
};

/// A graph on a device.
pub enum Once {
    /// On a GPU.
    Gpu(Box<Executor>, Graph),
    /// On the CPU.
    Cpu(Interpreter<f32>),
}

impl Once {
    /// Puts a graph on a device.
    ///
    /// # Errors
    /// Out of memory, or a kernel that the device refuses.
    pub fn new(device: &Device, graph: Graph) -> Result<Self, Failure> {
        match device {
            Device::Gpu(gpu) => {
                let executor = pollster::block_on(Executor::new(gpu, Plan::on(&graph, &gpu.target())?, None))?;
                Ok(Self::Gpu(Box::new(executor), graph))
            }
            Device::Cpu { .. } => Ok(Self::Cpu(Interpreter::new(graph))),
        }
    }

    /// The input of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn input(&self, name: &str) -> Result<ValueId, Failure> {
        let found = self.graph().find_input(name);
        found.ok_or_else(|| Error::data(name, "the graph has no such input").into())
    }

    /// The output of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn output(&self, name: &str) -> Result<ValueId, Failure> {
        let found = self.graph().find_output(name);
        found.ok_or_else(|| Error::data(name, "the graph has no such output").into())
    }

    fn graph(&self) -> &Graph {
        match self {
            Self::Gpu(_, graph) => graph,
            Self::Cpu(interpreter) => interpreter.graph(),
        }
    }

    /// Writes an input or a parameter, whole.
    ///
    /// # Errors
    /// When sizes differ.
    pub fn write(&mut self, id: ValueId, data: &Data<f32>) -> Result<(), Failure> {
        match self {
            Self::Gpu(executor, _) => Ok(executor.write(id, &words(data))?),
            Self::Cpu(interpreter) => {
                interpreter.tensor_mut(id).data = data.clone();
                Ok(())
            }
        }
    }

    /// Writes all parameters, in order.
    ///
    /// # Errors
    /// When sizes differ.
    pub fn write_parameters(&mut self, values: &[Vec<f32>]) -> Result<(), Failure> {
        let ids: Vec<_> = self.graph().parameters.iter().map(|p| p.value).collect();
        ids.into_iter().zip(values).try_for_each(|(id, value)| self.write(id, &Data::Floats(value.clone())))
    }

    /// Computes everything for `rows` valid samples.
    pub fn run(&mut self, step: &Step) {
        match self {
            Self::Gpu(executor, _) => drop(executor.run(&[*step])),
            Self::Cpu(interpreter) => interpreter.run(step),
        }
    }

    /// Reads an output.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn read(&self, id: ValueId) -> Result<Data<f32>, Failure> {
        match self {
            Self::Gpu(executor, graph) => {
                let mut words: Vec<u32> = bytemuck::pod_collect_to_vec(&pollster::block_on(executor.read(id))?);
                words.truncate(graph.shape(id).count()); // a metric is the first slot of a ring
                Ok(match graph.ty(id).dtype {
                    DType::F32 => Data::Floats(words.into_iter().map(f32::from_bits).collect()),
                    _ => Data::Ints(words),
                })
            }
            Self::Cpu(interpreter) => Ok(interpreter.tensor(id).data.clone()),
        }
    }

    /// Reads an output of floats.
    ///
    /// # Errors
    /// When the device is lost.
    pub fn floats(&self, id: ValueId) -> Result<Vec<f32>, Failure> {
        Ok(if let Data::Floats(floats) = self.read(id)? { floats } else { Vec::new() })
    }
}

/// As the GPU takes them: whole words.
fn words(data: &Data<f32>) -> Vec<u8> {
    match data {
        Data::Floats(floats) => bytemuck::cast_slice(floats).to_vec(),
        Data::Ints(ints) => bytemuck::cast_slice(ints).to_vec(),
        Data::Bytes(bytes) => {
            let mut words = bytes.clone();
            words.resize(bytes.len().next_multiple_of(4), 0);
            words
        }
    }
}
