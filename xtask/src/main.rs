//! `cargo xtask <command>`: everything this project needs, starting from Rust and Node alone.
//!
//! [`USAGE`] lists the commands. Each one sets up what it is missing first, so there is no order
//! to remember. Environment variables that steer it:
//!
//! - `XTASK_WASM_TOOLCHAIN=rustup|debian`: which compiler makes the WebAssembly;
//! - `TRAINYARD_GPU=system`: test on this machine's own Vulkan driver, not on lavapipe;
//! - `BROWSER_PATH`: the Chromium or Chrome that the page's tests drive.

mod bench;
mod check;
mod data;
mod gpu;
mod interop;
mod node;
mod process;
mod site;
mod sizes;
mod suite;
mod system;
mod toolchain;
mod wasm;

use std::{env, process::ExitCode};

use process::Result;

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [--port N] [--host H] [--no-open]
                    the page on http://127.0.0.1:5173/, rebuilt when a source changes
  build             the release site in dist/
  test [rust|web]   all tests, or only those of the crates or of the page
  check             formatting, lints and types; runs no test
  bench [--help]    this page against its peers in one browser; the engine natively
  docs              docs/layers.md, from the layers' comments
  interop           exchange files with PyTorch, both ways
  data              the data sets in www/public/data/
  wasm [--release]  only www/pkg/
  setup             only install what the others need";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", rest @ ..] => site::serve(rest),
        ["build"] => site::build(),
        ["test"] => suite::all(),
        ["test", "rust"] => suite::rust(),
        ["test", "web"] => suite::web(),
        ["check"] => check::all(),
        ["bench", rest @ ..] => bench::measure(rest),
        ["docs"] => suite::write_docs(),
        ["interop"] => interop::verify(),
        ["data"] => data::ensure(),
        ["wasm"] => wasm::build(wasm::Mode::Development),
        ["wasm", "--release"] => wasm::build(wasm::Mode::Release),
        ["setup"] => setup(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => Err(format!("which command?\n\n{USAGE}")),
        other => Err(format!("there is no command `{}`\n\n{USAGE}", other.join(" "))),
    }
}

fn setup() -> Result {
    let wasm = toolchain::find()?;
    node::install()?;
    data::ensure()?;
    let driver = gpu::driver()?;
    let browser = system::browser()?;
    process::say(&format!("WebAssembly compiler: {}", wasm.describe()));
    process::say(&match driver {
        Some(manifest) => format!("Vulkan driver for the tests: {}", manifest.display()),
        None => "GPU driver for the tests: this system's own".into(),
    });
    process::say(&format!("browser for the tests: {}", browser.display()));
    Ok(())
}
