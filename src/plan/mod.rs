//! From a graph to what the GPU does in a step: buffers and an ordered list of dispatches. Pure data:
//! made once, printed by `trainyard plan`, replayed by [`crate::gpu::Executor`].

mod expand;
mod fuse;
mod horizontal;
mod memory;
mod report;
mod update;

use std::collections::HashMap;

use crate::{
    error::{Error, Result},
    graph::{Graph, Role, Source, ValueId},
    kernels::{Call, Composed, Kernel, Operand, Target, compose, groups_1d},
    model::METRIC,
};
pub use expand::{Expansion, expanded};
use fuse::Region;
pub use memory::borrowed;
pub use update::Update;

/// Slots of the metrics ring: steps whose loss can wait on the GPU to be read.
pub const RING_SLOTS: u64 = 1024;
/// WebGPU's alignment of binding offsets.
const ALIGNMENT: u64 = 256;

/// What a buffer holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Written from outside, under this name.
    Input(String),
    /// A number in every element.
    Constant(f32),
    /// All parameters, each at a multiple of 256 bytes.
    Parameters,
    /// Their gradients, at the same places.
    Gradients,
    /// What a step measures of running statistics, in the order of the parameters' memory. Apart from the gradients:
    /// batch_norm's gradient reads the one and writes the other, and no dispatch may do both to a buffer.
    Measured,
    /// An optimizer's moment of this index: of the parameters that it updates, in their order.
    Moment(usize),
    /// Gradients summed over several steps, at the places of the moments.
    Accumulated,
    /// The metric of this name ([`crate::model::METRIC`]): one number a slot.
    Ring(String),
    /// An output that is kept for reading.
    Output(String),
    /// Values within the step, several one after the other.
    Temporary,
}

/// A buffer to make.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// What it holds.
    pub kind: Kind,
    /// Its size.
    pub bytes: u64,
}

/// Part of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Index into [`Plan::buffers`].
    pub buffer: usize,
    /// In bytes.
    pub offset: u64,
    /// In bytes.
    pub bytes: u64,
}

impl Slice {
    /// Whether two have a byte in common.
    fn overlaps(&self, other: &Self) -> bool {
        self.buffer == other.buffer && self.offset < other.end() && other.offset < self.end()
    }

    /// Whether the other lies in it.
    fn contains(&self, other: &Self) -> bool {
        self.buffer == other.buffer && self.offset <= other.offset && other.end() <= self.end()
    }

    /// The smallest part of their buffer that has both in it.
    fn around(&self, other: &Self) -> Self {
        let offset = self.offset.min(other.offset);
        Self { offset, bytes: self.end().max(other.end()) - offset, ..*self }
    }

    fn end(&self) -> u64 {
        self.offset + self.bytes
    }
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The ops it computes, first to last, as `linear + relu`; `|` is between those that run side by side.
    pub label: String,
    /// The layer that they belong to.
    pub layer: String,
    /// The kernel's stem; of several side by side, each one's.
    pub kernel: String,
    /// The complete shader and its bindings.
    pub composed: Composed,
    /// What is bound, in the order of the bindings.
    pub operands: Vec<Slice>,
    /// Workgroups.
    pub groups: [u32; 3],
    /// Floating-point operations.
    pub flops: u64,
    /// It is done in each so-manieth step: 1, or the number of steps whose gradients are accumulated.
    pub every: u32,
}

impl Dispatch {
    /// Bytes read and written, each operand once.
    pub fn bytes(&self) -> u64 {
        self.operands.iter().map(|o| o.bytes).sum()
    }
}

/// What the GPU does in a step.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Buffers to make.
    pub buffers: Vec<Buffer>,
    /// Dispatches, in order.
    pub dispatches: Vec<Dispatch>,
    /// Where values are that live beyond the step: inputs, parameters, constants, outputs.
    pub places: HashMap<ValueId, Slice>,
    /// Where each parameter lies in the flat buffer, in order.
    pub parameters: Vec<Slice>,
}

impl Plan {
    /// Plans a graph with kernels that every device can run.
    ///
    /// # Errors
    /// When a dispatch would exceed WebGPU's default limits.
    pub fn new(graph: &Graph) -> Result<Self> {
        Self::on(graph, &Target::default())
    }

    /// As [`Plan::new`], with the kernels that are best on a certain device.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn on(graph: &Graph, target: &Target) -> Result<Self> {
        let graph = &*expanded(graph, target)?;
        let (regions, resolve) = fuse::regions(graph, target);
        let mut plan = Self::default();
        plan.place_lasting(graph, &resolve)?;
        for (_, id) in &graph.outputs {
            if let Some(&slice) = plan.places.get(&resolve[id.index()]) {
                plan.places.insert(*id, slice);
            }
        }
        // Each value that does not outlive the step has a buffer of its own at first.
        let mut places: HashMap<ValueId, Slice> =
            plan.places.iter().map(|(&id, &slice)| (resolve[id.index()], slice)).collect();
        let mut dispatches = Vec::new();
        for region in &regions {
            for &id in &region.operands {
                let bytes = graph.ty(id).bytes();
                places.entry(id).or_insert_with(|| Slice {
                    buffer: plan.buffer(Kind::Temporary, bytes),
                    offset: 0,
                    bytes,
                });
            }
            dispatches.push(plan.dispatch(graph, region, &places)?);
        }
        plan.dispatches = checked(horizontal::group(dispatches))?;
        memory::recycle(&mut plan);
        Ok(plan)
    }

    /// The buffer of a kind.
    pub fn find(&self, kind: &Kind) -> Option<usize> {
        self.buffers.iter().position(|b| b.kind == *kind)
    }

    /// Adds a buffer.
    fn buffer(&mut self, kind: Kind, bytes: u64) -> usize {
        self.buffers.push(Buffer { kind, bytes });
        self.buffers.len() - 1
    }

    /// Finds or adds a buffer that holds one value, whole.
    fn whole(&mut self, kind: Kind, bytes: u64) -> Slice {
        let found = self.buffers.iter().position(|b| b.kind == kind && b.bytes == bytes);
        let buffer = found.unwrap_or_else(|| self.buffer(kind, bytes));
        Slice { buffer, offset: 0, bytes }
    }

    /// Places what lives beyond the step: inputs, constants, parameters, gradients, metrics, outputs.
    fn place_lasting(&mut self, graph: &Graph, resolve: &[ValueId]) -> Result<()> {
        for (index, value) in graph.values.iter().enumerate() {
            let kind = match &value.source {
                Source::Input(name) => Kind::Input(name.clone()),
                Source::Constant(number) => Kind::Constant(*number),
                Source::Parameter(_) | Source::Node { .. } => continue,
            };
            let slice = self.whole(kind, value.ty.bytes());
            self.places.insert(ValueId(index as u32), slice);
        }
        self.place_parameters(graph, resolve)?;
        for (name, id) in &graph.outputs {
            let id = resolve[id.index()];
            if self.places.contains_key(&id) {
                continue; // an input, a parameter, or an output under two names
            }
            let slice = match name.strip_prefix(METRIC) {
                Some(metric) => {
                    let buffer = self.buffer(Kind::Ring(metric.into()), RING_SLOTS * 4);
                    Slice { buffer, offset: 0, bytes: RING_SLOTS * 4 }
                }
                None => self.whole(Kind::Output(name.clone()), graph.ty(id).bytes()),
            };
            self.places.insert(id, slice);
        }
        Ok(())
    }

    fn place_parameters(&mut self, graph: &Graph, resolve: &[ValueId]) -> Result<()> {
        let mut end = 0;
        self.parameters = vec![Slice { buffer: 0, offset: 0, bytes: 0 }; graph.parameters.len()];
        for index in layout(graph) {
            let bytes = graph.ty(graph.parameters[index].value).bytes();
            self.parameters[index] = Slice { buffer: 0, offset: end, bytes };
            end += bytes.next_multiple_of(ALIGNMENT);
        }
        if end == 0 {
            return Ok(());
        }
        let flat = self.buffer(Kind::Parameters, end);
        for (slice, parameter) in self.parameters.iter_mut().zip(&graph.parameters) {
            slice.buffer = flat;
            self.places.insert(parameter.value, *slice);
        }
        let trained = self.trained(graph, end);
        for (slice, parameter) in self.parameters.clone().iter().zip(&graph.parameters) {
            let Some(id) = graph.find_output(&format!("gradient:{}", parameter.name)) else { continue };
            let place = if parameter.role == Role::Running {
                let buffer = self.whole(Kind::Measured, end - trained).buffer;
                Slice { buffer, offset: slice.offset - trained, ..*slice }
            } else {
                Slice { buffer: self.whole(Kind::Gradients, trained).buffer, ..*slice }
            };
            let id = resolve[id.index()];
            if self.places.insert(id, place).is_some() {
                return Err(Error::data(&parameter.name, "its gradient is a value that is kept elsewhere too"));
            }
        }
        Ok(())
    }

    /// Bytes of the parameters before the running statistics, which come last, of `all`.
    fn trained(&self, graph: &Graph, all: u64) -> u64 {
        let running = self.parameters.iter().zip(&graph.parameters).filter(|(_, p)| p.role == Role::Running);
        running.map(|(slice, _)| slice.offset).min().unwrap_or(all)
    }

    fn dispatch(&self, graph: &Graph, region: &Region, places: &HashMap<ValueId, Slice>) -> Result<Dispatch> {
        let Call { kernel, constants, groups, .. } = &region.call;
        let mut composed = compose(kernel, constants, &region.epilogue);
        let place = |id: &ValueId| {
            places.get(id).copied().ok_or_else(|| Error::data("plan", format!("value {} has no place", id.0)))
        };
        let operands: Vec<Slice> = region.operands.iter().map(place).collect::<Result<_>>()?;
        composed.size(operands.iter().map(|slice| slice.bytes));
        let mut flops = 0;
        for &node in &region.nodes {
            let node = &graph.nodes[node];
            let types = |ids: &[ValueId]| ids.iter().map(|&id| graph.ty(id).clone()).collect::<Vec<_>>();
            flops += node.op.flops(&types(&node.inputs), &types(&node.outputs));
        }
        let names: Vec<_> = region.nodes.iter().map(|&n| graph.nodes[n].op.name()).collect();
        Ok(Dispatch {
            label: names.join(" + "),
            layer: graph.nodes[region.nodes[0]].layer.clone(),
            kernel: kernel.name.into(),
            composed,
            operands,
            groups: *groups,
            flops,
            every: 1,
        })
    }
}

/// The order of parameters in memory: what is updated by one rule lies together. Trained matrices, trained vectors,
/// frozen ones, running statistics.
fn layout(graph: &Graph) -> Vec<usize> {
    let mut order: Vec<usize> = (0..graph.parameters.len()).collect();
    order.sort_by_key(|&i| {
        let parameter = &graph.parameters[i];
        (parameter.role, parameter.shape.rank() < 2)
    });
    order
}

/// # Errors
/// When a dispatch exceeds WebGPU's default limits.
fn checked(dispatches: Vec<Dispatch>) -> Result<Vec<Dispatch>> {
    for dispatch in &dispatches {
        let error = |what: String| Err(Error::data(format!("{} ({})", dispatch.layer, dispatch.label), what));
        if dispatch.groups.iter().any(|&n| n > 65_535) {
            return error(format!(
                "needs {:?} workgroups, WebGPU allows 65535 in each dimension: a smaller batch helps",
                dispatch.groups
            ));
        }
        if dispatch.operands.len() > fuse::MAX_BINDINGS {
            return error(format!("binds {} buffers, WebGPU allows {}", dispatch.operands.len(), fuse::MAX_BINDINGS));
        }
    }
    Ok(dispatches)
}

/// What a region binds, given what its root node binds by the kernel's call.
fn bound(call: &Call, inputs: &[ValueId], outputs: &[ValueId]) -> Vec<ValueId> {
    call.operands
        .iter()
        .map(|operand| match *operand {
            Operand::In(i) => inputs[i],
            Operand::Out(i) => outputs[i],
        })
        .collect()
}

/// The kernel of element-wise ops that follow no kernel.
fn pointwise_call(count: usize) -> Call {
    let kernel: &'static Kernel = &crate::kernels::POINTWISE;
    Call::new(kernel, 1, 1, groups_1d(count)).with([("COUNT", count.into())])
}
