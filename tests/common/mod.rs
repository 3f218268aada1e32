//! Operands for the ops' test cases, the same in every test.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

pub mod both;

pub use trainyard::twins::{STEP, fill, normal, title};
use trainyard::{
    graph::{Graph, ValueId},
    ops::Case,
    twins,
};

/// A graph with the case's op as its only node, and the op's operands and results.
pub fn graph(case: &Case) -> (Graph, Vec<ValueId>, Vec<ValueId>) {
    twins::graph(case).unwrap()
}
