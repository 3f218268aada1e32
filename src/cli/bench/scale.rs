//! Networks of growing batch, width, depth and context: time per step against FLOPs, until memory ends.

use std::time::Instant;

use serde_json::{Value, json};

use super::{
    about,
    clock::{blocks, median},
    inputs::Batches,
    joined, open,
    steps::Run,
};
use crate::{
    bench::{RING, Training},
    cli::{Failure, output},
    data::{About, Column},
    error::Result,
    model::{Purpose, build},
    plan::Plan,
    spec::Experiment,
    train::{Device, DeviceChoice},
};

/// What a network of a series is like.
#[derive(Clone, Copy)]
struct Size {
    batch: usize,
    width: usize,
    depth: usize,
    /// Tokens that a transformer sees; 0: a network of dense layers.
    context: usize,
}

/// One of a network's sizes grows, the others stay.
struct Series {
    name: &'static str,
    values: &'static [usize],
    of: fn(usize) -> Size,
}

const SERIES: [Series; 7] = [
    Series { name: "dense-batch", values: &[8, 32, 128, 512, 2048, 8192, 32_768], of: |batch| dense(batch, 256, 2) },
    Series { name: "dense-width", values: &[100, 512, 2048, 4096, 5760, 8192], of: |width| dense(64, width, 2) },
    Series { name: "dense-depth", values: &[1, 4, 16, 32, 64, 128, 256], of: |depth| dense(64, 1024, depth) },
    Series { name: "transformer-batch", values: &[4, 16, 64, 256, 1024], of: |batch| transformer(batch, 64, 2, 64) },
    Series {
        name: "transformer-width",
        values: &[32, 64, 128, 256, 512, 1024, 2048],
        of: |width| transformer(4, width, 2, 64),
    },
    Series { name: "transformer-depth", values: &[1, 4, 16, 64, 128, 256], of: |depth| transformer(4, 256, depth, 64) },
    Series {
        name: "transformer-context",
        values: &[16, 64, 256, 1024, 2048, 4096],
        of: |context| transformer(4, 64, 2, context),
    },
];

const fn dense(batch: usize, width: usize, depth: usize) -> Size {
    Size { batch, width, depth, context: 0 }
}

/// Batches of 4 begin at whole words of the device's copy of the data.
const fn transformer(batch: usize, width: usize, depth: usize, context: usize) -> Size {
    Size { batch, width, depth, context }
}

/// Grows a series, or all, until a step takes longer than `seconds`, or the device refuses: then the message says why.
pub fn run(name: &str, choice: DeviceChoice, seconds: f64) -> std::result::Result<(), Failure> {
    let chosen: Vec<_> = SERIES.iter().filter(|series| name == "all" || name == series.name).collect();
    if chosen.is_empty() {
        let names = SERIES.map(|series| series.name).join(", ");
        return Err(Failure::input("--scale", format!("`{name}` is not known, expected all, {names}")));
    }
    for series in chosen {
        for &value in series.values {
            let size = (series.of)(value);
            let device = open(choice)?; // a new one: what the last network took is free again
            let place = json!({ "series": series.name, "value": value, "batch": size.batch });
            let (answer, end) = match measure(size, &device, seconds) {
                Ok((timed, slow)) => (timed, slow),
                Err(failure) => (json!({ "end": failure.to_string() }), true),
            };
            output::print(&format!("{}\n", joined(joined(place, answer), about(&device))))?;
            if end {
                break;
            }
        }
    }
    Ok(())
}

/// The figures of a network, and whether the next one would take too long.
fn measure(size: Size, device: &Device, seconds: f64) -> std::result::Result<(Value, bool), Failure> {
    let (experiment, about) = (size.experiment()?, size.about());
    let purpose = Purpose::Train { phase: 0, samples: about.counts[0], order: about.counts[0] };
    let built = build(&experiment, &about, purpose, size.batch)?;
    let parameters: usize = built.graph.parameters.iter().map(|p| p.shape.count()).sum();
    let plan = Plan::new(&built.graph)?;
    let (flops, memory) = (plan.flops(), plan.memory());
    drop((built, plan));

    let start = Instant::now();
    let batches = Batches::made_up(&about, size.batch);
    let mut training = pollster::block_on(Training::of(experiment, about, &[], device))?;
    let mut run = Run::new(&mut training, &batches);
    run.block(1)?;
    let first = start.elapsed().as_secs_f64();
    let begin = Instant::now();
    run.block(1)?;
    let estimate = begin.elapsed().as_secs_f64();
    // What is slow need not be timed often.
    let count = if estimate < seconds / 20.0 { RING } else { 1 };
    let times = blocks(seconds.min(1.0), if estimate > seconds { 1 } else { 3 }, count, || run.block(count))?;
    let ms = median(&times);
    let figures = json!({
        "parameters": parameters, "flopsPerStep": flops, "memory": memory, "msPerStep": ms, "firstStepMs": first * 1e3,
        "gflops": flops as f64 / ms / 1e6,
    });
    Ok((figures, ms > seconds * 1e3))
}

impl Size {
    fn experiment(self) -> Result<Experiment> {
        let Self { batch, width, depth, context } = self;
        let block = |layers: Value| json!({ "type": "residual", "layers": layers });
        let mut model = Vec::new();
        if context == 0 {
            model.push(json!({ "type": "flatten" }));
            model.extend((0..depth).map(|_| json!({ "type": "dense", "units": width, "activation": "relu" })));
            model.push(json!({ "type": "dense", "units": 10 }));
        } else {
            model.push(json!({ "type": "embedding", "vocabulary": VOCABULARY, "size": width }));
            model.push(json!({ "type": "positional", "kind": "learned", "length": context }));
            for _ in 0..depth {
                let heads = (width / 32).max(1);
                let attention = json!({ "type": "multi_head_attention", "n_heads": heads, "causal": true });
                let up = json!({ "type": "dense", "units": 4 * width });
                let gelu = json!({ "type": "gelu", "approximate": "tanh" });
                model.push(block(json!([{ "type": "layer_norm" }, attention])));
                model.push(block(json!([{ "type": "layer_norm" }, up, gelu, { "type": "dense", "units": width }])));
            }
            model.push(json!({ "type": "layer_norm" }));
            model.push(json!({ "type": "dense", "units": VOCABULARY }));
        }
        let data = if context == 0 {
            json!({ "dataset": "mnist" })
        } else {
            json!({ "dataset": "moby", "length": context, "task": "next" })
        };
        let experiment = json!({
            "version": 1, "name": "scale", "data": data, "model": model, "loss": { "type": "cross_entropy" },
            "optimizer": { "type": "adam", "learning_rate": 1e-4 },
            "training": { "batch_size": batch, "epochs": 1, "seed": 1 },
        });
        Experiment::from_json(&experiment.to_string())
    }

    fn about(self) -> About {
        let counts = [RING * self.batch, self.batch];
        let (x, y) = if self.context == 0 {
            (Column::pixels(&[1, 28, 28]), Some(Column::labels(10)))
        } else {
            let names = (0..VOCABULARY).map(|token| token.to_string()).collect();
            (Column::tokens(self.context + 1, names), None)
        };
        About { x, y, counts, stream: false, padding: None }
    }
}

const VOCABULARY: usize = 65;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_can_be_built() {
        for series in &SERIES {
            let size = (series.of)(series.values[0]);
            let (experiment, about) = (size.experiment().unwrap(), size.about());
            let purpose = Purpose::Train { phase: 0, samples: about.counts[0], order: about.counts[0] };
            build(&experiment, &about, purpose, size.batch).unwrap();
            assert!(series.values.is_sorted(), "{}", series.name);
        }
    }
}
