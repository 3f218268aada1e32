//! Dispatches that need nothing of each other become one: each has its share of the workgroups.

use super::{Dispatch, Slice, fuse::MAX_BINDINGS};
use crate::kernels::{Access, Binding, Part, has_workgroup_memory, invocations, merge};

/// Dispatches in order, to which each is added that does not need the last of them.
///
/// A dispatch joins the latest one that it fits beside, if all that it waits for is done before that. Buffers must not be
/// recycled yet: what uses a buffer again seems to wait for what used it before.
pub fn group(dispatches: Vec<Dispatch>) -> Vec<Dispatch> {
    let mut groups: Vec<Vec<Dispatch>> = Vec::new();
    for dispatch in dispatches {
        let waits = |group: &Vec<Dispatch>| group.iter().any(|earlier| needs(&dispatch, earlier));
        let first = groups.iter().rposition(waits).map_or(0, |last| last + 1);
        match groups[first..].iter_mut().rev().find(|group| fits(group, &dispatch)) {
            Some(group) => group.push(dispatch),
            None => groups.push(vec![dispatch]),
        }
    }
    groups.into_iter().map(merged).collect()
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
fn fits(group: &[Dispatch], dispatch: &Dispatch) -> bool {
    let all = || group.iter().chain([dispatch]);
    // WebGPU: no dispatch may read a buffer and write it, be it elsewhere.
    let mixed = all()
        .flat_map(operands)
        .any(|(a, x)| written(a) && all().flat_map(operands).any(|(b, y)| !written(b) && x.buffer == y.buffer));
    let size = |d: &Dispatch| invocations(&d.composed.source);
    let with_memory = |d: &Dispatch| has_workgroup_memory(&d.composed.source);
    !mixed
        && dispatch.every == group[0].every
        && size(dispatch) == size(&group[0])
        // Barriers make all of a kernel slow on software adapters.
        && !with_memory(dispatch)
        && !with_memory(&group[0])
        && places(all()).1.len() <= MAX_BINDINGS
}

/// For each dispatch, where its operands are among those of all, which are bound once each.
fn places<'a>(dispatches: impl Iterator<Item = &'a Dispatch>) -> (Vec<Vec<usize>>, Vec<Slice>) {
    let mut all: Vec<(Slice, &Binding)> = Vec::new();
    let mut place = |(binding, slice): (&'a Binding, &Slice)| {
        let same = |(s, b): &(Slice, &Binding)| s == slice && b.ty == binding.ty && b.access == binding.access;
        all.iter().position(same).unwrap_or_else(|| {
            all.push((*slice, binding));
            all.len() - 1
        })
    };
    let places = dispatches.map(|dispatch| operands(dispatch).map(&mut place).collect()).collect();
    (places, all.into_iter().map(|(slice, _)| slice).collect())
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
    let (composed, groups) = merge(&parts);
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
