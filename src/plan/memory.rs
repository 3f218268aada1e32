//! Whole buffers are used again when what they hold is dead.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
};

use super::{Kind, Plan};

/// Replaces the plan's temporary buffers, one a value, by fewer. None of them may be known outside of the dispatches.
///
/// The largest values choose first, each the smallest buffer that none has at the same time (greedy by size; Pisarchyk and
/// Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
pub fn recycle(plan: &mut Plan) {
    // The first and the last dispatch that has each value: both included, as a dispatch never writes to what it reads.
    let mut lives: BTreeMap<usize, RangeInclusive<usize>> = BTreeMap::new();
    // What lasts keeps its number if it comes first, as it does where a graph is planned.
    let lasting = plan.buffers.iter().rposition(|b| b.kind != Kind::Temporary).map_or(0, |last| last + 1);
    for (index, dispatch) in plan.dispatches.iter().enumerate() {
        for slice in dispatch.operands.iter().filter(|slice| slice.buffer >= lasting) {
            let first = lives.get(&slice.buffer).map_or(index, |life| *life.start());
            lives.insert(slice.buffer, first..=index);
        }
    }
    let values = plan.buffers.split_off(lasting);
    let bytes = |value: usize| values[value - lasting].bytes;
    let mut order: Vec<usize> = lives.keys().copied().collect();
    order.sort_by_key(|&value| std::cmp::Reverse(bytes(value)));
    let mut residents: Vec<Vec<usize>> = Vec::new(); // of each new buffer; the later, the smaller
    let mut places: HashMap<usize, usize> = HashMap::new();
    for value in order {
        let meets = |&other: &usize| {
            let (a, b) = (&lives[&value], &lives[&other]);
            a.start() <= b.end() && b.start() <= a.end()
        };
        let place = residents.iter().rposition(|others| !others.iter().any(meets)).unwrap_or_else(|| {
            plan.buffer(Kind::Temporary, bytes(value));
            residents.push(Vec::new());
            residents.len() - 1
        });
        residents[place].push(value);
        places.insert(value, lasting + place);
    }
    for slice in plan.dispatches.iter_mut().flat_map(|dispatch| &mut dispatch.operands) {
        slice.buffer = places.get(&slice.buffer).copied().unwrap_or(slice.buffer);
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
