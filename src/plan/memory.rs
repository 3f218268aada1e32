//! Gives every value of the step a place; whole buffers are used again when their value is dead.

use std::collections::HashMap;

use super::{Kind, Plan, Slice, fuse::Region};
use crate::graph::{Graph, ValueId};

/// Adds temporary buffers to the plan. The answer holds every place, the lasting ones too.
pub fn assign(plan: &mut Plan, graph: &Graph, regions: &[Region], resolve: &[ValueId]) -> HashMap<ValueId, Slice> {
    let mut places: HashMap<ValueId, Slice> =
        plan.places.iter().map(|(&id, &slice)| (resolve[id.index()], slice)).collect();
    let mut last_use: HashMap<ValueId, usize> = HashMap::new();
    for (index, region) in regions.iter().enumerate() {
        for &id in &region.operands {
            last_use.insert(id, index);
        }
    }
    let mut free: Vec<usize> = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        // First all places, then what dies: a dispatch never writes to what it reads.
        for &id in &region.operands {
            places.entry(id).or_insert_with(|| {
                let bytes = graph.ty(id).bytes();
                Slice { buffer: take(plan, &mut free, bytes), offset: 0, bytes }
            });
        }
        let mut dying: Vec<usize> = region
            .operands
            .iter()
            .filter(|id| last_use[id] == index)
            .map(|id| places[id].buffer)
            .filter(|&buffer| plan.buffers[buffer].kind == Kind::Temporary)
            .collect();
        dying.sort_unstable();
        dying.dedup();
        free.extend(dying);
    }
    places
}

/// The smallest free buffer that is large enough; else the largest, grown; else a new one.
fn take(plan: &mut Plan, free: &mut Vec<usize>, bytes: u64) -> usize {
    let size = |plan: &Plan, i: usize| plan.buffers[i].bytes;
    let enough = free.iter().copied().filter(|&i| size(plan, i) >= bytes).min_by_key(|&i| size(plan, i));
    match enough.or_else(|| free.iter().copied().max_by_key(|&i| size(plan, i))) {
        Some(found) => {
            free.retain(|&i| i != found);
            let buffer = &mut plan.buffers[found];
            buffer.bytes = buffer.bytes.max(bytes);
            found
        }
        None => plan.buffer(Kind::Temporary, bytes),
    }
}

/// Which of `owner`'s temporary buffers a plan can use as its own: for each of the plan's buffers, the owner's. Plans
/// never run at the same time, so what is temporary in one is free for the others.
pub fn borrowed(plan: &Plan, owner: &Plan) -> Vec<Option<usize>> {
    let temporary = |plan: &Plan| {
        let all = plan.buffers.iter().enumerate().filter(|(_, b)| b.kind == Kind::Temporary);
        let mut all: Vec<(u64, usize)> = all.map(|(i, b)| (b.bytes, i)).collect();
        all.sort_unstable();
        all
    };
    let mut borrowed = vec![None; plan.buffers.len()];
    let mut lent = temporary(owner).into_iter();
    // Both from small to large: each takes the smallest that is large enough.
    for (bytes, index) in temporary(plan) {
        borrowed[index] = lent.find(|&(size, _)| size >= bytes).map(|(_, i)| i);
    }
    borrowed
}
