//! Formatting, lints and types: what needs no test to be seen.

use crate::{
    node,
    process::{Result, cargo, run, say, target_dir},
    toolchain,
    wasm::{self, Mode},
};

const DENY: [&str; 3] = ["--", "-D", "warnings"];

pub fn all() -> Result {
    run(cargo().args(["fmt", "--all", "--check"]))
        .map_err(|e| format!("{e}\n`cargo fmt --all` puts the formatting right"))?;

    say("clippy on the native code");
    run(cargo().args(["clippy", "--workspace", "--all-targets"]).args(DENY))?;

    // Clippy sees `cfg(target_arch)` code for the target it is given only.
    say("clippy on the WebAssembly code");
    run(toolchain::find()?
        .clippy()?
        .args(["--package", "trainyard", "--lib", "--profile", "wasm", "--features", "twins"])
        .arg("--target-dir")
        .arg(target_dir().join("web"))
        .args(DENY))?;

    // The page's types include those that wasm-bindgen writes.
    wasm::build(Mode::Development)?;
    node::install()?;
    run(node::npm().args(["run", "check"]))
}
