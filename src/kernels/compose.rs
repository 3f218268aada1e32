//! Puts a kernel's WGSL together: constants, common parts, the kernel, its epilogue.

use std::fmt::Write as _;

use super::{
    Index, Kernel, Number, Pointwise,
    source::{Access, Binding, bindings, common, uses},
};

/// One element-wise function of an epilogue. Operand `carried` is the value so far; the others are
/// bound after the kernel's own bindings, in order.
#[derive(Clone, Debug)]
pub struct Link {
    /// The function.
    pub pointwise: Pointwise,
    /// Which operand is the value so far.
    pub carried: usize,
}

/// A complete shader and what must be bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The WGSL; entry point `main`.
    pub source: String,
    /// Group 0: the kernel's bindings, then the epilogue's.
    pub bindings: Vec<Binding>,
    /// Whether group 1 holds the step's uniform.
    pub uses_step: bool,
}

/// Composes `kernel` with `constants` and an epilogue of `links`.
pub fn compose(kernel: &Kernel, constants: &[(&'static str, Number)], links: &[Link]) -> Composed {
    let mut all = bindings(kernel.source);
    let mut parts: Vec<&str> = Vec::new();
    let mut sources = vec![kernel.source];
    for link in links {
        if !sources.contains(&link.pointwise.kernel.source) {
            sources.push(link.pointwise.kernel.source);
        }
    }
    for source in &sources {
        for part in uses(source) {
            need(part, &mut parts);
        }
    }
    if links.iter().flat_map(|link| &link.pointwise.operands).any(|index| matches!(index, Index::Cursor { .. })) {
        need("step", &mut parts);
    }

    let mut text = String::new();
    for (name, number) in constants {
        let _ = match number {
            Number::U32(n) => writeln!(text, "const {name}: u32 = {n}u;"),
            // All digits: browsers refuse the shortest form of the largest number, which is a little above it.
            Number::F32(x) => writeln!(text, "const {name}: f32 = {:?}f;", f64::from(*x)),
        };
    }
    for part in &parts {
        text += common(part).unwrap_or_default();
    }
    for source in &sources {
        text += source;
    }
    if kernel.has_epilogue() {
        text += &epilogue(links, &mut all);
    }
    let uses_step = parts.contains(&"step");
    Composed { source: text, bindings: all, uses_step }
}

/// Adds a common part after the parts that it uses itself.
fn need(part: &'static str, parts: &mut Vec<&'static str>) {
    if parts.contains(&part) {
        return;
    }
    for inner in uses(common(part).unwrap_or_default()) {
        need(inner, parts);
    }
    parts.push(part);
}

fn epilogue(links: &[Link], all: &mut Vec<Binding>) -> String {
    let mut declarations = String::new();
    let mut body = String::new();
    for link in links {
        let mut call = link.pointwise.call.clone();
        for (operand, index) in link.pointwise.operands.iter().enumerate() {
            let value = if operand == link.carried {
                "v".to_owned()
            } else {
                let binding = all.len();
                let name = format!("operand_{binding}");
                let _ = writeln!(declarations, "@group(0) @binding({binding}) var<storage, read> {name}: array<f32>;");
                all.push(Binding { name: name.clone(), access: Access::Read });
                match index {
                    Index::Same => format!("{name}[i]"),
                    Index::Channel { inner: 1, channels } => format!("{name}[i % {channels}u]"),
                    Index::Channel { inner, channels } => format!("{name}[(i / {inner}u) % {channels}u]"),
                    Index::Cursor { rows, columns } => {
                        format!("{name}[min(step.cursor, {rows}u - 1u) * {columns}u + i % {columns}u]")
                    }
                }
            };
            call = call.replace(&format!("{{{operand}}}"), &value);
        }
        let _ = writeln!(body, "  v = {call};");
    }
    format!("{declarations}fn epilogue(value: f32, i: u32) -> f32 {{\n  var v = value;\n{body}  return v;\n}}\n")
}
