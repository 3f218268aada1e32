//! Node.js and the packages that package-lock.json pins.

use std::{fs, path::Path, process::Command};

use serde_json::{Map, Value};

use crate::process::{Result, command, output, root, run, say};

pub fn node() -> Command {
    command("node")
}

/// `npm <args>`. On Windows npm is a batch file, and is not found without its ending.
pub fn npm() -> Command {
    command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// `node <script of that package's program>`. What is in node_modules/.bin differs between
/// systems (links here, shell scripts there); what package.json says does not.
pub fn program(package: &str, name: &str) -> Result<Command> {
    install()?;
    let folder = root().join("node_modules").join(package);
    let manifest = folder.join("package.json");
    let text = fs::read_to_string(&manifest)
        .map_err(|e| format!("{}: {e}; is `{package}` in package.json?", manifest.display()))?;
    let json: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", manifest.display()))?;
    let script = json["bin"][name]
        .as_str()
        .or(json["bin"].as_str())
        .ok_or_else(|| format!("{} names no program `{name}`", manifest.display()))?;
    let mut cmd = node();
    cmd.arg(folder.join(script));
    Ok(cmd)
}

/// `npm ci`, once for each state of package-lock.json.
pub fn install() -> Result {
    let version = output(node().arg("--version"))
        .ok_or("Node.js was not found: install version 20.19 or later from nodejs.org")?;
    if !new_enough(&version) {
        return Err(format!("Node.js {version} is too old for Vite: install 20.19 or later, 22.12 or later, or 24"));
    }
    install_into(root(), "the page's npm packages (about 80 MB, under a minute)")
}

/// `npm ci` in a folder with a lock file of its own, once for each state of that.
pub fn install_into(folder: &Path, what: &str) -> Result {
    if up_to_date(folder).unwrap_or(false) {
        return Ok(());
    }
    say(&format!("installing {what}"));
    run(npm().current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
}

/// Whether node_modules holds what package-lock.json asks for, by npm's own record of what it
/// has put there. Dates would not tell: git and npm touch both files without changing them.
fn up_to_date(folder: &Path) -> Option<bool> {
    let packages = |file: &str| -> Option<Map<String, Value>> {
        let text = fs::read_to_string(folder.join(file)).ok()?;
        let json: Value = serde_json::from_str(&text).ok()?;
        json["packages"].as_object().cloned()
    };
    let wanted = packages("package-lock.json")?;
    let present = packages("node_modules/.package-lock.json")?;
    let wanted_is_present = wanted.iter().all(|(path, package)| match present.get(path) {
        Some(found) => found["version"] == package["version"],
        // The lock's own root, and what other systems need.
        None => path.is_empty() || package["optional"] == true,
    });
    Some(wanted_is_present && present.keys().all(|path| wanted.contains_key(path)))
}

fn new_enough(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    matches!((major, minor), (20, 19..) | (22, 12..) | (23.., _))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_vite_runs_on() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v24.0.0"] {
            assert!(new_enough(good), "{good}");
        }
        for bad in ["v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0", "?"] {
            assert!(!new_enough(bad), "{bad}");
        }
    }

    #[test]
    fn a_lock_file_is_compared_with_what_npm_recorded() {
        let folder = std::env::temp_dir().join(format!("xtask-node-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        let lock = |text: &str| fs::write(folder.join("package-lock.json"), text).unwrap();
        lock(
            r#"{"packages":{"":{},"node_modules/a":{"version":"1.0.0"},
                "node_modules/b":{"version":"2.0.0","optional":true}}}"#,
        );
        assert_eq!(up_to_date(&folder), None);
        fs::write(
            folder.join("node_modules/.package-lock.json"),
            r#"{"packages":{"node_modules/a":{"version":"1.0.0"}}}"#,
        )
        .unwrap();
        assert_eq!(up_to_date(&folder), Some(true));
        lock(r#"{"packages":{"":{},"node_modules/a":{"version":"1.0.1"}}}"#);
        assert_eq!(up_to_date(&folder), Some(false));
        lock(r#"{"packages":{"":{}}}"#);
        assert_eq!(up_to_date(&folder), Some(false));
        fs::remove_dir_all(&folder).unwrap();
    }
}
