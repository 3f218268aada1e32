//! The command line as its users run it.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use trainyard::data::{Samples, load, mnist::Mnist};

/// A folder for one test's files, empty.
pub fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// An example of the repository.
pub fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).display().to_string()
}

/// `trainyard` with these arguments.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainyard"));
    command.args(arguments);
    command
}

/// How a command ended.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Ran {
    command(arguments).output().unwrap().into()
}

/// Runs a command that must succeed; its stdout.
pub fn succeed(arguments: &[&str]) -> String {
    let ran = run(arguments);
    assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
    ran.stdout
}

/// Writes an experiment: an example, changed.
pub fn changed(folder: &Path, example_name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut experiment = serde_json::from_str(&fs::read_to_string(example(example_name)).unwrap()).unwrap();
    change(&mut experiment);
    let path = folder.join("experiment.json");
    fs::write(&path, experiment.to_string()).unwrap();
    path.display().to_string()
}

/// The lines of a log.
pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of one event.
pub fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// A path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Trains 20 steps on the CPU and saves.
pub fn train(folder: &Path, name: &str, seed: &str) -> (String, Value) {
    let weights = folder.join(name).display().to_string();
    let log = succeed(&[
        "train",
        &example("mnist-mlp.json"),
        "--steps",
        "20",
        "--device",
        "cpu",
        "--seed",
        seed,
        "--save",
        &weights,
        "--log",
        "-",
    ]);
    (weights, lines(&log).pop().unwrap())
}

/// Test digits with their labels.
pub fn digits() -> Samples {
    let [_, test] = load(&Mnist {}).unwrap().splits;
    test
}
