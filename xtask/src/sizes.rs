//! What a first visit downloads, compressed as a host would.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use crate::process::Result;

/// The most that a build of the WebAssembly may weigh, compressed: a visitor fetches one.
const WASM_LIMIT: usize = 720_000;

/// Prints the sizes of a built site; too much WebAssembly is an error.
pub fn report(dist: &Path) -> Result {
    let mut files = Vec::new();
    walk(dist, &mut files)?;
    let mut wasm = 0;
    for file in files.iter().filter(|file| has_ending(file, "wasm")) {
        let size = gzip_size(&read(file)?)?;
        println!("{}: {size} bytes gzip (limit {WASM_LIMIT})", file.strip_prefix(dist).unwrap_or(file).display());
        wasm = wasm.max(size);
    }
    if wasm == 0 {
        return Err(format!("{} holds no .wasm file", dist.display()));
    }
    let scripts = first_paint_scripts(dist)?;
    let mut script_bytes = 0;
    for file in &scripts {
        script_bytes += gzip_size(&read(file)?)?;
    }
    println!("first-paint JavaScript: {script_bytes} bytes gzip in {} file(s)", scripts.len());
    if wasm > WASM_LIMIT {
        return Err(format!("a build of the WebAssembly is {wasm} bytes gzip; the limit is {WASM_LIMIT}"));
    }
    Ok(())
}

/// The scripts that index.html names, and all that these import statically.
fn first_paint_scripts(dist: &Path) -> Result<BTreeSet<PathBuf>> {
    let html = read_text(&dist.join("index.html"))?;
    let mut todo: Vec<PathBuf> = quoted(&html)
        .map(|(_, path)| dist.join(path))
        .filter(|path| has_ending(path, "js") && path.is_file())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(file) = todo.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let text = read_text(&file)?;
        let folder = file.parent().unwrap_or(dist).to_owned();
        todo.extend(static_imports(&text).map(|path| folder.join(path)));
    }
    Ok(seen)
}

/// `import"./x.js"` and `from"./x.js"`, but not `import("./x.js")`, which is loaded later.
fn static_imports(script: &str) -> impl Iterator<Item = &str> {
    quoted(script).filter_map(|(before, path)| {
        let before = before.trim_end();
        let is_static = before.ends_with("from") || before.ends_with("import");
        (is_static && path.starts_with("./") && path.ends_with(".js")).then(|| path.trim_start_matches("./"))
    })
}

/// What stands in double quotes, with the text before it. Quotes do not nest, and minified text
/// holds single ones, so every quote is tried as a beginning.
fn quoted(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('"').filter_map(|(at, _)| {
        let inside = &text[at + 1..];
        Some((&text[..at], &inside[..inside.find('"')?]))
    })
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e == ending)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// At the level that web servers use by default, not at the best one.
fn gzip_size(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map(|zipped| zipped.len())
        .map_err(|e| format!("gzip: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_static_imports_count() {
        let script = r#"import{a as b}from"./one.js";import"./two.js";const q='"';x(()=>import("./later.js"));export*from "./three.js""#;
        let found: Vec<_> = static_imports(script).collect();
        assert_eq!(found, ["one.js", "two.js", "three.js"]);
    }

    #[test]
    fn scripts_are_followed_from_the_page() {
        let dist = std::env::temp_dir().join(format!("xtask-sizes-{}", std::process::id()));
        fs::create_dir_all(dist.join("assets")).unwrap();
        let page = r#"<script type="module" crossorigin src="./assets/main.js"></script>"#;
        fs::write(dist.join("index.html"), page).unwrap();
        fs::write(dist.join("assets/main.js"), r#"import"./part.js";import("./lazy.js")"#).unwrap();
        fs::write(dist.join("assets/part.js"), r#"import"./main.js""#).unwrap();
        let found = first_paint_scripts(&dist).unwrap();
        assert_eq!(found.len(), 2);
        assert!(report(&dist).unwrap_err().contains("no .wasm"));
        fs::write(dist.join("assets/x.wasm"), b"\0asm").unwrap();
        report(&dist).unwrap();
        fs::remove_dir_all(&dist).unwrap();
    }
}
