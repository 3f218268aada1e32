//! Rules, options and schedules against numbers computed with PyTorch 1.13 in double precision (`torch.optim`,
//! `torch.optim.lr_scheduler`, `torch.nn.utils.clip_grad_*`), Lion's by its paper's program 1.

use serde_json::{Value, json};

use super::{Optimizer, REGISTRY, Schedule, Subject};

fn optimizer(kind: &str, options: Value) -> crate::Result<Box<dyn Optimizer>> {
    let parse = REGISTRY.iter().find(|(name, _)| *name == kind).unwrap().1;
    parse(options, "optimizer")
}

/// Three updates at a rate of 0.1 of four parameters, one gradient growing, one shrinking, two constant.
fn updated(kind: &str, mut options: Value, matrix: bool) -> Vec<f64> {
    options["learning_rate"] = json!(0.1);
    let optimizer = optimizer(kind, options).unwrap();
    let mut p = vec![0.5, -0.25, 0.0, 1.0];
    let mut moments = vec![vec![0.0; 4]; optimizer.moments()];
    for step in 0..3 {
        let g = [0.1 * f64::from(step + 1), -0.3, 0.02, 2.0 - f64::from(step)];
        let factor = optimizer.common().clip_factor(g.iter().map(|g| g * g).sum());
        let hyper = optimizer.hyper(0.1, step);
        optimizer.update_f64(hyper, Subject { matrix, factor }, &mut p, &g, &mut moments);
    }
    p
}

/// Options are kept in f32: 0.1 is 0.1 up to 1.5e-8 of it, but 1 − 0.99 is 0.01 up to 1e-6 of it.
fn near(what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() < 1e-5, "{what}: {got} instead of {want}");
    }
}

#[test]
fn rules_are_pytorchs() {
    let decay = 0.01;
    for (kind, options, want) in [
        (
            "sgd",
            json!({ "momentum": 0.9, "weight_decay": decay }),
            [0.402_155_389_5, -0.080_442_669_75, -0.011_210_402, 0.263_254_599],
        ),
        (
            "sgd",
            json!({ "momentum": 0.9, "nesterov": true, "weight_decay": decay }),
            [0.350_567_561_98, -0.006_938_259_515, -0.016_070_197_718, 0.035_584_129_341],
        ),
        (
            "adam",
            json!({ "weight_decay": decay }),
            [0.207_073_673_236, 0.049_967_823_668, -0.299_376_455_59, 0.734_392_427_03],
        ),
        ("adamw", json!({}), [0.206_479_613_221, 0.050_449_340_26, -0.299_699_950_15, 0.732_020_398_474]),
        (
            "adagrad",
            json!({ "weight_decay": decay }),
            [0.231_352_751_846, -0.021_825_519_227, -0.224_178_484_095, 0.854_756_194_008],
        ),
        (
            "rmsprop",
            json!({ "weight_decay": decay }),
            [-2.174_122_454_343, 2.011_351_790_965, -1.690_308_279_134, -0.445_216_795_483],
        ),
        (
            "rmsprop",
            json!({ "momentum": 0.9 }),
            [-4.714_614_435_213, 4.387_122_040_46, -4.637_103_367_056, -2.563_125_010_821],
        ),
        ("lion", json!({ "weight_decay": decay }), [0.198_801_399_5, 0.050_449_350_25, -0.299_700_1, 0.697_302_899]),
    ] {
        near(&format!("{kind} {options}"), &updated(kind, options, true), &want);
    }
}

#[test]
fn clipping_comes_before_regularisation() {
    let norm = updated("sgd", json!({ "clip_norm": 0.5, "weight_decay": 0.01 }), true);
    near("clip_norm", &norm, &[0.456_641_103_358, -0.197_763_755_951, -0.003_432_466_253, 0.900_737_022_428]);
    let value = updated("sgd", json!({ "clip_value": 0.2, "l1": 0.05 }), true);
    near("clip_value", &value, &[0.435, -0.175, -0.006, 0.945]);
}

#[test]
fn decay_can_be_kept_to_matrices() {
    for kind in ["sgd", "adamw"] {
        let decayed = updated(kind, json!({ "weight_decay": 0.1, "decay": "matrices" }), true);
        assert_eq!(decayed, updated(kind, json!({ "weight_decay": 0.1 }), true), "{kind}");
        let spared = updated(kind, json!({ "weight_decay": 0.1, "decay": "matrices" }), false);
        assert_eq!(spared, updated(kind, json!({ "weight_decay": 0.0 }), false), "{kind}");
        assert_ne!(spared, decayed, "{kind}");
    }
}

#[test]
fn errors_name_the_field_and_what_is_possible() {
    for (options, expected) in [
        (json!({}), "optimizer.learning_rate: is missing"),
        (json!({ "learning_rate": 0 }), "optimizer.learning_rate: must be a number above 0, got 0"),
        (json!({ "learning_rate": 1, "momentum": 1 }), "optimizer.momentum: must be in [0, 1), got 1"),
        (json!({ "learning_rate": 1, "nesterov": true }), "optimizer.nesterov: needs a momentum above 0"),
        (json!({ "learning_rate": 1, "clip_norm": 0 }), "optimizer.clip_norm: must be a number above 0, got 0"),
        (json!({ "learning_rate": 1, "clip_norm": 1, "clip_value": 1 }), "optimizer.clip_norm: excludes clip_value"),
        (json!({ "learning_rate": 1, "decay": "biases" }), "expected `all` or `matrices`"),
        (json!({ "learning_rate": 1, "lr": 1 }), "of all optimizers: learning_rate, schedule"),
        (
            json!({ "learning_rate": 1, "schedule": { "type": "step", "every": 0 } }),
            "optimizer.schedule.every: must be",
        ),
        (json!({ "learning_rate": 1, "schedule": { "type": "cosine", "warmup": -1 } }), "optimizer.schedule: warmup: "),
        (json!({ "learning_rate": 1, "schedule": { "type": "linear" } }), "unknown variant `linear`, expected one of"),
    ] {
        let message = optimizer("sgd", options.clone()).unwrap_err().to_string();
        assert!(message.contains(expected), "{options}: {message}");
    }
}

fn factors(schedule: Value, steps: &[u32], total: u32) -> Vec<f64> {
    let schedule: Schedule = serde_json::from_value(schedule).unwrap();
    steps.iter().map(|&step| schedule.factor(step, total).into()).collect()
}

#[test]
fn schedules_are_pytorchs() {
    let step = json!({ "type": "step", "every": 30, "factor": 0.1 });
    near("step", &factors(step, &[0, 29, 30, 75], 100), &[1.0, 1.0, 0.1, 0.01]);
    let exponential = json!({ "type": "exponential", "factor": 0.99 });
    let want = [1.0, 0.99, 0.904_382_075_009, 0.366_032_341_273];
    near("exponential", &factors(exponential, &[0, 1, 10, 100], 1), &want);
    let cosine = json!({ "type": "cosine", "final": 0.1 });
    let want = [1.0, 0.999_777_952_165, 0.868_198_051_534, 0.55, 0.100_222_047_835, 0.1];
    near("cosine", &factors(cosine, &[0, 1, 25, 50, 99, 100], 100), &want);
    let one_cycle = json!({ "type": "one_cycle" });
    let want = [0.04, 0.042_813_780_566, 0.295_163_948_464, 1.0, 0.999_496_535_285, 0.589_280_090_286, 4e-6];
    near("one_cycle", &factors(one_cycle, &[0, 1, 10, 29, 30, 60, 99], 100), &want);
}

#[test]
fn warm_up_leads_to_where_the_shape_begins() {
    let constant = json!({ "type": "constant", "warmup": 4 });
    near("constant", &factors(constant, &[0, 1, 3, 4, 9], 10), &[0.25, 0.5, 1.0, 1.0, 1.0]);
    // The cosine takes what is left of the run, and then stays.
    let cosine = json!({ "type": "cosine", "warmup": 4 });
    near("cosine", &factors(cosine, &[3, 4, 7, 10, 50], 10), &[1.0, 1.0, 0.5, 0.0, 0.0]);
    let short = json!({ "type": "cosine", "steps": 2 });
    near("short", &factors(short, &[0, 1, 2, 3], 10), &[1.0, 0.5, 0.0, 0.0]);
}
