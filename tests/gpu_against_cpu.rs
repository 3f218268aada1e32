//! Every op on the GPU (f32) against its f64 twin, with every kernel that it has on this adapter, alone and with
//! element-wise ops fused into it. `tests/web/kernels.test.js` does the same in a browser.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{both::GPU, graph};
use trainyard::{
    kernels::Call,
    ops::{Lowering, cases},
    twins::{self, Compared, RING},
};

#[test]
fn ops_agree_with_their_twins() {
    let mut worst: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    let mut compared = BTreeMap::new();
    let mut expansions = BTreeSet::new();
    for case in cases() {
        let (g, inputs, outputs) = graph(&case);
        let types = |ids: &[_]| ids.iter().map(|&id| g.ty(id).clone()).collect::<Vec<_>>();
        let lowering = case.op.lower(&types(&inputs), &types(&outputs));
        let fused = match &lowering {
            Lowering::Kernel(Call { kernel, .. }) => kernel.has_epilogue() && outputs.len() == 1,
            Lowering::Pointwise(_) | Lowering::View => true,
        };
        for found in pollster::block_on(twins::compare(&GPU, &GPU.adapter().name, &case, true)).unwrap() {
            let Compared { title, op, kernel, chained, expanded, dispatches, error, allowed, agrees } = found;
            assert!(agrees, "{title}, {kernel}: off by {error:.1e}, allowed {allowed:.1e}");
            if expanded {
                expansions.insert(op);
            } else if chained {
                assert_eq!(dispatches, if fused { 1 } else { 2 }, "{title}, {kernel}");
            } else if matches!(lowering, Lowering::Kernel(_)) {
                *compared.entry(kernel.clone()).or_insert(0) += 1;
            }
            let entry = worst.entry(format!("{op}, {kernel}")).or_default();
            *entry = (entry.0 + 1, entry.1.max(error));
        }
    }
    for (name, (count, error)) in &worst {
        println!("{name}: {error:.1e} in {count} graphs");
    }
    let expected = twins::counts(&GPU.target()).into_iter().map(|(name, count)| (name.to_owned(), count));
    assert_eq!(compared, expected.collect(), "cases by kernel");
    // Variants that every adapter can run; those with subgroups are the browser's to compare.
    for name in ["matmul_tiled", "matmul_split", "linear_weight_grad_tiled", "linear_weight_grad_split"] {
        assert!(compared[&format!("matmul/{name}")] > 1, "{name}");
    }
    let winograd = ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"].into_iter();
    assert!(expansions.into_iter().eq(winograd.filter(|_| GPU.target().winograd)), "what Winograd serves");
    assert!(RING.iter().all(|(op, _)| cases().iter().any(|case| case.op.name() == *op)));
}
