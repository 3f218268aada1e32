//! Bad input is refused by name and harms nothing; what `plan` and `kernels` print.

mod cli_common;

use std::fs;

use cli_common::{arg, changed, example, folder, run, succeed};
use serde_json::{Value, json};
use trainyard::export::{NamedTensor, write};

/// The experiment must be refused at `field`, before anything is written.
fn refused(test: &str, field: &str, change: impl FnOnce(&mut Value)) -> String {
    let folder = folder(test);
    refused_file(&folder, &changed(&folder, "mnist-mlp.json", change), field)
}

fn refused_file(folder: &std::path::Path, experiment: &str, field: &str) -> String {
    let (save, log) = (folder.join("kept.safetensors"), folder.join("kept.jsonl"));
    fs::write(&save, "mine").unwrap();
    fs::write(&log, "mine too").unwrap();
    let train = run(&["train", experiment, "--device", "cpu", "--save", arg(&save), "--log", arg(&log)]);
    let start = format!("error: {experiment}: {field}: ");
    assert_eq!(train.status, 2, "{}", train.stderr);
    assert!(train.stderr.starts_with(&start), "{start:?} expected, got {:?}", train.stderr);
    assert_eq!(fs::read_to_string(&save).unwrap(), "mine");
    assert_eq!(fs::read_to_string(&log).unwrap(), "mine too");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 3, "something was left behind");
    train.stderr[start.len()..].trim().to_owned()
}

#[test]
fn an_unknown_layer() {
    let message = refused("unknown-layer", "model[1].type", |e| e["model"][1]["type"] = json!("dence"));
    assert!(message.contains("`dence`") && message.contains("dense, conv2d"), "{message}");
}

#[test]
fn a_negative_size() {
    let message = refused("negative", "model[1].units", |e| e["model"][1]["units"] = json!(-5));
    assert_eq!(message, "-5 is negative, expected a whole number of at least 1");
}

#[test]
fn a_kernel_larger_than_its_input() {
    let conv = json!({ "type": "conv2d", "filters": 4, "kernel": 29 });
    let message = refused("kernel", "model[0].kernel", |e| e["model"][0] = conv);
    assert!(message.contains("29 is larger than its input's 28"), "{message}");
}

#[test]
fn a_missing_field() {
    let message = refused("missing", "model[2].units", |e| e["model"][2] = json!({ "type": "dense" }));
    assert_eq!(message, "is missing");
    let message = refused("missing-section", "optimizer", |e| drop(e.as_object_mut().unwrap().remove("optimizer")));
    assert_eq!(message, "is missing");
}

#[test]
fn a_network_beyond_the_buffers_of_the_device() {
    let folder = folder("large");
    let wide = json!({ "type": "dense", "units": 4096 });
    let large = changed(&folder, "mnist-mlp.json", |e| {
        let model = e["model"].as_array_mut().unwrap();
        (0..5).for_each(|_| model.insert(1, wide.clone()));
    });
    let ran = run(&["train", &large, "--steps", "1", "--device", "gpu"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let message = ran.stderr.lines().last().unwrap_or_default();
    assert!(message.starts_with("error: GPU: Parameters would take 270 MiB in one buffer"), "{message}");
}

#[test]
fn a_layer_beyond_every_memory() {
    for units in [1_000_000_000_u64, u32::MAX.into()] {
        let message = refused("huge", "model[1].units", |e| e["model"][1]["units"] = json!(units));
        assert!(message.contains("MiB") && message.contains(&units.to_string()), "{message}");
    }
}

#[test]
fn an_unknown_field() {
    let message = refused("unknown-field", "model[1].unitz", |e| e["model"][1]["unitz"] = json!(3));
    assert!(message.contains("unknown field") && message.contains("`units`"), "{message}");
    refused("unknown-section", "optimiser", |e| e["optimiser"] = json!({}));
}

#[test]
fn a_wrong_type() {
    let message = refused("wrong-type", "model[1].units", |e| e["model"][1]["units"] = json!("ten"));
    assert!(message.contains("expected a whole number of at least 1"), "{message}");
    refused("wrong-section", "model", |e| e["model"] = json!("dense"));
}

#[test]
fn no_json() {
    let folder = folder("no-json");
    let path = folder.join("experiment.json");
    fs::write(&path, "{ \"version\": 1, ").unwrap();
    assert!(refused_file(&folder, arg(&path), "experiment").starts_with("is not JSON: EOF"));
}

#[test]
fn a_batch_larger_than_the_data() {
    let field = "training.batch_size";
    let message = refused("batch", field, |e| e["training"]["batch_size"] = json!(60_001));
    assert_eq!(message, "60001 is more than the 48000 samples to train on");
    let message = refused("batch-memory", field, |e| e["training"]["batch_size"] = json!(48_000));
    assert!(message.contains("MiB"), "{message}");
}

#[test]
fn a_learning_rate_of_nothing() {
    let message = refused("rate", "optimizer.learning_rate", |e| e["optimizer"]["learning_rate"] = json!(0));
    assert_eq!(message, "must be a number above 0, got 0");
}

#[test]
fn a_network_that_does_not_fit_the_classes() {
    refused("classes", "model[2]", |e| e["model"][2]["units"] = json!(11));
}

#[test]
fn arguments_that_make_no_sense() {
    let mlp = example("mnist-mlp.json");
    let folder = folder("arguments");
    let missing = folder.join("nowhere/w.safetensors");
    let weights = folder.join("weights.safetensors");
    fs::write(&weights, write(&[NamedTensor::f32("model.1.weight", [2, 2], vec![0.0; 4])]).unwrap()).unwrap();
    let infinite = folder.join("infinite.safetensors");
    fs::write(&infinite, write(&[NamedTensor::f32("a", [1], vec![f32::INFINITY])]).unwrap()).unwrap();
    for (arguments, expected) in [
        (&["train", &mlp, "--steps", "0"][..], "--steps"),
        (&["train", &mlp, "--steps", "1", "--epochs", "1"], "--epochs"),
        (&["train", &mlp, "--device", "tpu"], "`tpu` is not known, expected auto, gpu or cpu"),
        (&["train", "nowhere.json"], "error: nowhere.json: can't be read"),
        (&["train", &mlp, "--save", arg(&missing)], "--save"),
        (&["train", &mlp, "--save", arg(&folder)], "is a folder"),
        (&["train", &mlp, "--log", arg(&missing)], "--log"),
        (&["train", &mlp, "--save", &mlp], "--save: is the same file as EXPERIMENT"),
        (&["train", &mlp, "--weights", arg(&missing)], "w.safetensors: can't be read"),
        (
            &["train", &mlp, "--device", "cpu", "--weights", arg(&weights)],
            "weights.safetensors: weights: `model.1.weight` has shape [2, 2], expected [100, 784]; `model.1.bias`",
        ),
        (&["eval", &mlp, "--weights", arg(&infinite)], "tensor `a`: element 0 is inf, expected finite numbers"),
        (&["eval", &mlp], "--weights"),
        (&["fly"], "fly"),
        (&["kernels", &mlp, "--name", "conv"], "--name: no kernel contains `conv`; there are data/gather"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

/// The plan of an example as JSON.
fn plan(name: &str) -> Value {
    serde_json::from_str(&succeed(&["plan", &example(name), "--json"])).unwrap()
}

#[test]
fn steps_stay_within_their_dispatches_and_memory() {
    let count = |plan: &Value| plan["dispatches"].as_array().unwrap().len();
    for (name, most) in [("mnist-mlp", 8), ("mnist-cnn", 20), ("rows-lstm", 14), ("moby-gpt", 75)] {
        let dispatches = count(&plan(&format!("{name}.json")));
        assert!(dispatches <= most, "{name}: {dispatches}");
    }
    let cnn = plan("mnist-cnn.json");
    // Training, two evaluations (of what is held out, of the test split) and prediction together; the data set apart.
    assert!(cnn["memory"]["total"].as_u64().unwrap() <= 40_000_000, "{}", cnn["memory"]);
    let sum: u64 = cnn["buffers"].as_array().unwrap().iter().map(|b| b["bytes"].as_u64().unwrap()).sum();
    assert_eq!(sum, cnn["memory"]["training"].as_u64().unwrap() + cnn["memory"]["data"].as_u64().unwrap());
}

#[test]
fn a_plan_for_people_has_a_line_a_dispatch_and_sums() {
    let text = succeed(&["plan", &example("mnist-mlp.json")]);
    let dispatches = plan("mnist-mlp.json")["dispatches"].as_array().unwrap().len();
    assert!(text.contains(&format!("\n{dispatches} dispatches a step")), "{text}");
    assert!(text.contains("linear + relu") && text.contains(" buffers, ") && text.contains(" FLOPs"), "{text}");
}

#[test]
fn kernels_are_printed_once_each_and_by_name() {
    let entries = |text: &str| text.matches("@compute").count();
    // Two layers of one shape share their shaders: forward, and both gradients, which are one dispatch.
    let folder = folder("kernels");
    let layer = json!({ "type": "dense", "units": 100, "activation": "relu" });
    let twins = changed(&folder, "mnist-mlp.json", |e| {
        let model = e["model"].as_array_mut().unwrap();
        (0..2).for_each(|_| model.insert(2, layer.clone()));
    });
    let text = succeed(&["kernels", &twins]);
    let dispatches = text.lines().filter(|line| line.ends_with(" workgroups")).count();
    assert_eq!(dispatches, 7 + 2 * 2);
    assert_eq!(entries(&text), dispatches - 2);
    let some = succeed(&["kernels", &example("mnist-cnn.json"), "--name", "conv2d_weight_grad"]);
    assert_eq!(entries(&some), 2);
    assert!(some.starts_with("// conv/conv2d_weight_grad\n// "), "{some}");
}
