//! Starting programs, and where things are.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

/// Errors are sentences for the person at the terminal.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The checkout. `cargo run` says at run time which one it serves; the path compiled in would be
/// wrong for checkouts that share a target directory, and so this very binary.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        xtask.parent().map_or(xtask.clone(), Path::to_path_buf)
    });
    &ROOT
}

pub fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// On stderr, so that what a command prints on stdout stays clean.
pub fn say(message: &str) {
    eprintln!("xtask: {message}");
}

pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut cmd = Command::new(program);
    cmd.current_dir(root());
    cmd
}

/// The cargo that runs us, hence the toolchain the developer chose.
pub fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs on our terminal until it ends. Any end but success is an error that shows the command.
pub fn run(cmd: &mut Command) -> Result {
    match cmd.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} ended with {status}", shown(cmd))),
        Err(error) => Err(format!("cannot start {}: {error}", shown(cmd))),
    }
}

/// The command as a person would type it, without the environment that `{:?}` adds.
fn shown(cmd: &Command) -> String {
    let words: Vec<_> =
        std::iter::once(cmd.get_program()).chain(cmd.get_args()).map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

/// Whether it starts and succeeds; what it prints is dropped.
pub fn succeeds(cmd: &mut Command) -> bool {
    cmd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// What it prints on stdout, trimmed, if it succeeds.
pub fn output(cmd: &mut Command) -> Option<String> {
    let out = cmd.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    out.status.success().then_some(text)
}

/// The program of that name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(&file)).find(|path| path.is_file())
}
