//! What comes from the operating system: packages, and a browser.

use std::{
    env, fs,
    io::{IsTerminal, stdin},
    path::{Path, PathBuf},
};

use crate::{
    node,
    process::{Result, command, on_path, output, run, say},
};

/// Installs packages on Debian and its relatives, as root or through sudo.
pub fn apt_install(packages: &[&str]) -> Result {
    let list = packages.join(" ");
    if on_path("apt-get").is_none() {
        return Err(format!("this system has no apt-get; install its equivalents of: {list}"));
    }
    let is_root = output(command("id").arg("-u")).is_some_and(|id| id == "0");
    let apt = |args: &[&str]| {
        let mut cmd = command(if is_root { "apt-get" } else { "sudo" });
        if !is_root {
            // Nobody can type a password where there is no terminal.
            if !stdin().is_terminal() {
                cmd.arg("-n");
            }
            cmd.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        run(cmd.env("DEBIAN_FRONTEND", "noninteractive").args(args))
    };
    say(&format!("apt-get install {list}"));
    // A stale list may still name what we want, so a failed update is not the end.
    if let Err(error) = apt(&["update", "-q"]) {
        say(&error);
    }
    // --no-remove: a developer's own Rust from apt is not ours to replace.
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.push("--no-remove");
    install.extend(packages);
    apt(&install).map_err(|e| format!("could not install {list}: {e}"))
}

/// Debian proper. Ubuntu's `chromium` package is only a pointer to a snap.
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// The Chromium or Chrome that the tests of the page drive.
pub fn browser() -> Result<PathBuf> {
    if let Some(path) = env::var_os("BROWSER_PATH").map(PathBuf::from) {
        return if path.is_file() { Ok(path) } else { Err(format!("BROWSER_PATH names no file: {}", path.display())) };
    }
    if let Some(path) = installed_browser() {
        return Ok(path);
    }
    // From here on it may be one that playwright-core keeps for itself.
    node::install()?;
    if let Some(path) = playwright_browser() {
        return Ok(path);
    }
    if is_debian() {
        say("installing Chromium for the tests of the page (about 100 MB)");
        apt_install(&["chromium"])?;
    } else {
        say("downloading Playwright's Chromium for the tests of the page (about 170 MB)");
        run(node::program("playwright-core", "playwright-core")?.args(["install", "chromium"]))?;
    }
    installed_browser()
        .or_else(playwright_browser)
        .ok_or_else(|| "no browser to test with: install Chromium or Chrome, or name one in BROWSER_PATH".into())
}

fn playwright_browser() -> Option<PathBuf> {
    let print = "console.log(require('playwright-core').chromium.executablePath())";
    let path = PathBuf::from(output(command("node").args(["-e", print]))?);
    path.is_file().then_some(path)
}

fn installed_browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    if cfg!(windows) {
        let programs = ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"];
        let roots = ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"];
        return programs
            .iter()
            .flat_map(|program| roots.map(|root| Some(Path::new(&env::var_os(root)?).join(program))))
            .flatten()
            .find(|path| path.is_file());
    }
    if cfg!(target_os = "macos") {
        let apps = ["Google Chrome", "Chromium", "Microsoft Edge"];
        let home = env::var_os("HOME").unwrap_or_default();
        let found = [Path::new("/"), Path::new(&home)]
            .iter()
            .flat_map(|root| apps.map(|app| root.join(format!("Applications/{app}.app/Contents/MacOS/{app}"))))
            .find(|path| path.is_file());
        if found.is_some() {
            return found;
        }
    }
    names.iter().find_map(|name| on_path(name))
}
