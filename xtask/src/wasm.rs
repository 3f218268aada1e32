//! Rust → WebAssembly → wasm-bindgen → wasm-opt, into www/pkg/.

use std::{fs, path::Path, time::Instant};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    node,
    process::{Result, root, run, say, target_dir},
    toolchain,
};

/// The compiler's work is the same for both, so switching costs no rebuild.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// Keeps function names for stack traces; skips wasm-opt.
    Development,
    Release,
}

const PROFILE: &str = "wasm";

/// What rustc emits with the flags in .cargo/config.toml.
const FEATURES: [&str; 7] =
    ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext", "simd"];

/// Writes www/pkg/trainyard.js, trainyard_bg.wasm and trainyard.d.ts.
pub fn build(mode: Mode) -> Result {
    let compiler = toolchain::find()?;
    if mode == Mode::Release {
        node::install()?; // wasm-opt; better to fail now than after the compiler has run
    }
    let start = Instant::now();
    // A folder of its own has a lock of its own: cargo test may run beside this.
    let folder = target_dir().join("web");
    let raw = folder.join(toolchain::TARGET).join(PROFILE).join("trainyard.wasm");
    if !raw.exists() {
        say("compiling the engine to WebAssembly; the first time takes about 3 minutes");
    }
    run(compiler
        .build()
        .args(["--package", "trainyard", "--lib", "--profile", PROFILE])
        .arg("--target-dir")
        .arg(&folder))?;
    let compiled = start.elapsed();

    let pkg = root().join("www/pkg");
    bind(&raw, &pkg, mode).map_err(|e| format!("wasm-bindgen failed: {e}"))?;
    let wasm = pkg.join("trainyard_bg.wasm");
    if mode == Mode::Release {
        optimise(&wasm)?;
    }
    say(&format!(
        "www/pkg/trainyard_bg.wasm: {} bytes; {:.1} s to compile, {:.1} s to finish ({})",
        size(&wasm),
        compiled.as_secs_f32(),
        (start.elapsed() - compiled).as_secs_f32(),
        compiler.describe(),
    ));
    Ok(())
}

/// wasm-bindgen as a library, so that Cargo.lock pins it to the version the crate uses.
fn bind(raw: &Path, pkg: &Path, mode: Mode) -> Result {
    let release = mode == Mode::Release;
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|e| format!("{e:#}"))?;
    bindgen
        .input_path(raw)
        .out_name("trainyard")
        .typescript(true)
        // Without it, Vite cannot see that the script loads a .wasm file, and ships none.
        .omit_default_module_path(false)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(pkg)
        .map_err(|e| format!("{e:#}"))
}

fn optimise(wasm: &Path) -> Result {
    run(node::program("binaryen", "wasm-opt")?
        .args(FEATURES.map(|feature| format!("--enable-{feature}")))
        .arg("-O3")
        .arg(wasm)
        .arg("-o")
        .arg(wasm))
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}
