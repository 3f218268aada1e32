//! Whole buffers are used again when what they hold is dead.

use std::collections::HashMap;

use super::{Kind, Plan};

/// Replaces the plan's temporary buffers, one a value, by fewer. None of them may be known outside of the dispatches.
pub fn recycle(plan: &mut Plan) {
    let values = plan.buffers.clone();
    let mut last_use: HashMap<usize, usize> = HashMap::new();
    for (index, dispatch) in plan.dispatches.iter().enumerate() {
        last_use.extend(dispatch.operands.iter().map(|slice| (slice.buffer, index)));
    }
    // What lasts keeps its number if it comes first, as it does where a graph is planned.
    let lasting = values.iter().rposition(|b| b.kind != Kind::Temporary).map_or(0, |last| last + 1);
    plan.buffers.truncate(lasting);
    let mut places: HashMap<usize, usize> = HashMap::new();
    let mut free: Vec<usize> = Vec::new();
    for index in 0..plan.dispatches.len() {
        // First all places, then what dies: a dispatch never writes to what it reads.
        let mut operands = std::mem::take(&mut plan.dispatches[index].operands);
        let mut dying = Vec::new();
        for slice in operands.iter_mut().filter(|slice| slice.buffer >= lasting) {
            let value = slice.buffer;
            slice.buffer = match places.get(&value) {
                Some(&place) => place,
                None => take(plan, &mut free, values[value].bytes),
            };
            places.insert(value, slice.buffer);
            if last_use[&value] == index {
                dying.push(slice.buffer);
            }
        }
        dying.sort_unstable();
        dying.dedup();
        free.extend(dying);
        plan.dispatches[index].operands = operands;
    }
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
