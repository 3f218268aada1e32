//! `train`, and that what it saves is what the other commands read.

mod cli_common;

use std::{fs, path::Path};

use cli_common::{arg, changed, digits, events, example, folder, lines, run, succeed, train};
use serde_json::{Value, json};
use trainyard::export::read;

const STEP: [&str; 6] = ["event", "step", "epoch", "loss", "lr", "samples_per_s"];

fn has(line: &Value, fields: &[&str]) {
    for field in fields {
        assert!(line.get(field).is_some(), "{field} is missing: {line}");
    }
}

#[test]
fn logs_have_the_fields_that_scripts_read() {
    let folder = folder("log");
    // 100 steps an epoch: 59,400 samples are held out of 60,000.
    let experiment = changed(&folder, "mnist-mlp.json", |e| {
        e["data"]["validation"] = json!(0.99);
        e["training"]["batch_size"] = json!(6);
    });
    let log = folder.join("log.jsonl");
    let ran = run(&["train", &experiment, "--epochs", "2", "--device", "cpu", "--log", arg(&log)]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("validation: the last 59400 training samples"), "{}", ran.stderr);
    assert!(ran.stderr.contains("device: cpu (the CPU was asked for)"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    let lines = lines(&fs::read_to_string(&log).unwrap());
    let (steps, epochs, end) = (events(&lines, "step"), events(&lines, "epoch"), events(&lines, "end"));
    assert_eq!((steps.len(), epochs.len(), end.len(), lines.len()), (200, 2, 1, 203));
    for (i, line) in steps.iter().enumerate() {
        has(line, &STEP);
        assert_eq!((line["step"].as_u64(), line["epoch"].as_u64()), (Some(i as u64 + 1), Some(i as u64 / 100 + 1)));
        assert!(line["samples_per_s"].as_f64().unwrap() > 0.0);
        assert_eq!(line["lr"].to_string(), "0.001");
    }
    for (i, line) in epochs.iter().enumerate() {
        has(line, &STEP);
        has(line, &["val_loss", "val_accuracy"]);
        assert_eq!((line["step"].as_u64(), line["epoch"].as_u64()), (Some(i as u64 * 100 + 100), Some(i as u64 + 1)));
        let losses = steps[i * 100..][..100].iter().map(|l| l["loss"].as_f64().unwrap());
        let mean = losses.sum::<f64>() / 100.0;
        assert!((line["loss"].as_f64().unwrap() - mean).abs() < 1e-6);
    }
    has(end[0], &STEP);
    has(end[0], &["test_loss", "test_accuracy", "seconds", "device", "adapter", "software"]);
    assert_eq!(
        (&end[0]["device"], &end[0]["adapter"], &end[0]["software"]),
        (&json!("cpu"), &Value::Null, &json!(false))
    );
    assert_eq!(lines[202]["event"], "end");
}

#[test]
fn the_last_batch_of_an_epoch_counts_for_what_it_holds() {
    let folder = folder("last-batch");
    let experiment = changed(&folder, "mnist-mlp.json", |e| {
        e["data"]["validation"] = json!(0.9995); // 30 samples are left
        e["training"]["batch_size"] = json!(8);
        e["training"]["epochs"] = json!(1);
    });
    let lines = lines(&succeed(&["train", &experiment, "--device", "cpu", "--log", "-"]));
    let loss = |line: &Value| line["loss"].as_f64().unwrap();
    let (steps, epoch) = (events(&lines, "step"), events(&lines, "epoch"));
    assert_eq!(steps.len(), 4);
    let mean = steps.iter().zip([8.0, 8.0, 8.0, 6.0]).map(|(line, rows)| rows * loss(line)).sum::<f64>() / 30.0;
    assert!((loss(epoch[0]) - mean).abs() < 1e-6);
}

#[test]
fn what_is_saved_evaluates_as_it_did() {
    let folder = folder("save");
    let (weights, end) = train(&folder, "w.safetensors", "1");
    let eval = |device| -> Value {
        let eval = succeed(&["eval", &example("mnist-mlp.json"), "--weights", &weights, "--device", device]);
        serde_json::from_str(&eval).unwrap()
    };
    let cpu = eval("cpu");
    assert_eq!((&cpu["test_loss"], &cpu["test_accuracy"]), (&end["test_loss"], &end["test_accuracy"]));
    assert!(cpu["test_accuracy"].as_f64().unwrap() > 0.5, "{cpu}");
    // Rounding may turn a sample over that two classes share: 2 of 10,000.
    let gpu = eval("gpu");
    let difference = |field: &str| (gpu[field].as_f64().unwrap() - cpu[field].as_f64().unwrap()).abs();
    assert!(difference("test_accuracy") <= 2e-4 && difference("test_loss") < 1e-4, "{gpu} {cpu}");
    // Going on from there is not starting anew.
    let log = succeed(&[
        "train",
        &example("mnist-mlp.json"),
        "--steps",
        "1",
        "--weights",
        &weights,
        "--device",
        "cpu",
        "--log",
        "-",
    ]);
    assert!(lines(&log)[0]["loss"].as_f64().unwrap() < 1.6);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = folder("seed");
    let [a, b, c] =
        [("a", "7"), ("b", "7"), ("c", "8")].map(|(name, seed)| fs::read(train(&folder, name, seed).0).unwrap());
    assert_eq!(a, b);
    assert_ne!(a, c);
}

#[test]
fn a_loss_that_is_not_finite_stops_and_saves_nothing() {
    let folder = folder("diverged");
    let experiment = changed(&folder, "mnist-mlp.json", |e| {
        e["optimizer"] = json!({ "type": "sgd", "learning_rate": 3e38 });
    });
    let save = folder.join("kept.safetensors");
    fs::write(&save, "mine").unwrap();
    // After one step the loss is still that of the initial weights, but the weights are lost already.
    for (steps, device, what) in
        [("50", "cpu", "the loss is "), ("50", "gpu", "the loss is "), ("1", "cpu", "the test loss is ")]
    {
        let ran = run(&["train", &experiment, "--steps", steps, "--device", device, "--save", arg(&save)]);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error: {what}")) && ran.stderr.contains(" at step "), "{}", ran.stderr);
        assert!(ran.stderr.contains("learning rate"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(&save).unwrap(), "mine");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_ends_the_log() {
    use std::{
        process::{Command, Stdio},
        thread::sleep,
        time::{Duration, Instant},
    };
    let folder = folder("ctrl-c");
    let (save, log) = (folder.join("w.safetensors"), folder.join("log.jsonl"));
    let arguments = [
        "train",
        &example("mnist-mlp.json"),
        "--epochs",
        "1000",
        "--device",
        "cpu",
        "--save",
        arg(&save),
        "--log",
        arg(&log),
    ];
    let child = cli_common::command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while fs::metadata(&log).map_or(0, |m| m.len()) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "training does not start");
        sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read(&fs::read(&save).unwrap()).unwrap().len(), 4);
    let lines = lines(&fs::read_to_string(&log).unwrap());
    let (end, before) = (&lines[lines.len() - 1], &lines[lines.len() - 2]);
    assert_eq!((&end["event"], &end["step"]), (&json!("end"), &before["step"]));
    has(end, &["test_loss", "test_accuracy"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "something was left behind");
}

#[test]
fn pictures_are_predicted_alone_and_in_files() {
    let folder = folder("predict");
    let weights = folder.join("w.safetensors").display().to_string();
    succeed(&["train", &example("mnist-mlp.json"), "--steps", "600", "--device", "cpu", "--save", &weights]);
    let digits = digits();
    let count = 70; // more than a batch
    let idx = folder.join("digits.idx");
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, count as u8, 0, 0, 0, 28, 0, 0, 0, 28];
    bytes.extend(&digits.x[..count * 784]);
    fs::write(&idx, bytes).unwrap();
    let mlp = example("mnist-mlp.json");
    let predict = |path: &Path, device| {
        lines(&succeed(&["predict", &mlp, "--weights", &weights, arg(path), "--device", device, "--json"]))
    };
    let all = predict(&idx, "cpu");
    assert_eq!(all.len(), count);
    let right = all.iter().zip(&digits.y).filter(|(p, label)| p["label"] == **label).count();
    assert!(right >= count * 8 / 10, "{right} of {count}");
    for (cpu, gpu) in all.iter().zip(predict(&idx, "gpu")) {
        let numbers =
            |p: &Value| p["probabilities"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
        let (cpu, gpu) = (numbers(cpu), numbers(&gpu));
        assert_eq!(cpu.len(), 10);
        assert!((cpu.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        assert!(cpu.iter().zip(&gpu).all(|(a, b)| (a - b).abs() < 1e-5), "{cpu:?} {gpu:?}");
    }
    // As it is in the data set: taken as it is. Four times as large and dark on light: made alike.
    let png = |name: &str, side: usize, data: Vec<u8>| {
        let path = folder.join(name);
        let mut encoder = png::Encoder::new(fs::File::create(&path).unwrap(), side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&data).unwrap();
        path
    };
    let digit = &digits.x[..784];
    let same = predict(&png("same.png", 28, digit.to_vec()), "cpu");
    assert_eq!(same[0]["label"], all[0]["label"]);
    // One sample and several are multiplied by different loops: rounding.
    let close = |(a, b): (&Value, &Value)| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-6;
    let probabilities = |p: &Value| p["probabilities"].as_array().unwrap().clone();
    assert!(probabilities(&same[0]).iter().zip(&probabilities(&all[0])).all(close), "{same:?} {:?}", all[0]);
    let enlarged = (0..112 * 112).map(|i| 255 - digit[i / 112 / 4 * 28 + i % 112 / 4]).collect();
    let enlarged = png("enlarged.png", 112, enlarged);
    assert_eq!(predict(&enlarged, "cpu")[0]["label"], all[0]["label"]);
    let text = succeed(&["predict", &mlp, "--weights", &weights, arg(&enlarged), "--device", "cpu"]);
    assert!(text.starts_with(&format!("{}  ", all[0]["label"])) && text.contains(" %   0:"), "{text}");
}
