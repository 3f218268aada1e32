//! Dispatches that need nothing of each other become one: each has its share of the workgroups.

use super::{Dispatch, Slice, fuse::MAX_BINDINGS};
use crate::kernels::{Access, Binding, Part, has_workgroup_memory, invocations, merge};

/// Loads and stores that may be wasted so that a dispatch is saved, on software adapters about half a millisecond: they
/// compute both sides of a branch, for nobody where need be.
const WASTE: u64 = 1 << 19;
/// And one more for so many floating-point operations: some five per cent of the time.
const FLOPS_PER_WASTE: u64 = 200;
/// What an invocation of another part wastes in a kernel with barriers, in loads.
const BARRIER: u64 = 100;

/// Dispatches in order, several that don't need each other as one.
///
/// A dispatch joins the one where it wastes least, if all that it waits for is done before that. Buffers must not be
/// recycled yet: what uses a buffer again seems to wait for what used it before.
pub fn group(dispatches: Vec<Dispatch>) -> Vec<Dispatch> {
    let mut groups: Vec<Vec<Weighed>> = Vec::new();
    for dispatch in dispatches.into_iter().map(Weighed::new) {
        let waits = |group: &Vec<Weighed>| group.iter().any(|earlier| needs(&dispatch.dispatch, &earlier.dispatch));
        let first = groups.iter().rposition(waits).map_or(0, |last| last + 1);
        let fitting = groups[first..].iter_mut().rev().filter(|group| fits(group, &dispatch));
        match fitting.min_by_key(|group| waste(group, &dispatch)) {
            Some(group) => group.push(dispatch),
            None => groups.push(vec![dispatch]),
        }
    }
    // What found no earlier place may find a later one, before it is needed.
    for index in (0..groups.len().saturating_sub(1)).rev() {
        let [alone] = &groups[index][..] else { continue };
        let waits = |group: &Vec<Weighed>| group.iter().any(|later| needs(&later.dispatch, &alone.dispatch));
        let after = &groups[index + 1..];
        let end = after.iter().position(waits).unwrap_or(after.len());
        let fitting = (0..end).filter(|&i| fits(&after[i], alone));
        let place = fitting.min_by_key(|&i| waste(&after[i], alone));
        if let Some(place) = place {
            let alone = groups.remove(index);
            groups[index + place].extend(alone);
        }
    }
    groups.into_iter().map(|group| merged(group.into_iter().map(|weighed| weighed.dispatch).collect())).collect()
}

/// A dispatch, and what its shader's text tells of its cost: read once, as every pair is looked at.
struct Weighed {
    dispatch: Dispatch,
    /// Invocations of a workgroup.
    size: u32,
    /// Loads and stores in its text, about.
    body: u64,
    with_memory: bool,
}

impl Weighed {
    fn new(dispatch: Dispatch) -> Self {
        let source = &dispatch.composed.source;
        let (size, with_memory) = (invocations(source), has_workgroup_memory(source));
        let barrier = if with_memory { BARRIER } else { 0 };
        Self { size, body: source.matches('[').count() as u64 + barrier, with_memory, dispatch }
    }

    /// In all.
    fn invocations(&self) -> u64 {
        self.dispatch.groups.iter().map(|&n| u64::from(n)).product::<u64>() * u64::from(self.size)
    }
}

fn operands(dispatch: &Dispatch) -> impl Iterator<Item = (&Binding, &Slice)> {
    dispatch.composed.bindings.iter().zip(&dispatch.operands)
}

fn written(binding: &Binding) -> bool {
    binding.access == Access::ReadWrite
}

/// Whether one must be done before the other: one writes what the other reads or writes.
fn needs(later: &Dispatch, earlier: &Dispatch) -> bool {
    operands(later).any(|(a, x)| operands(earlier).any(|(b, y)| (written(a) || written(b)) && x.overlaps(y)))
}

/// Whether a dispatch can run beside those of a group, none of which it needs.
fn fits(group: &[Weighed], dispatch: &Weighed) -> bool {
    let weighed = || group.iter().chain([dispatch]);
    let all = || weighed().map(|weighed| &weighed.dispatch);
    // WebGPU: no dispatch may read a buffer and write it, be it elsewhere.
    let mixed = || {
        all()
            .flat_map(operands)
            .any(|(a, x)| written(a) && all().flat_map(operands).any(|(b, y)| !written(b) && x.buffer == y.buffer))
    };
    dispatch.dispatch.every == group[0].dispatch.every
        && dispatch.size == group[0].size
        && weighed().filter(|weighed| weighed.with_memory).count() <= 1
        && waste(group, dispatch) <= WASTE + all().map(|d| d.flops).sum::<u64>() / FLOPS_PER_WASTE
        && !mixed()
        && places(all()).1.len() <= MAX_BINDINGS
}

/// Loads and stores of the others that each invocation makes for nothing, in all.
fn waste(group: &[Weighed], dispatch: &Weighed) -> u64 {
    let parts = || group.iter().chain([dispatch]);
    let bodies: u64 = parts().map(|part| part.body).sum();
    parts().map(|part| part.invocations() * (bodies - part.body)).sum()
}

/// For each dispatch, where its operands are among those of all, which are bound once each, and how many elements after
/// the start of what is bound.
///
/// Where that would be too many, parts of one buffer are bound together: two gradients, say.
fn places<'a>(dispatches: impl Iterator<Item = &'a Dispatch> + Clone) -> (Vec<Vec<(usize, u32)>>, Vec<Slice>) {
    let mut all: Vec<(Slice, &Binding)> = Vec::new();
    for (binding, slice) in dispatches.clone().flat_map(operands) {
        if !all.iter().any(|(s, b)| s == slice && alike(b, binding)) {
            all.push((*slice, binding));
        }
    }
    while all.len() > MAX_BINDINGS {
        let pairs = (0..all.len()).flat_map(|i| (i + 1..all.len()).map(move |j| (i, j)));
        let joinable = pairs.filter(|&(i, j)| {
            let ((x, a), (y, b)) = (all[i], all[j]);
            let whole = x.around(&y);
            // No two bindings may write to one place.
            let apart = all.iter().all(|(slice, other)| !written(other) || alike(a, other) || !slice.overlaps(&whole));
            x.buffer == y.buffer && alike(a, b) && apart
        });
        let Some((i, j)) = joinable.min_by_key(|&(i, j)| all[i].0.around(&all[j].0).bytes) else { break };
        let (mut whole, binding) = (all[i].0.around(&all[j].0), all[i].1);
        // What lies between them goes with them.
        all.retain(|(slice, other)| {
            let within = slice.overlaps(&whole) && alike(binding, other);
            whole = if within { whole.around(slice) } else { whole };
            !within
        });
        all.push((whole, binding));
    }
    let place = |(binding, slice): (&Binding, &Slice)| {
        let around = |(s, b): &(Slice, &Binding)| s.contains(slice) && alike(b, binding);
        let place = all.iter().position(around).unwrap_or_default();
        let bytes = if binding.element() == "vec4f" { 16 } else { 4 };
        (place, ((slice.offset - all[place].0.offset) / bytes) as u32)
    };
    let places = dispatches.clone().map(|dispatch| operands(dispatch).map(place).collect()).collect();
    (places, all.into_iter().map(|(slice, _)| slice).collect())
}

fn alike(a: &Binding, b: &Binding) -> bool {
    a.element() == b.element() && a.access == b.access
}

fn merged(mut group: Vec<Dispatch>) -> Dispatch {
    if group.len() == 1
        && let Some(alone) = group.pop()
    {
        return alone;
    }
    let (places, operands) = places(group.iter());
    let parts: Vec<_> =
        group.iter().zip(&places).map(|(d, places)| Part { composed: &d.composed, groups: d.groups, places }).collect();
    let (mut composed, groups) = merge(&parts);
    composed.size(operands.iter().map(|slice| slice.bytes));
    let joined = |text: fn(&Dispatch) -> &str| {
        let mut all: Vec<&str> = group.iter().map(text).collect();
        all.dedup();
        all.join(" | ")
    };
    Dispatch {
        label: group.iter().map(|d| d.label.as_str()).collect::<Vec<_>>().join(" | "),
        layer: joined(|d| &d.layer),
        kernel: group.iter().map(|d| d.kernel.as_str()).collect::<Vec<_>>().join(" | "),
        composed,
        operands,
        groups,
        flops: group.iter().map(|d| d.flops).sum(),
        every: group[0].every,
    }
}
