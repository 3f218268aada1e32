//! Reads from a kernel's WGSL what the host must know, so that nothing is listed twice.

/// How a binding is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    ReadWrite,
}

/// A storage binding of group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable.
    pub name: String,
    /// Read, or read and written.
    pub access: Access,
    /// The variable's type.
    pub ty: String,
}

impl Binding {
    /// The type of the elements of its array.
    pub fn element(&self) -> &str {
        let inner = self.ty.strip_prefix("array<").unwrap_or(&self.ty);
        inner.split([',', '>']).next().unwrap_or_default()
    }
}

/// The storage bindings of group 0, in order.
pub fn bindings(source: &str) -> Vec<Binding> {
    source
        .lines()
        .filter(|line| line.starts_with("@group(0)"))
        .filter_map(|line| {
            let (space, rest) = line.split_once("var<")?.1.split_once('>')?;
            let (name, ty) = rest.split_once(':')?;
            let access = if space.contains("read_write") { Access::ReadWrite } else { Access::Read };
            let ty = ty.split(';').next()?.trim().to_owned();
            Some(Binding { name: name.trim().to_owned(), access, ty })
        })
        .collect()
}

/// The parts of `shaders/common` named in `// use:` lines.
pub fn uses(source: &str) -> Vec<&str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("// use:"))
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .collect()
}

/// A part of `shaders/common`, by name.
pub fn common(name: &str) -> Option<&'static str> {
    Some(match name {
        "angle" => include_str!("../../shaders/common/angle.wgsl"),
        "gathered" => include_str!("../../shaders/common/gathered.wgsl"),
        "gradient" => include_str!("../../shaders/common/gradient.wgsl"),
        "index" => include_str!("../../shaders/common/index.wgsl"),
        "inputs" => include_str!("../../shaders/common/inputs.wgsl"),
        "loss" => include_str!("../../shaders/common/loss.wgsl"),
        "normal" => include_str!("../../shaders/common/normal.wgsl"),
        "pixels" => include_str!("../../shaders/common/pixels.wgsl"),
        "products" => include_str!("../../shaders/common/products.wgsl"),
        "quad" => include_str!("../../shaders/common/quad.wgsl"),
        "quotient" => include_str!("../../shaders/common/quotient.wgsl"),
        "random" => include_str!("../../shaders/common/random.wgsl"),
        "recurrent" => include_str!("../../shaders/common/recurrent.wgsl"),
        "reduce" => include_str!("../../shaders/common/reduce.wgsl"),
        "sorted" => include_str!("../../shaders/common/sorted.wgsl"),
        "step" => include_str!("../../shaders/common/step.wgsl"),
        "store_gate" => include_str!("../../shaders/common/store_gate.wgsl"),
        "store_tile" => include_str!("../../shaders/common/store_tile.wgsl"),
        "tile" => include_str!("../../shaders/common/tile.wgsl"),
        "tile_subgroup" => include_str!("../../shaders/common/tile_subgroup.wgsl"),
        "turns" => include_str!("../../shaders/common/turns.wgsl"),
        "weights" => include_str!("../../shaders/common/weights.wgsl"),
        _ => return None,
    })
}
