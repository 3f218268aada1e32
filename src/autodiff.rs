//! Reverse mode, graph → graph: adds the nodes that compute gradients to the graph they belong to.

use std::collections::HashMap;

use crate::{
    error::{Error, Result},
    graph::{Graph, Source, ValueId},
    ops::add::Add,
};

/// Adds d objective / d `wanted` for each wanted value. The objective is the sum of `terms`, values of one element,
/// each times its weight. A value that it does not depend on has no gradient (`None`).
///
/// # Errors
/// When an op on the way has no gradient.
pub fn gradients(g: &mut Graph, terms: &[(ValueId, f32)], wanted: &[ValueId]) -> Result<Vec<Option<ValueId>>> {
    if let Some((term, _)) = terms.iter().find(|(term, _)| g.shape(*term).count() != 1) {
        return Err(Error::data("autodiff", format!("the objective must be one number, not {}", g.ty(*term))));
    }
    let useful = depends_on(g, wanted);
    let mut grads: HashMap<ValueId, ValueId> = HashMap::new();
    for &(term, weight) in terms {
        let weight = g.constant(g.shape(term).clone(), weight);
        grads.insert(term, weight);
    }
    let mark = g.layer.clone();
    for index in (0..g.nodes.len()).rev() {
        let node = g.nodes[index].clone();
        let dy: Vec<_> = node.outputs.iter().map(|o| grads.get(o).copied()).collect();
        if dy.iter().all(Option::is_none) || !node.inputs.iter().any(|i| useful[i.index()]) {
            continue;
        }
        g.layer.clone_from(&node.layer);
        let dx = node.op.grad(g, &node, &dy)?;
        for (&input, dx) in node.inputs.iter().zip(dx) {
            let Some(dx) = dx.filter(|_| useful[input.index()]) else { continue };
            let total = match grads.get(&input) {
                Some(&sum) => g.apply1(Add, &[sum, dx])?,
                None => dx,
            };
            grads.insert(input, total);
        }
    }
    g.layer = mark;
    Ok(wanted.iter().map(|id| grads.get(id).copied()).collect())
}

/// Which values depend on any of `roots`.
fn depends_on(g: &Graph, roots: &[ValueId]) -> Vec<bool> {
    let mut depends = vec![false; g.values.len()];
    for root in roots {
        depends[root.index()] = true;
    }
    for node in &g.nodes {
        if node.inputs.iter().any(|i| depends[i.index()]) {
            for output in &node.outputs {
                depends[output.index()] = true;
            }
        }
    }
    depends
}

/// Drops the nodes that no output depends on (gradient rules make all gradients, wanted or not).
pub fn prune(g: &mut Graph) {
    let mut needed = vec![false; g.values.len()];
    for (_, id) in &g.outputs {
        needed[id.index()] = true;
    }
    let mut keep = vec![false; g.nodes.len()];
    for (index, node) in g.nodes.iter().enumerate().rev() {
        keep[index] = node.outputs.iter().any(|o| needed[o.index()]);
        if keep[index] {
            for input in &node.inputs {
                needed[input.index()] = true;
            }
        }
    }
    let mut kept = keep.iter();
    g.nodes.retain(|_| kept.next() == Some(&true));
    for (index, node) in g.nodes.iter().enumerate() {
        for (output, id) in node.outputs.iter().enumerate() {
            g.values[id.index()].source = Source::Node { node: index, output };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cpu::{Interpreter, Step},
        graph::Type,
        ops::{Matmul, Scale, relu::Relu},
    };

    #[test]
    fn a_value_used_twice_gets_both_gradients() {
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([1, 1]));
        let y = g.apply1(Matmul::default(), &[x, x]).unwrap(); // x²
        let z = g.apply1(Scale { factor: 3.0 }, &[x]).unwrap();
        let sum = g.apply1(Add, &[y, z]).unwrap(); // x² + 3x
        let dx = gradients(&mut g, &[(sum, 1.0)], &[x]).unwrap()[0].unwrap();
        g.output("dx", dx);
        prune(&mut g);
        g.verify().unwrap();
        let mut cpu = Interpreter::<f64>::new(g);
        cpu.set_f32(x, &[5.0]);
        cpu.run(&Step::default());
        assert_eq!(cpu.get_f32(dx), [13.0]); // 2x + 3
    }

    #[test]
    fn what_is_not_asked_for_is_not_computed() {
        let mut g = Graph::new();
        let x = g.input("x", Type::f32([2, 3]));
        let w = g.input("w", Type::f32([3, 1]));
        let v = g.input("v", Type::f32([1, 2]));
        let h = g.apply1(Matmul::default(), &[x, w]).unwrap();
        let h = g.apply1(Relu, &[h]).unwrap();
        let y = g.apply1(Matmul::default(), &[v, h]).unwrap();
        let dw = gradients(&mut g, &[(y, 1.0)], &[w]).unwrap()[0].unwrap();
        g.output("dw", dw);
        prune(&mut g);
        g.verify().unwrap();
        let names: Vec<_> = g.nodes.iter().map(|n| n.op.name()).collect();
        // Neither y itself, nor dx, nor dv.
        assert_eq!(names, ["matmul", "relu", "matmul", "relu_grad", "matmul"]);
    }
}
