//! Rust → WebAssembly → wasm-bindgen → wasm-opt, into www/pkg/.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    node,
    process::{Result, root, run, say, target_dir},
    toolchain::{self, Toolchain},
};

/// The compiler's work is the same for both, so switching costs no rebuild.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// Keeps function names for stack traces; skips wasm-opt.
    Development,
    Release,
}

const PROFILE: &str = "wasm";

/// A build for browsers that have certain instructions. The page takes the first that they can run (www/wasm.ts).
struct Build {
    /// Its name in www/pkg/.
    file: &'static str,
    /// Its folder in target/: other flags mean other compiled crates, std among them.
    folder: &'static str,
    /// What replaces the flags in .cargo/config.toml.
    flags: Option<&'static str>,
    /// What wasm-opt must know of, beside [`FEATURES`].
    features: &'static [&'static str],
}

/// The first is what .cargo/config.toml says, and has the glue that all share.
const BUILDS: [Build; 2] = [
    Build { file: "trainyard_bg.wasm", folder: "web", flags: None, features: &["simd"] },
    Build {
        file: "trainyard_plain.wasm",
        folder: "web-plain",
        flags: Some("-C target-feature=-simd128"),
        features: &[],
    },
];

/// What rustc emits for every build.
const FEATURES: [&str; 6] =
    ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];

/// Writes www/pkg/trainyard.js, trainyard.d.ts and the builds: of a release all, while developing the first.
pub fn build(mode: Mode) -> Result {
    let compiler = toolchain::find()?;
    if mode == Mode::Release {
        node::install()?; // wasm-opt; better to fail now than after the compiler has run
    }
    let pkg = root().join("www/pkg");
    for (index, build) in BUILDS.iter().enumerate() {
        let wasm = pkg.join(build.file);
        if index > 0 && mode == Mode::Development {
            // Of an earlier release, it would not fit the glue.
            if wasm.exists() {
                fs::remove_file(&wasm).map_err(|e| format!("{}: {e}", wasm.display()))?;
            }
            continue;
        }
        let start = Instant::now();
        let raw = compile(compiler, build, &[])?;
        let compiled = start.elapsed();
        if index == 0 {
            bind(&raw, &pkg, mode)?;
        } else {
            let apart = target_dir().join(build.folder).join("pkg");
            bind(&raw, &apart, mode)?;
            adopt(&apart, &pkg, build.file)?;
        }
        if mode == Mode::Release {
            optimise(&wasm, build)?;
        }
        say(&format!(
            "www/pkg/{}: {} bytes; {:.1} s to compile, {:.1} s to finish ({})",
            build.file,
            size(&wasm),
            compiled.as_secs_f32(),
            (start.elapsed() - compiled).as_secs_f32(),
            compiler.describe(),
        ));
    }
    Ok(())
}

/// Writes www/pkg/twins/: the first build with what only tests call.
pub fn build_twins() -> Result {
    let raw = compile(toolchain::find()?, &BUILDS[0], &["--features", "twins"])?;
    bind(&raw, &root().join("www/pkg/twins"), Mode::Development)
}

/// What rustc makes of the crate.
fn compile(compiler: Toolchain, build: &Build, more: &[&str]) -> Result<PathBuf> {
    // A folder of its own has a lock of its own: cargo test may run beside this.
    let folder = target_dir().join(build.folder);
    let raw = folder.join(toolchain::TARGET).join(PROFILE).join("trainyard.wasm");
    if !raw.exists() {
        say(&format!("compiling the engine to WebAssembly ({}); the first time takes about 3 minutes", build.file));
    }
    let mut command = compiler.build();
    if let Some(flags) = build.flags {
        command.env("RUSTFLAGS", flags);
    }
    run(command
        .args(["--package", "trainyard", "--lib", "--profile", PROFILE])
        .args(more)
        .arg("--target-dir")
        .arg(&folder))?;
    Ok(raw)
}

/// Takes over a build that was bound apart, for the glue that is in `pkg`. Their glue differs in the compiler's hashes
/// of some exports at most, which are renamed.
fn adopt(apart: &Path, pkg: &Path, file: &str) -> Result {
    let read = |path: PathBuf| fs::read(&path).map_err(|e| format!("{}: {e}", path.display()));
    let (ours, theirs) = (read(pkg.join("trainyard.js"))?, read(apart.join("trainyard.js"))?);
    let mut wasm = read(apart.join("trainyard_bg.wasm"))?;
    let renamed = renames(&theirs, &ours).ok_or_else(|| format!("{file} does not fit the other builds' glue"))?;
    for (from, to) in renamed {
        let places: Vec<usize> =
            (0..wasm.len().saturating_sub(from.len())).filter(|&i| wasm[i..].starts_with(&from)).collect();
        for place in places {
            wasm[place..place + to.len()].copy_from_slice(&to);
        }
    }
    fs::write(pkg.join(file), wasm).map_err(|e| format!("{file}: {e}"))
}

/// The compiler's hashes, 16 hexadecimal digits, in which two scripts differ; none if they differ in more.
fn renames(from: &[u8], to: &[u8]) -> Option<BTreeSet<(Vec<u8>, Vec<u8>)>> {
    const LENGTH: usize = 16;
    if from.len() != to.len() {
        return None;
    }
    let is_hash = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at < from.len() {
        if let (Some(a), Some(b)) = (from.get(at..at + LENGTH), to.get(at..at + LENGTH))
            && is_hash(a)
            && is_hash(b)
        {
            if a != b {
                found.insert((a.to_vec(), b.to_vec()));
            }
            at += LENGTH;
        } else if from[at] == to[at] {
            at += 1;
        } else {
            return None;
        }
    }
    Some(found)
}

/// wasm-bindgen as a library, so that Cargo.lock pins it to the version the crate uses.
fn bind(raw: &Path, pkg: &Path, mode: Mode) -> Result {
    let release = mode == Mode::Release;
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|e| format!("wasm-bindgen failed: {e:#}"))?;
    bindgen
        .input_path(raw)
        .out_name("trainyard")
        .typescript(true)
        // Without it, Vite cannot see that the script loads a .wasm file, and ships none.
        .omit_default_module_path(false)
        .remove_name_section(release)
        .remove_producers_section(release)
        .generate(pkg)
        .map_err(|e| format!("wasm-bindgen failed: {e:#}"))
}

fn optimise(wasm: &Path, build: &Build) -> Result {
    run(node::program("binaryen", "wasm-opt")?
        .args(FEATURES.iter().chain(build.features).map(|feature| format!("--enable-{feature}")))
        .arg("-O3")
        .arg(wasm)
        .arg("-o")
        .arg(wasm))
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

#[cfg(test)]
mod tests {
    use super::renames;

    #[test]
    fn only_hashes_may_differ() {
        let script = |hash: &str| format!("wasm.call_h{hash}(a); other()").into_bytes();
        let (a, b) = (script("0123456789abcdef"), script("fedcba9876543210"));
        assert_eq!(renames(&a, &a).unwrap().len(), 0);
        let found = renames(&a, &b).unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [(b"0123456789abcdef".to_vec(), b"fedcba9876543210".to_vec())]
        );
        assert!(renames(&a, &b[1..]).is_none());
        assert!(renames(b"one()", b"two()").is_none());
    }
}
