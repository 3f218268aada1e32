//! Combinations that cannot be trained are refused before training, by the field and with the numbers that don't fit.

use serde_json::{Value, json};
use trainyard::{
    data::{About, Column, Samples},
    model::{Purpose, build},
    spec::Experiment,
};

fn points() -> Value {
    json!({
        "version": 1,
        "data": { "dataset": "points", "shape": "xor" },
        "model": [{ "type": "dense", "units": 5, "activation": "tanh" }, { "type": "dense", "units": 2 }],
        "loss": { "type": "cross_entropy" },
        "optimizer": { "type": "sgd", "learning_rate": 0.1 },
        "training": { "batch_size": 4, "epochs": 1, "seed": 1 }
    })
}

fn shapes() -> Value {
    let mut e = points();
    e["data"] = json!({ "dataset": "shapes" });
    e["model"] = json!([{ "type": "flatten" }, { "type": "dense", "units": 6 }]);
    e
}

/// Words of up to 8 of 26 letters from their reverse; tokens are one more in the input, three more in the target.
fn pairs() -> Value {
    let mut e = points();
    e.as_object_mut().unwrap().remove("model");
    e["data"] = json!({ "dataset": "reverse" });
    e["networks"] = json!({
        "encoder": [
            { "type": "embedding", "vocabulary": 27, "size": 8, "padding": 0 },
            { "type": "transformer_block", "n_heads": 2 }
        ],
        "decoder": { "input": "target", "layers": [
            { "type": "embedding", "vocabulary": 29, "size": 8, "padding": 0 },
            { "type": "positional", "kind": "learned", "length": 9 },
            { "type": "transformer_block", "n_heads": 2, "causal": true, "memory": "encoder" },
            { "type": "dense", "units": 29 }
        ] }
    });
    e
}

/// Two phases, of which each trains one of two networks.
fn phases() -> Value {
    let mut e = points();
    for key in ["model", "loss", "optimizer"] {
        e.as_object_mut().unwrap().remove(key);
    }
    e["networks"] = json!({
        "one": [{ "type": "dense", "units": 2 }],
        "two": [{ "type": "relu" }, { "type": "dense", "units": 2 }]
    });
    let phase = |path: Value, updates: &str| {
        let optimizer = json!({ "type": "sgd", "learning_rate": 0.1 });
        json!({ "path": path, "loss": { "type": "cross_entropy" }, "updates": [updates], "optimizer": optimizer })
    };
    e["phases"] = json!([phase(json!(["one"]), "one"), phase(json!(["one", "two"]), "two")]);
    e
}

/// Builds what training builds.
fn prepare(experiment: &Value) -> Result<(), String> {
    let experiment = Experiment::from_json(&experiment.to_string()).map_err(|e| e.to_string())?;
    let about = experiment.data.source.about(None).unwrap();
    (0..experiment.phases.len()).try_for_each(|phase| {
        let purpose = Purpose::Train { phase, samples: 100, order: 100 };
        build(&experiment, &about, purpose, 4).map(drop).map_err(|e| e.to_string())
    })
}

/// The message must begin with the field and hold all of `words`.
fn refused(mut experiment: Value, change: impl FnOnce(&mut Value), field: &str, words: &[&str]) {
    prepare(&experiment).unwrap();
    change(&mut experiment);
    let message = prepare(&experiment).expect_err(field);
    let rest = message.strip_prefix(&format!("{field}: ")).unwrap_or_else(|| panic!("{field} expected, got {message}"));
    assert!(words.iter().all(|word| rest.contains(word)), "{words:?} expected, got {message}");
}

#[test]
fn heads_that_do_not_divide() {
    let block = "networks.encoder[1]";
    let change = |e: &mut Value| e["networks"]["encoder"][1]["n_heads"] = json!(3);
    refused(pairs(), change, &format!("{block}.n_heads"), &["3 heads", "8 numbers"]);
    let change = |e: &mut Value| {
        e["networks"]["encoder"][1] = json!({ "type": "multi_head_attention", "n_heads": 4, "n_kv_heads": 3 });
    };
    refused(pairs(), change, &format!("{block}.n_kv_heads"), &["3 heads of keys", "4 heads"]);
    let change = |e: &mut Value| {
        e["networks"]["encoder"][1] = json!({ "type": "multi_head_attention", "n_heads": 8, "rotary": true });
    };
    refused(pairs(), change, &format!("{block}.rotary"), &["1 numbers a head", "even"]);
}

#[test]
fn sequences_longer_than_their_positions() {
    let change = |e: &mut Value| e["networks"]["decoder"]["layers"][1]["length"] = json!(8);
    refused(pairs(), change, "networks.decoder.layers[1].length", &["sequence of 9", "8 positions"]);
}

#[test]
fn vocabularies_smaller_than_the_datas() {
    let change = |e: &mut Value| e["networks"]["encoder"][0]["vocabulary"] = json!(20);
    refused(pairs(), change, "networks.encoder[0].vocabulary", &["20 tokens", "27"]);
    let change = |e: &mut Value| e["networks"]["decoder"]["layers"][0]["vocabulary"] = json!(28);
    refused(pairs(), change, "networks.decoder.layers[0].vocabulary", &["28 tokens", "29"]);
    let mut larger = pairs();
    larger["networks"]["encoder"][0]["vocabulary"] = json!(30);
    prepare(&larger).unwrap();
}

#[test]
fn last_layers_that_do_not_fit_the_classes() {
    let change = |e: &mut Value| e["model"][1]["units"] = json!(3);
    refused(points(), change, "model[1]", &["give 2 numbers", "gives [3]"]);
    let change = |e: &mut Value| e["networks"]["decoder"]["layers"][3]["units"] = json!(28);
    refused(pairs(), change, "networks.decoder.layers[3]", &["[9, 29]", "[9, 28]", "token"]);
    let change = |e: &mut Value| {
        e["loss"] = json!({ "type": "mse", "target": "label" });
        e["model"][1]["units"] = json!(3);
    };
    refused(points(), change, "model[1]", &["2 numbers", "[3]"]);
}

#[test]
fn cross_attention_without_what_it_attends_to() {
    let change = |e: &mut Value| e["networks"]["decoder"]["layers"][2]["memory"] = json!("encode");
    refused(pairs(), change, "networks.decoder.layers[2].memory", &["`encode`", "expected encoder"]);
    let change = |e: &mut Value| e["networks"]["encoder"][1]["memory"] = json!("decoder");
    refused(pairs(), change, "networks.encoder[1].memory", &["`decoder`", "there is none"]);
    let change = |e: &mut Value| {
        e["networks"]["encoder"][0]["size"] = json!(6);
    };
    refused(pairs(), change, "networks.decoder.layers[2].memory", &["[1, keys, 8]", "`encoder`", "[1, 8, 6]"]);
}

#[test]
fn a_decoder_without_target_sequences() {
    let change = |e: &mut Value| e["model"] = json!({ "input": "target", "layers": e["model"] });
    refused(points(), change, "model.layers", &["target sequence", "sequence pairs"]);
}

#[test]
fn networks_and_phases_that_do_nothing() {
    let change = |e: &mut Value| e["phases"].as_array_mut().unwrap().truncate(1);
    refused(phases(), change, "networks.two", &["no phase"]);
    let change = |e: &mut Value| e["networks"]["two"] = json!([{ "type": "relu" }]);
    refused(phases(), change, "phases[1].updates", &["two", "no parameters"]);
    let change = |e: &mut Value| e["networks"]["two"][1]["frozen"] = json!(true);
    refused(phases(), change, "phases[1].updates", &["two", "frozen"]);
    let change = |e: &mut Value| e["phases"][0]["updates"] = json!(["two"]);
    refused(phases(), change, "phases[0].updates", &["does not depend on `two.1.weight`"]);
    let change = |e: &mut Value| e["phases"][0]["updates"] = json!(["three"]);
    refused(phases(), change, "phases[0].updates", &["`three`", "one, two"]);
    let change = |e: &mut Value| e["model"] = json!([{ "type": "relu" }]);
    refused(points(), change, "model", &["nothing can be updated", "no parameters"]);
}

#[test]
fn variations_of_what_are_no_images() {
    let change = |e: &mut Value| e["data"]["augment"] = json!({ "flip": true });
    refused(points(), change, "data.augment", &["images [channels, height, width]", "numbers", "[2]"]);
    refused(pairs(), change, "data.augment", &["images", "tokens"]);
    let change = |e: &mut Value| e["data"]["augment"] = json!({ "cut_out": 60 });
    refused(shapes(), change, "data.augment.cut_out", &["60 pixels", "more than"]);
    let change = |e: &mut Value| e["data"]["augment"] = json!({ "shear": 61 });
    refused(shapes(), change, "data.augment.shear", &["[0, 60]", "61"]);
}

#[test]
fn data_that_are_no_numbers() {
    let column = Column::numbers(&[2]);
    let about = About { x: column, y: Some(Column::labels(2)), counts: [3, 0], stream: false, padding: None };
    let check = |numbers: [f32; 6], labels: &[u8]| {
        let x = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        about.check(&Samples { x, y: labels.to_vec() }, 10).map_err(|e| e.to_string())
    };
    assert_eq!(check([1.0; 6], &[0, 1, 1]), Ok(3));
    for (number, word) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let message = check([0.0, 0.0, 0.0, number, 0.0, 0.0], &[0, 1, 1]).unwrap_err();
        assert!(message.contains("item 11") && message.contains(word) && message.contains("finite"), "{message}");
    }
    let message = check([0.0; 6], &[0, 1, 2]).unwrap_err();
    assert!(message.contains("item 12") && message.contains("class 2") && message.contains("below 2"), "{message}");
}
