//! Text form: one line a node.

use std::fmt;

use super::{Graph, Source, ValueId};

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |ids: &[ValueId]| ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>().join(", ");
        for node in &self.nodes {
            let types = node.outputs.iter().map(|&o| self.ty(o).to_string()).collect::<Vec<_>>().join(", ");
            writeln!(
                f,
                "{} = {:?}({}) : {types}  # {}",
                names(&node.outputs),
                node.op,
                names(&node.inputs),
                node.layer
            )?;
        }
        for (name, id) in &self.outputs {
            writeln!(f, "{name} -> {}", self.name(*id))?;
        }
        Ok(())
    }
}

impl Graph {
    fn name(&self, id: ValueId) -> String {
        match &self.values[id.index()].source {
            Source::Input(name) => name.clone(),
            Source::Parameter(index) => self.parameters[*index].name.clone(),
            Source::Constant(number) => number.to_string(),
            Source::Node { .. } => format!("%{}", id.0),
        }
    }
}
