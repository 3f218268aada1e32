//! Several kernels in one shader: workgroups are shared out among them.

use std::{collections::HashMap, fmt::Write as _};

use super::{Access, Binding, Composed, source::common};

/// A shader that becomes part of another one.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// It.
    pub composed: &'a Composed,
    /// Its workgroups.
    pub groups: [u32; 3],
    /// Where its bindings are among those of the whole, and how many elements after the start of what is bound there.
    pub places: &'a [(usize, u32)],
}

/// WebGPU's limit of workgroups in a dimension.
const MAX_GROUPS: u32 = 65_535;

/// One shader that does what all parts do, and its workgroups: the first are the first part's, and so on. A branch by
/// the workgroup is uniform, so parts may have barriers. All must have workgroups of the same size ([`invocations`]).
pub fn merge(parts: &[Part<'_>]) -> (Composed, [u32; 3]) {
    let mut names: Vec<Option<Binding>> = Vec::new();
    let mut text = String::new();
    let uses_step = parts.iter().any(|part| part.composed.uses_step);
    let step = common("step").unwrap_or_default();
    if uses_step {
        text += step;
    }
    let mut bodies = String::new();
    let mut branches = String::new();
    let mut end = 0;
    for (index, part) in parts.iter().enumerate() {
        let source = part.composed.source.replacen(step, "", 1);
        let mut renamed: HashMap<&str, (String, u32)> =
            declared(&source).map(|name| (name, (format!("p{index}_{name}"), 0))).collect();
        for (binding, &(place, first)) in part.composed.bindings.iter().zip(part.places) {
            names.resize(names.len().max(place + 1), None);
            let whole = names[place].get_or_insert_with(|| Binding {
                name: format!("p{index}_{}", binding.name),
                access: binding.access,
                ty: format!("array<{}>", binding.element()),
            });
            renamed.insert(&binding.name, (whole.name.clone(), first));
        }
        let (before, entry, body) = entry(&source);
        let outside = before.lines().filter(|line| !line.starts_with("@group(0)") && !line.starts_with("//"));
        for line in outside {
            bodies += &rename(line, &renamed);
            bodies.push('\n');
        }
        let _ = write!(bodies, "fn p{index}_main({}) {{", entry.parameters());
        let body: Vec<_> = body.lines().filter(|line| !line.starts_with("@group(0)")).collect();
        bodies += &rename(&body.join("\n"), &renamed);
        bodies.push('\n');
        let first = end;
        end += part.groups.iter().product::<u32>();
        let otherwise = if index > 0 { "  else if" } else { "  if" };
        let arguments = entry.arguments(part.groups, first);
        let _ = writeln!(branches, "{otherwise} (flat < {end}u) {{ p{index}_main({arguments}); }}");
    }
    let bindings: Vec<Binding> = names.into_iter().flatten().collect();
    for (i, Binding { name, access, ty }) in bindings.iter().enumerate() {
        let space = if *access == Access::Read { "read" } else { "read_write" };
        let _ = writeln!(text, "@group(0) @binding({i}) var<storage, {space}> {name}: {ty};");
    }
    let rows = end.div_ceil(MAX_GROUPS);
    let columns = end.div_ceil(rows.max(1));
    let size = invocations(&parts[0].composed.source);
    let _ = write!(
        text,
        "{bodies}@compute @workgroup_size({size})\n\
         fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {{\n  \
         let flat = group.y * {columns}u + group.x;\n{branches}}}\n"
    );
    (Composed { source: text, bindings, uses_step }, [columns, rows, 1])
}

/// Invocations of a workgroup of a composed shader.
pub fn invocations(source: &str) -> u32 {
    entry(source).1.size.iter().product()
}

/// Whether a composed shader has workgroup memory.
pub fn has_workgroup_memory(source: &str) -> bool {
    source.lines().any(|line| line.starts_with("var<workgroup>"))
}

/// A shader's entry point: the size of its workgroups, and its parameters with the built-in value of each.
struct Entry<'a> {
    size: [u32; 3],
    parameters: Vec<(&'a str, &'a str)>,
}

/// What is before the entry point, the entry point, and what follows its parameters.
fn entry(source: &str) -> (&str, Entry<'_>, &str) {
    let (before, rest) = source.split_once("@compute @workgroup_size(").unwrap_or((source, ""));
    let (size, rest) = rest.split_once(")\nfn main(").unwrap_or(("1", rest));
    let (parameters, body) = rest.split_once(") {").unwrap_or(("", rest));
    let mut sizes = [1; 3];
    for (number, text) in sizes.iter_mut().zip(size.split(',')) {
        *number = evaluate(text, source).unwrap_or(1);
    }
    let parameters = parameters.split("@builtin(").filter_map(|parameter| {
        let (builtin, rest) = parameter.split_once(')')?;
        Some((rest.trim().trim_end_matches(','), builtin))
    });
    (before, Entry { size: sizes, parameters: parameters.collect() }, body)
}

impl Entry<'_> {
    fn parameters(&self) -> String {
        self.parameters.iter().map(|(declaration, _)| *declaration).collect::<Vec<_>>().join(", ")
    }

    /// What the built-in values would be if the part were alone, its workgroups beginning at the `first` of the whole.
    fn arguments(&self, groups: [u32; 3], first: u32) -> String {
        let flat = if first > 0 { format!("(flat - {first}u)") } else { "flat".into() };
        let value = |builtin: &str| match builtin {
            "workgroup_id" => unflattened(&flat, groups),
            "num_workgroups" => format!("vec3u({}u, {}u, {}u)", groups[0], groups[1], groups[2]),
            "local_invocation_id" => unflattened("lane", self.size),
            _ => "lane".into(), // local_invocation_index
        };
        self.parameters.iter().map(|(_, builtin)| value(builtin)).collect::<Vec<_>>().join(", ")
    }
}

/// The three coordinates of a flat index.
fn unflattened(flat: &str, [x, y, z]: [u32; 3]) -> String {
    match (x, y, z) {
        (_, 1, 1) => format!("vec3u({flat}, 0u, 0u)"),
        (1, _, 1) => format!("vec3u(0u, {flat}, 0u)"),
        (_, _, 1) => format!("vec3u({flat} % {x}u, {flat} / {x}u, 0u)"),
        _ => format!("vec3u({flat} % {x}u, {flat} / {x}u % {y}u, {flat} / {}u)", x * y),
    }
}

/// A number, a constant of the source, or a quotient or product of two of them.
pub(super) fn evaluate(text: &str, source: &str) -> Option<u32> {
    let text = text.trim();
    if let Some((a, b)) = text.split_once('/') {
        return evaluate(a, source)?.checked_div(evaluate(b, source)?);
    }
    if let Some((a, b)) = text.split_once('*') {
        return evaluate(a, source)?.checked_mul(evaluate(b, source)?);
    }
    if let Ok(number) = text.trim_end_matches('u').parse() {
        return Some(number);
    }
    let constant = source.lines().find_map(|line| {
        let (name, value) = line.strip_prefix("const ")?.split_once('=')?;
        (name.split(':').next()?.trim() == text).then_some(value)
    });
    evaluate(constant?.split(';').next()?, source)
}

/// The names that a source declares outside of functions. House style: such a line begins at its declaration.
fn declared(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let rest = match line.strip_prefix("var<") {
            Some(rest) => rest.split_once('>')?.1,
            None => ["const ", "fn ", "struct ", "alias "].iter().find_map(|keyword| line.strip_prefix(keyword))?,
        };
        rest.trim_start().split(|c: char| !is_word(c)).next()
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A text with its names changed, wherever they are names: not after a dot (members), not in comments. A local variable
/// of the same name changes with them, which does no harm. Elements are counted from a name's number on.
fn rename(text: &str, names: &HashMap<&str, (String, u32)>) -> String {
    let mut result = String::with_capacity(text.len() + text.len() / 4);
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            result.push('\n');
        }
        let (code, comment) = line.find("//").map_or((line, ""), |at| line.split_at(at));
        let mut rest = code;
        let mut member = false;
        while let Some(c) = rest.chars().next() {
            let length = if is_word(c) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { c.len_utf8() };
            let (word, after) = rest.split_at(length);
            match names.get(word).filter(|_| !member) {
                Some((name, first)) if *first > 0 && after.starts_with('[') => {
                    let _ = write!(result, "{name}[{first}u + ");
                    rest = &after[1..];
                    continue;
                }
                Some((name, _)) => result.push_str(name),
                None => result.push_str(word),
            }
            member = c == '.';
            rest = after;
        }
        result.push_str(comment);
    }
    result
}
