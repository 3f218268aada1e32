//! Groups nodes into regions, one dispatch each: element-wise ops join the kernel before them.

use super::{bound, pointwise_call};
use crate::{
    graph::{DType, Graph, Node, Source, Type, ValueId},
    kernels::{Call, Index, Link, Pointwise},
    ops::Lowering,
};

/// Storage buffers that a WebGPU shader stage may bind.
pub const MAX_BINDINGS: usize = 8;

/// Nodes that one dispatch computes.
pub struct Region {
    /// The kernel's call.
    pub call: Call,
    /// The epilogue.
    pub links: Vec<Link>,
    /// Indices of the nodes, first to last.
    pub nodes: Vec<usize>,
    /// What is bound: the kernel's operands, then the epilogue's.
    pub operands: Vec<ValueId>,
    /// The value that the epilogue ends in, if it may go on.
    result: Option<ValueId>,
}

/// The regions in order, and for each value the value whose storage it shares (views).
pub fn regions(graph: &Graph) -> (Vec<Region>, Vec<ValueId>) {
    let mut resolve: Vec<ValueId> = (0..graph.values.len() as u32).map(ValueId).collect();
    let lowered: Vec<Lowering> = graph.nodes.iter().map(|node| lower(graph, node)).collect();
    for (node, lowering) in graph.nodes.iter().zip(&lowered) {
        if matches!(lowering, Lowering::View) {
            resolve[node.outputs[0].index()] = resolve[node.inputs[0].index()];
        }
    }
    let uses = uses(graph, &lowered, &resolve);
    let mut fuser =
        Fuser { graph, resolve: &resolve, uses, regions: Vec::new(), made_by: vec![None; graph.values.len()] };
    for (index, lowering) in lowered.into_iter().enumerate() {
        match lowering {
            Lowering::View => {}
            Lowering::Pointwise(pointwise) => fuser.pointwise(index, &pointwise),
            Lowering::Kernel(call) => fuser.kernel(index, call),
        }
    }
    (fuser.regions, resolve)
}

fn lower(graph: &Graph, node: &Node) -> Lowering {
    let types = |ids: &[ValueId]| ids.iter().map(|&id| graph.ty(id).clone()).collect::<Vec<Type>>();
    node.op.lower(&types(&node.inputs), &types(&node.outputs))
}

/// How often each value's storage is read; being an output counts.
fn uses(graph: &Graph, lowered: &[Lowering], resolve: &[ValueId]) -> Vec<usize> {
    let mut uses = vec![0; graph.values.len()];
    let real = graph.nodes.iter().zip(lowered).filter(|(_, l)| !matches!(l, Lowering::View));
    for id in real.flat_map(|(node, _)| &node.inputs).chain(graph.outputs.iter().map(|(_, id)| id)) {
        uses[resolve[id.index()].index()] += 1;
    }
    uses
}

struct Fuser<'a> {
    graph: &'a Graph,
    resolve: &'a [ValueId],
    uses: Vec<usize>,
    regions: Vec<Region>,
    /// The region that makes a value.
    made_by: Vec<Option<usize>>,
}

impl Fuser<'_> {
    fn resolved(&self, ids: &[ValueId]) -> Vec<ValueId> {
        ids.iter().map(|id| self.resolve[id.index()]).collect()
    }

    fn push(&mut self, region: Region, outputs: &[ValueId]) {
        for output in outputs {
            self.made_by[output.index()] = Some(self.regions.len());
        }
        self.regions.push(region);
    }

    fn kernel(&mut self, index: usize, mut call: Call) {
        let node = &self.graph.nodes[index];
        let inputs = self.resolved(&node.inputs);
        let mut operands = bound(&call, &inputs, &node.outputs);
        let mut links = Vec::new();
        if let Some((pointwise, others)) = call.ending.take() {
            operands.extend(others.iter().map(|&i| inputs[i]));
            links.push(Link { pointwise, carried: 0 });
        }
        let result = (call.kernel.has_epilogue() && node.outputs.len() == 1).then(|| node.outputs[0]);
        self.push(Region { call, links, nodes: vec![index], operands, result }, &node.outputs);
    }

    fn pointwise(&mut self, index: usize, pointwise: &Pointwise) {
        let node = &self.graph.nodes[index];
        let inputs = self.resolved(&node.inputs);
        let output = node.outputs[0];
        for carried in 0..inputs.len() {
            if let Some(region) = self.host(pointwise, &inputs, carried) {
                let host = &mut self.regions[region];
                // The kernel now writes the new value instead of the one that it carried so far.
                for operand in &mut host.operands {
                    if *operand == inputs[carried] {
                        *operand = output;
                    }
                }
                host.operands.extend(others(&inputs, carried));
                host.links.push(Link { pointwise: pointwise.clone(), carried });
                host.nodes.push(index);
                host.result = Some(output);
                self.made_by[output.index()] = Some(region);
                return;
            }
        }
        let mut operands = vec![inputs[0], output];
        operands.extend(others(&inputs, 0));
        let links = vec![Link { pointwise: pointwise.clone(), carried: 0 }];
        let call = pointwise_call(self.graph.shape(output).count());
        self.push(Region { call, links, nodes: vec![index], operands, result: Some(output) }, &[output]);
    }

    /// The region that this op can join, its operand `carried` being the region's result.
    fn host(&self, pointwise: &Pointwise, inputs: &[ValueId], carried: usize) -> Option<usize> {
        let value = inputs[carried];
        let region = self.made_by[value.index()]?;
        let host = &self.regions[region];
        let fits = host.result == Some(value)
            && pointwise.operands[carried] == Index::Same
            && self.uses[value.index()] == 1
            && self.graph.ty(value).dtype == DType::F32
            && host.operands.len() + inputs.len() - 1 <= MAX_BINDINGS;
        // The other operands must exist when the host runs.
        let ready = others(inputs, carried).iter().all(|id| match self.graph.values[id.index()].source {
            Source::Node { .. } => self.made_by[id.index()].is_some_and(|maker| maker < region),
            _ => true,
        });
        (fits && ready).then_some(region)
    }
}

fn others(inputs: &[ValueId], carried: usize) -> Vec<ValueId> {
    inputs.iter().enumerate().filter(|(i, _)| *i != carried).map(|(_, id)| *id).collect()
}
