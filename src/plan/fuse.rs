//! Groups nodes into regions, one kernel each: element-wise ops join the kernel that makes one of their operands.

use std::collections::HashMap;

use super::{bound, pointwise_call};
use crate::{
    graph::{DType, Graph, Node, Source, Type, ValueId},
    kernels::{Argument, Call, Epilogue, Index, Link, Operand, Pointwise, Target},
    ops::Lowering,
};

/// Storage buffers that a WebGPU shader stage may bind.
pub const MAX_BINDINGS: usize = 8;

/// Nodes that one kernel computes.
pub struct Region {
    /// The kernel's call.
    pub call: Call,
    /// The epilogue.
    pub epilogue: Epilogue,
    /// Indices of the nodes, first to last.
    pub nodes: Vec<usize>,
    /// What is bound: the kernel's operands, then the epilogue's.
    pub operands: Vec<ValueId>,
}

/// The regions in order, and for each value the value whose storage it shares (views).
pub fn regions(graph: &Graph, target: &Target) -> (Vec<Region>, Vec<ValueId>) {
    let mut resolve: Vec<ValueId> = (0..graph.values.len() as u32).map(ValueId).collect();
    let lowered: Vec<Lowering> = graph.nodes.iter().map(|node| lower(graph, node, target)).collect();
    for (node, lowering) in graph.nodes.iter().zip(&lowered) {
        if matches!(lowering, Lowering::View) {
            resolve[node.outputs[0].index()] = resolve[node.inputs[0].index()];
        }
    }
    let uses = uses(graph, &lowered, &resolve);
    let mut fuser =
        Fuser { graph, resolve: &resolve, uses, drafts: Vec::new(), made_by: vec![None; graph.values.len()] };
    for (index, lowering) in lowered.into_iter().enumerate() {
        match lowering {
            Lowering::View => {}
            Lowering::Pointwise(pointwise) => fuser.pointwise(index, &pointwise),
            Lowering::Kernel(call) => fuser.kernel(index, call),
        }
    }
    let Fuser { drafts, uses, .. } = fuser;
    (drafts.into_iter().map(|draft| draft.finish(&uses)).collect(), resolve)
}

fn lower(graph: &Graph, node: &Node, target: &Target) -> Lowering {
    let types = |ids: &[ValueId]| ids.iter().map(|&id| graph.ty(id).clone()).collect::<Vec<Type>>();
    let (inputs, outputs) = (types(&node.inputs), types(&node.outputs));
    match node.op.lower(&inputs, &outputs) {
        Lowering::Kernel(call) => {
            let mut calls = vec![call];
            calls.extend(node.op.variants(&inputs, &outputs, target));
            Lowering::Kernel(target.choose(calls))
        }
        other => other,
    }
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

/// A region that may still grow.
struct Draft {
    call: Call,
    links: Vec<Link>,
    nodes: Vec<usize>,
    /// What the kernel binds; its result is the value of the chain that is `written`.
    operands: Vec<ValueId>,
    /// Which of `operands` the kernel writes through its epilogue; none: nothing can join.
    written: Option<usize>,
    /// The chain: the kernel's value, and what the links make. None: a value that no node knows by itself.
    chain: Vec<Option<ValueId>>,
    /// How many of the chain come from elsewhere: the value that a kernel of element-wise ops alone reads.
    read: usize,
    /// What the links bind.
    bound: Vec<ValueId>,
    /// How often links read a value of the chain.
    inner: HashMap<ValueId, usize>,
}

impl Draft {
    /// Which values of the chain others need too: all bindings but the kernel's result and what is read.
    fn kept(&self, uses: &[usize]) -> Vec<usize> {
        let needed = |id: &ValueId| uses[id.index()] > self.inner.get(id).copied().unwrap_or(0);
        let made = self.read..self.chain.len().saturating_sub(1);
        made.filter(|&i| self.chain[i].as_ref().is_some_and(needed)).collect()
    }

    fn bindings(&self, uses: &[usize]) -> usize {
        self.operands.len() + self.bound.len() + self.kept(uses).len()
    }

    fn finish(self, uses: &[usize]) -> Region {
        let kept = self.kept(uses);
        let stored: Vec<ValueId> = kept.iter().filter_map(|&i| self.chain[i]).collect();
        let mut operands = self.operands;
        if let (Some(written), Some(&Some(last))) = (self.written, self.chain.last()) {
            operands[written] = last;
        }
        operands.extend(self.bound);
        operands.extend(stored);
        Region { call: self.call, epilogue: Epilogue { links: self.links, kept }, nodes: self.nodes, operands }
    }
}

struct Fuser<'a> {
    graph: &'a Graph,
    resolve: &'a [ValueId],
    uses: Vec<usize>,
    drafts: Vec<Draft>,
    /// The region that makes a value.
    made_by: Vec<Option<usize>>,
}

impl Fuser<'_> {
    fn resolved(&self, ids: &[ValueId]) -> Vec<ValueId> {
        ids.iter().map(|id| self.resolve[id.index()]).collect()
    }

    fn push(&mut self, draft: Draft, outputs: &[ValueId]) {
        for output in outputs {
            self.made_by[output.index()] = Some(self.drafts.len());
        }
        self.drafts.push(draft);
    }

    fn kernel(&mut self, index: usize, mut call: Call) {
        let node = &self.graph.nodes[index];
        let inputs = self.resolved(&node.inputs);
        let operands = bound(&call, &inputs, &node.outputs);
        let (mut links, mut chain, mut others) = (Vec::new(), Vec::new(), Vec::new());
        if let Some((pointwise, indices)) = call.ending.take() {
            others = indices.iter().map(|&i| inputs[i]).collect();
            links.push(Link::first(pointwise));
            chain.push(None);
        }
        chain.push(Some(node.outputs[0]));
        let open = call.kernel.has_epilogue() && node.outputs.len() == 1;
        let written = call.operands.iter().position(|&operand| operand == Operand::Out(0)).filter(|_| open);
        let inner = HashMap::new();
        let draft = Draft { call, links, nodes: vec![index], operands, written, chain, read: 0, bound: others, inner };
        self.push(draft, &node.outputs);
    }

    fn pointwise(&mut self, index: usize, pointwise: &Pointwise) {
        let node = &self.graph.nodes[index];
        let inputs = self.resolved(&node.inputs);
        let output = node.outputs[0];
        let makers: Vec<usize> = inputs.iter().filter_map(|id| self.made_by[id.index()]).collect();
        for region in makers {
            if self.takes(region, pointwise, &inputs) && self.join(region, index, pointwise, &inputs) {
                self.made_by[output.index()] = Some(region);
                return;
            }
        }
        let draft = Draft {
            call: pointwise_call(self.graph.shape(output).count()),
            links: Vec::new(),
            nodes: Vec::new(),
            operands: vec![inputs[0], output],
            written: Some(1),
            chain: vec![Some(inputs[0])],
            read: 1,
            bound: Vec::new(),
            inner: HashMap::new(),
        };
        self.push(draft, &[output]);
        self.join(self.drafts.len() - 1, index, pointwise, &inputs);
    }

    /// Whether this op can join a region: its operands are values of the chain, one at least, or exist when it runs.
    fn takes(&self, region: usize, pointwise: &Pointwise, inputs: &[ValueId]) -> bool {
        let draft = &self.drafts[region];
        let carried = |(id, index): (&ValueId, &Index)| {
            *index == Index::Same
                && draft.chain[draft.read..].contains(&Some(*id))
                && self.graph.ty(*id).dtype == DType::F32
        };
        let ready = |id: ValueId| match self.graph.values[id.index()].source {
            Source::Node { .. } => self.made_by[id.index()].is_some_and(|maker| maker < region),
            _ => true,
        };
        let mut operands = inputs.iter().zip(&pointwise.operands);
        draft.written.is_some()
            && operands.clone().any(carried)
            && operands.all(|(id, index)| carried((id, index)) || ready(*id))
    }

    /// Adds the op to a region, unless that would bind too much; whether it did.
    fn join(&mut self, region: usize, node: usize, pointwise: &Pointwise, inputs: &[ValueId]) -> bool {
        let output = self.graph.nodes[node].outputs[0];
        let draft = &mut self.drafts[region];
        let (bound, inner) = (draft.bound.clone(), draft.inner.clone());
        let mut arguments = Vec::new();
        for (&id, index) in inputs.iter().zip(&pointwise.operands) {
            let value = draft.chain.iter().position(|value| *value == Some(id)).filter(|_| *index == Index::Same);
            arguments.push(match value {
                Some(value) => {
                    *draft.inner.entry(id).or_default() += 1;
                    Argument::Value(value)
                }
                None => Argument::Bound(draft.bound.iter().position(|&b| b == id).unwrap_or_else(|| {
                    draft.bound.push(id);
                    draft.bound.len() - 1
                })),
            });
        }
        draft.chain.push(Some(output));
        if draft.bindings(&self.uses) > MAX_BINDINGS {
            draft.chain.pop();
            (draft.bound, draft.inner) = (bound, inner);
            return false;
        }
        draft.links.push(Link { pointwise: pointwise.clone(), arguments });
        draft.nodes.push(node);
        true
    }
}
