//! `bench`: what it prints, and what it refuses.

mod cli_common;

use cli_common::{arg, folder, run, succeed};
use serde_json::Value;

#[test]
fn a_workload_is_timed_and_its_losses_fall() {
    let text = succeed(&["bench", "W1", "--device", "cpu", "--seconds", "0"]);
    let timed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((timed["workload"].as_str(), timed["device"].as_str()), (Some("W1"), Some("cpu")));
    assert_eq!(timed["blocks"].as_array().unwrap().len(), 3);
    assert!(timed["losses"]["40"].as_f64() < timed["losses"]["1"].as_f64(), "{timed}");
}

#[test]
fn bad_arguments_are_named() {
    let folder = folder("bench-inputs");
    std::fs::write(folder.join("W1.f32"), [0; 8]).unwrap();
    let refused = |arguments: &[&str], start: &str| {
        let ran = run(&[&["bench", "--device", "cpu", "--seconds", "0"], arguments].concat());
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("error: {start}")), "{start:?} expected, got {:?}", ran.stderr);
    };
    refused(&["W9"], "workload: `W9` is not known, expected W1, W2, W3, W4, W5");
    refused(&["--scale", "breadth"], "--scale: `breadth` is not known, expected all, dense-batch");
    let file = folder.join("W1.f32").display().to_string();
    refused(&["W1", "--inputs", arg(&folder)], &format!("{file}: has 2 numbers, expected 79510"));
}
