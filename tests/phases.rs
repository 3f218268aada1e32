//! Experiments of several networks and phases, on the CPU engine: what is updated when, and what is shared.

use std::collections::BTreeMap;

use pollster::block_on;
use serde_json::{Value, json};
use trainyard::{
    data::load,
    spec::Experiment,
    train::{Device, Split, Trainer},
};

type Weights = BTreeMap<String, Vec<f32>>;

fn trainer(experiment: &Value) -> Trainer {
    let experiment = Experiment::from_json(&experiment.to_string()).unwrap();
    let data = load(&*experiment.data.source).unwrap();
    let device = Device::Cpu { reason: "the test says so".into() };
    let mut trainer = block_on(Trainer::new(experiment, device, data.about.clone())).unwrap();
    block_on(trainer.add_samples(Split::Train, 0, &data.splits[0])).unwrap();
    block_on(trainer.add_samples(Split::Test, 0, &data.splits[1])).unwrap();
    trainer
}

/// Trains so many steps (or to the end); all losses.
fn train(trainer: &mut Trainer, steps: u32) -> Vec<f32> {
    let mut losses = Vec::new();
    while trainer.progress().step < steps && !trainer.progress().finished {
        block_on(trainer.advance((steps - trainer.progress().step) as usize)).unwrap();
        losses.extend(block_on(trainer.metrics(true)).unwrap().iter().map(|m| m.loss));
    }
    losses
}

fn weights(trainer: &mut Trainer) -> Weights {
    let values = block_on(trainer.values()).unwrap();
    trainer.parameters().iter().map(|p| p.name.clone()).zip(values).collect()
}

fn points(model: Value, batch: Value, accumulate: usize) -> Value {
    json!({
        "version": 1, "data": { "dataset": "points", "shape": "xor" }, "model": model,
        "loss": { "type": "cross_entropy" }, "optimizer": { "type": "sgd", "learning_rate": 0.5 },
        "training": { "batch_size": batch, "accumulate": accumulate, "epochs": 2, "seed": 3, "metrics": ["accuracy"] }
    })
}

fn layers() -> Value {
    json!([{ "type": "dense", "units": 7, "activation": "tanh" }, { "type": "dense", "units": 2 }])
}

#[test]
fn accumulated_gradients_are_those_of_a_larger_batch() {
    let mut large = trainer(&points(layers(), json!(40), 1));
    let mut small = trainer(&points(layers(), json!(10), 4));
    train(&mut large, 20);
    train(&mut small, 80);
    let (large, small) = (weights(&mut large), weights(&mut small));
    for (name, expected) in &large {
        let worst = expected.iter().zip(&small[name]).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
        // The same sums in another order, for twenty updates.
        assert!(worst < 1e-5, "{name}: {worst}");
    }
}

#[test]
fn a_full_batch_is_one_step_an_epoch() {
    let mut trainer = trainer(&points(layers(), json!("full"), 1));
    let losses = train(&mut trainer, u32::MAX);
    assert_eq!((losses.len(), trainer.progress().steps_per_epoch), (2, 1));
    assert!(losses[1] < losses[0], "{losses:?}");
}

#[test]
fn frozen_layers_stay_and_others_move() {
    let mut model = layers();
    model[0]["frozen"] = true.into();
    let mut trainer = trainer(&points(model, json!(40), 1));
    let before = weights(&mut trainer);
    train(&mut trainer, 10);
    let after = weights(&mut trainer);
    for (name, before) in &before {
        assert_eq!(*before == after[name], name.starts_with("model.0."), "{name}");
    }
}

fn distillation(student: Value) -> Value {
    json!({
        "version": 1, "data": { "dataset": "points", "shape": "circle" },
        "networks": {
            "teacher": [{ "type": "dense", "units": 16, "activation": "tanh" }, { "type": "dense", "units": 2 }],
            "student": student
        },
        "phases": [
            { "name": "teach", "path": ["teacher"], "loss": { "type": "cross_entropy" }, "updates": ["teacher"],
              "optimizer": { "type": "adam", "learning_rate": 0.02 }, "until": 2 },
            { "name": "distil", "path": ["student"], "updates": ["student"], "from": 2,
              "loss": { "type": "distillation", "teacher": "teacher", "temperature": 2 },
              "optimizer": { "type": "adam", "learning_rate": 0.02 } }
        ],
        "training": { "batch_size": 40, "epochs": 5, "seed": 3 }
    })
}

#[test]
fn a_student_learns_from_a_teacher_that_has_learnt_before() {
    let student = json!([{ "type": "dense", "units": 8, "activation": "tanh" }, { "type": "dense", "units": 2 }]);
    let mut trainer = trainer(&distillation(student));
    let start = weights(&mut trainer);
    let per_epoch = trainer.progress().steps_per_epoch;
    train(&mut trainer, 2 * per_epoch);
    let taught = weights(&mut trainer);
    let moved = |a: &Weights, b: &Weights, network: &str| {
        a.iter().filter(|(name, _)| name.starts_with(network)).any(|(name, values)| *values != b[name])
    };
    assert!(moved(&start, &taught, "teacher.") && !moved(&start, &taught, "student."));
    let losses = train(&mut trainer, 5 * per_epoch);
    let end = weights(&mut trainer);
    assert!(!moved(&taught, &end, "teacher.") && moved(&taught, &end, "student."));
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&losses[..5]), mean(&losses[losses.len() - 5..]));
    assert!(last < first / 2.0, "{first} to {last}");
}

#[test]
fn networks_share_a_layer() {
    let student = json!([
        { "type": "dense", "units": 16, "activation": "tanh", "shared": "teacher.0" }, { "type": "dense", "units": 2 }
    ]);
    let mut own = trainer(&distillation(student.clone()));
    let names: Vec<String> = weights(&mut own).into_keys().collect();
    let expected = [
        "student.1.bias",
        "student.1.weight",
        "teacher.0.bias",
        "teacher.0.weight",
        "teacher.1.bias",
        "teacher.1.weight",
    ];
    assert_eq!(names, expected);
    train(&mut own, u32::MAX);

    let mut wrong = distillation(student);
    wrong["networks"]["student"][0]["shared"] = "teacher.9".into();
    let experiment = Experiment::from_json(&wrong.to_string()).unwrap();
    let about = experiment.data.source.about(None).unwrap();
    let error = trainyard::model::all_parameters(&experiment, &about).unwrap_err().to_string();
    assert!(
        error.contains("networks.student[0].shared: no layer `teacher.9`") && error.contains("teacher.0"),
        "{error}"
    );
}
