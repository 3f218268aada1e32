//! Puts a kernel's WGSL together: constants, common parts, the kernel, its epilogue.

use std::fmt::Write as _;

use super::{
    Index, Kernel, Number, Pointwise,
    source::{Access, Binding, bindings, common, uses},
    unroll::unroll,
};

/// What an operand of a [`Link`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A value of the chain: 0 is the kernel's, n what link n − 1 makes of those before it.
    Value(usize),
    /// What is bound in this place after the kernel's own bindings.
    Bound(usize),
}

/// One element-wise function of an epilogue.
#[derive(Clone, Debug)]
pub struct Link {
    /// The function.
    pub pointwise: Pointwise,
    /// Its operands.
    pub arguments: Vec<Argument>,
}

impl Link {
    /// A function of the kernel's value first, then of what is bound, in order.
    pub fn first(pointwise: Pointwise) -> Self {
        let bound = (1..pointwise.operands.len()).map(|i| Argument::Bound(i - 1));
        Self { arguments: [Argument::Value(0)].into_iter().chain(bound).collect(), pointwise }
    }
}

/// Element-wise functions that end a kernel: the last value is what the kernel stores.
#[derive(Clone, Debug, Default)]
pub struct Epilogue {
    /// The functions, in order.
    pub links: Vec<Link>,
    /// Values of the chain that are stored as well ([`Argument::Value`]), in bindings after the links'.
    pub kept: Vec<usize>,
}

impl Epilogue {
    /// How many operands the links bind.
    pub fn bound(&self) -> usize {
        let all = self.links.iter().flat_map(|link| &link.arguments);
        all.map(|argument| if let Argument::Bound(i) = argument { i + 1 } else { 0 }).max().unwrap_or(0)
    }
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

impl Composed {
    /// Gives the arrays of its bindings their lengths, of so many bytes each: software adapters read them a fifth
    /// faster, as the bounds are known when they compile.
    pub fn size(&mut self, bytes: impl Iterator<Item = u64>) {
        for (binding, bytes) in self.bindings.iter_mut().zip(bytes) {
            let Some(element) = binding.ty.strip_prefix("array<").and_then(|ty| ty.strip_suffix('>')) else { continue };
            let size = match element {
                "f32" | "u32" => 4,
                "vec4f" => 16,
                _ => continue,
            };
            if bytes % size == 0 {
                let ty = format!("array<{element}, {}>", bytes / size);
                let declared = |ty: &str| format!("> {}: {ty};", binding.name);
                self.source = self.source.replacen(&declared(&binding.ty), &declared(&ty), 1);
                // WGSL has no length of what has a fixed one.
                let length = format!("arrayLength(&{})", binding.name);
                self.source = self.source.replace(&length, &format!("{}u", bytes / size));
                binding.ty = ty;
            }
        }
    }
}

/// Composes `kernel` with `constants` and an epilogue.
pub fn compose(kernel: &Kernel, constants: &[(&'static str, Number)], epilogue: &Epilogue) -> Composed {
    let links = &epilogue.links;
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
        text += &ending(epilogue, channel(kernel, constants), &mut all);
    }
    let uses_step = parts.contains(&"step");
    let text = unroll(&text);
    Composed { source: text, bindings: all, uses_step }
}

/// What a kernel of images or matrices, which sets `channel` before it calls `epilogue`, stores: elements of a channel
/// that lie together, and channels. It saves the epilogue two divisions for each number.
fn channel(kernel: &Kernel, constants: &[(&'static str, Number)]) -> Option<(usize, usize)> {
    if !kernel.source.contains("var<private> channel: u32;") {
        return None;
    }
    let constant = |wanted| match constants.iter().find(|(name, _)| *name == wanted)?.1 {
        Number::U32(n) => Some(n as usize),
        Number::F32(_) => None,
    };
    if let Some(n) = constant("N") {
        return Some((1, n)); // a matrix: a column is a channel
    }
    // The input's gradient has the input's shape.
    let [height, width, channels] =
        if kernel.source.contains("> dx:") { ["H", "W", "C"] } else { ["OH", "OW", "O"] }.map(constant);
    Some((height? * width?, channels?))
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

/// `channel`: elements of a channel that lie together and number of channels, where the kernel says which channel it
/// stores to.
fn ending(epilogue: &Epilogue, channel: Option<(usize, usize)>, all: &mut Vec<Binding>) -> String {
    let mut text = String::new();
    let own = all.len();
    let kept = own + epilogue.bound();
    for binding in own..kept + epilogue.kept.len() {
        let (space, access) = if binding < kept { ("read", Access::Read) } else { ("read_write", Access::ReadWrite) };
        let name = format!("operand_{binding}");
        let _ = writeln!(text, "@group(0) @binding({binding}) var<storage, {space}> {name}: array<f32>;");
        all.push(Binding { name, access, ty: "array<f32>".into() });
    }
    let _ = writeln!(text, "fn epilogue(v0: f32, i: u32) -> f32 {{");
    for (link, number) in epilogue.links.iter().zip(1..) {
        let mut call = link.pointwise.call.clone();
        for (operand, (index, argument)) in link.pointwise.operands.iter().zip(&link.arguments).enumerate() {
            let value = match *argument {
                Argument::Value(value) => format!("v{value}"),
                Argument::Bound(bound) => element(&all[own + bound].name, *index, channel),
            };
            call = call.replace(&format!("{{{operand}}}"), &value);
        }
        let _ = writeln!(text, "  let v{number} = {call};");
    }
    for (value, binding) in epilogue.kept.iter().zip(kept..) {
        let _ = writeln!(text, "  operand_{binding}[i] = v{value};");
    }
    let _ = writeln!(text, "  return v{};\n}}", epilogue.links.len());
    text
}

/// The element of a binding that belongs to element `i`.
fn element(name: &str, index: Index, channel: Option<(usize, usize)>) -> String {
    match index {
        Index::Channel { inner, channels } if channel == Some((inner, channels)) => format!("{name}[channel]"),
        Index::Same => format!("{name}[i]"),
        Index::Channel { channels: 1, .. } => format!("{name}[0]"),
        Index::Channel { inner: 1, channels } => format!("{name}[i % {channels}u]"),
        Index::Channel { inner, channels } => format!("{name}[(i / {inner}u) % {channels}u]"),
        Index::Cursor { rows, columns } => {
            format!("{name}[min(step.cursor, {rows}u - 1u) * {columns}u + i % {columns}u]")
        }
    }
}
