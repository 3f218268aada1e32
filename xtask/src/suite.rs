//! Every test of the project.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    data, gpu, node,
    process::{Result, cargo, root, run},
    site, system, wasm,
};

pub fn all() -> Result {
    // A missing browser should not show after ten minutes of other tests.
    gpu::driver()?;
    system::browser()?;
    rust()?;
    web()
}

/// The engine's tests on [`gpu::driver`], then this tool's own.
pub fn rust() -> Result {
    node::install()?; // a test compares the shards with the package they come from
    data::ensure()?;
    // One package at a time: together they would unify their dependencies' features, and so
    // compile other builds of these than `cargo test` and `cargo xtask` do by themselves.
    for package in ["trainyard", "xtask"] {
        let mut cmd = cargo();
        cmd.args(["test", "--package", package]);
        gpu::use_driver(&mut cmd)?;
        run(&mut cmd)?;
    }
    Ok(())
}

/// The test that compares the page of layers with their comments can write it, too.
pub fn write_docs() -> Result {
    run(cargo().args(["test", "--package", "trainyard", "--test", "docs"]).env("TRAINYARD_WRITE_DOCS", "1"))
}

/// The built page in a real browser.
pub fn web() -> Result {
    let browser = system::browser()?;
    site::build()?;
    wasm::build_twins()?;
    let folder = root().join("tests/web");
    let mut files = Vec::new();
    find_tests(&folder, &mut files)?;
    if files.is_empty() {
        return Err(format!("{} holds no *.test.* file", folder.display()));
    }
    files.sort();
    // Files by name: what a folder means to `node --test` changed between Node 20 and 22.
    run(node::node().arg("--test").args(files).env("BROWSER_PATH", browser))
}

fn find_tests(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            find_tests(&path, files)?;
        } else if path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(".test")) {
            files.push(path);
        }
    }
    Ok(())
}
