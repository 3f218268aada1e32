//! Proof that PyTorch reads what the engine writes, and the reverse.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    data, gpu,
    process::{Result, cargo, command, on_path, root, run, say, succeeds, target_dir},
    system,
};

const SCRIPT: &str = "tests/interop/interop.py";
/// OpenBLAS, since Debian's default BLAS makes PyTorch ten times slower.
const DEBIAN: [&str; 3] = ["python3-torch", "python3-numpy", "libopenblas0-pthread"];

pub fn verify() -> Result {
    if !root().join(SCRIPT).is_file() {
        return Err(format!("{SCRIPT} is missing"));
    }
    let python = python()?;
    safetensors(&python)?;
    data::ensure()?;

    say("building the command line (optimised: about 3 minutes the first time)");
    run(cargo().args(["build", "--release", "--package", "trainyard", "--bin", "trainyard"]))?;
    let binary = target_dir().join("release").join(format!("trainyard{}", env::consts::EXE_SUFFIX));

    let mut script = with_packages(&python);
    script.arg(SCRIPT).arg(binary);
    gpu::use_driver(&mut script)?;
    run(&mut script)
}

const SAFETENSORS: &str = "safetensors==0.8.0";

/// A Python that has PyTorch and NumPy, if there is one. The system's comes first: apt serves that one.
pub fn find_python() -> Option<PathBuf> {
    let system = Path::new("/usr/bin/python3").to_owned();
    std::iter::once(system)
        .chain(["python3", "python"].iter().filter_map(|name| on_path(name)))
        .find(|python| imports(python, "torch, numpy"))
}

fn python() -> Result<PathBuf> {
    if let Some(python) = find_python() {
        return Ok(python);
    }
    let advice = "PyTorch was not found: `pip install torch numpy safetensors` for the python3 on PATH";
    if on_path("apt-get").is_none() {
        return Err(advice.into());
    }
    say("installing PyTorch for the CPU (about 100 MB, two minutes)");
    system::apt_install(&DEBIAN).map_err(|e| format!("{advice} ({e})"))?;
    find_python().ok_or_else(|| advice.into())
}

/// Debian has no package of it, so it comes from PyPI, into a folder of ours: no Python
/// installation is changed.
fn safetensors(python: &Path) -> Result {
    if imports(python, "safetensors.numpy") {
        return Ok(());
    }
    let pip = || {
        let mut cmd = command(python);
        cmd.args(["-m", "pip"]);
        cmd
    };
    if !succeeds(pip().arg("--version")) {
        system::apt_install(&["python3-pip"])?;
    }
    say("installing safetensors into target/python");
    run(pip().args(["install", "--quiet", "--no-deps", "--upgrade", "--target"]).arg(packages()).arg(SAFETENSORS))?;
    if imports(python, "safetensors.numpy") {
        Ok(())
    } else {
        Err(format!("safetensors is in {}, but {} cannot import it", packages().display(), python.display()))
    }
}

fn packages() -> PathBuf {
    target_dir().join("python")
}

fn with_packages(python: &Path) -> Command {
    let mut folders = vec![packages()];
    if let Some(others) = env::var_os("PYTHONPATH") {
        folders.extend(env::split_paths(&others));
    }
    let mut cmd = command(python);
    // It can only fail on a folder with a separator in its name; then ours alone will do.
    let path = env::join_paths(folders).unwrap_or_else(|_| packages().into());
    cmd.env("PYTHONPATH", path);
    cmd
}

fn imports(python: &Path, modules: &str) -> bool {
    succeeds(with_packages(python).args(["-c", &format!("import {modules}")]))
}
