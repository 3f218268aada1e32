//! Ops that several others compute faster on a device, replaced by those.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{
    error::Result,
    graph::{Graph, Source, Type, ValueId},
    kernels::Target,
    ops::Op,
};

/// What an op puts in its place.
pub struct Expansion<'a> {
    graph: &'a mut Graph,
    made: &'a mut HashMap<(String, Vec<ValueId>), Vec<ValueId>>,
}

impl Expansion<'_> {
    /// Applies an op, unless it was applied to the same operands before.
    ///
    /// # Errors
    /// As [`Graph::apply`].
    pub fn apply(&mut self, op: impl Op + 'static, inputs: &[ValueId]) -> Result<Vec<ValueId>> {
        let key = (format!("{op:?}"), inputs.to_vec());
        if let Some(outputs) = self.made.get(&key) {
            return Ok(outputs.clone());
        }
        let outputs = self.graph.apply_shared(Arc::new(op), inputs)?;
        self.made.insert(key, outputs.clone());
        Ok(outputs)
    }

    /// A value's type.
    pub fn ty(&self, id: ValueId) -> &Type {
        self.graph.ty(id)
    }
}

/// The graph with every op replaced that expands on this device. Its values keep their numbers; new ones come after them.
///
/// # Errors
/// None, if ops expand to what fits.
pub fn expanded<'a>(graph: &'a Graph, target: &Target) -> Result<Cow<'a, Graph>> {
    if !target.winograd {
        return Ok(Cow::Borrowed(graph));
    }
    let mut new = Graph { nodes: Vec::new(), ..graph.clone() };
    let mut made = HashMap::new();
    for node in &graph.nodes {
        new.layer.clone_from(&node.layer);
        match node.op.expand(&mut Expansion { graph: &mut new, made: &mut made }, &node.inputs, target) {
            None => {
                let node = node.clone();
                adopt(&mut new, &node.outputs);
                new.nodes.push(node);
            }
            Some(results) => {
                let results = results?;
                let all = made.values_mut().chain(new.nodes.iter_mut().map(|node| &mut node.outputs));
                rename(all.flatten(), &results, &node.outputs);
                for (id, result) in node.outputs.iter().zip(&results) {
                    new.values[id.index()].source = new.values[result.index()].source.clone();
                }
            }
        }
    }
    new.layer.clone_from(&graph.layer);
    Ok(Cow::Owned(new))
}

/// Notes that the values are those of the next node.
fn adopt(graph: &mut Graph, outputs: &[ValueId]) {
    let node = graph.nodes.len();
    for (output, id) in outputs.iter().enumerate() {
        graph.values[id.index()].source = Source::Node { node, output };
    }
}

fn rename<'a>(ids: impl Iterator<Item = &'a mut ValueId>, from: &[ValueId], to: &[ValueId]) {
    for id in ids {
        if let Some(index) = from.iter().position(|from| from == id) {
            *id = to[index];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cpu::{Interpreter, Step},
        ops::{Case, cases},
        twins,
    };

    /// Outputs of the case's op, as it is or expanded, and how many nodes that takes.
    fn outputs(case: &Case, target: &Target) -> (Vec<Vec<f64>>, usize) {
        let (graph, inputs, ids) = twins::graph(case).unwrap();
        let graph = expanded(&graph, target).unwrap().into_owned();
        let nodes = graph.nodes.len();
        let mut interpreter = Interpreter::<f64>::new(graph);
        for (seed, &id) in inputs.iter().enumerate() {
            for (i, x) in interpreter.tensor_mut(id).floats_mut().iter_mut().enumerate() {
                *x = ((i * 37 + seed * 11) % 101) as f64 / 25.0 - 2.0;
            }
        }
        interpreter.run(&Step::default());
        (ids.iter().map(|&id| interpreter.tensor(id).floats().to_vec()).collect(), nodes)
    }

    #[test]
    fn expanded_ops_compute_the_same() {
        let mut expanded = Vec::new();
        for case in cases().iter().filter(|case| case.op.name().starts_with("conv2d")) {
            let (direct, _) = outputs(case, &Target::default());
            let (others, nodes) = outputs(case, &Target { winograd: true, ..Target::default() });
            for (a, b) in direct.iter().flatten().zip(others.iter().flatten()) {
                assert!((a - b).abs() < 1e-11 * a.abs().max(10.0), "{case:?}: {a} {b}");
            }
            if nodes > 1 {
                expanded.push(case.op.name());
            }
        }
        expanded.sort_unstable();
        expanded.dedup();
        assert_eq!(expanded, ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"]);
    }
}
