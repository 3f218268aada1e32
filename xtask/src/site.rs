//! The page: served while one works on it, or built for a host.

use crate::{
    data, node,
    process::{Result, root, run, say},
    sizes,
    wasm::{self, Mode},
};

/// Vite's development server. Its plugin calls `cargo xtask wasm` when a source changes.
pub fn serve(args: &[&str]) -> Result {
    let options = Options::parse(args)?;
    node::install()?;
    data::ensure()?;
    wasm::build(Mode::Development)?;
    let mut vite = node::program("vite", "vite")?;
    vite.args(["--host", &options.host]);
    match &options.port {
        // Asked for by number, another one is no answer.
        Some(port) => vite.args(["--port", port, "--strictPort"]),
        None => vite.args(["--port", "5173"]),
    };
    if options.open {
        vite.arg("--open");
    }
    if !["127.0.0.1", "localhost", "::1"].contains(&options.host.as_str()) {
        say("browsers offer WebGPU on https and on this machine itself only; elsewhere the page falls back to the CPU");
    }
    become_program(&mut vite)
}

/// Vite takes over this process, so that what ends `cargo xtask serve` ends the server too.
#[cfg(unix)]
fn become_program(cmd: &mut std::process::Command) -> Result {
    use std::os::unix::process::CommandExt;
    let error = cmd.exec();
    Err(format!("cannot start Vite: {error}"))
}

/// Windows has nothing like it, but cargo puts us and our children into one job that ends as one.
#[cfg(not(unix))]
fn become_program(cmd: &mut std::process::Command) -> Result {
    run(cmd)
}

struct Options {
    host: String,
    port: Option<String>,
    open: bool,
}

impl Options {
    fn parse(args: &[&str]) -> Result<Options> {
        let mut options = Options { host: "127.0.0.1".into(), port: None, open: true };
        let mut words = args.iter().flat_map(|arg| match arg.split_once('=') {
            Some((name, value)) => vec![name, value],
            None => vec![*arg],
        });
        while let Some(word) = words.next() {
            match word {
                "--no-open" => options.open = false,
                "--host" => {
                    options.host = words.next().ok_or("--host needs a name or address")?.into();
                }
                "--port" => {
                    let port = words.next().unwrap_or_default();
                    port.parse::<u16>().map_err(|_| format!("--port needs a number up to 65535, not `{port}`"))?;
                    options.port = Some(port.into());
                }
                other => {
                    return Err(format!("serve knows --port N, --host H and --no-open, not `{other}`"));
                }
            }
        }
        Ok(options)
    }
}

/// The release site in dist/, with its sizes checked.
pub fn build() -> Result {
    node::install()?;
    data::ensure()?;
    wasm::build(Mode::Release)?;
    run(node::program("vite", "vite")?.arg("build"))?;
    sizes::report(&root().join("dist"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn serve_is_on_loopback_unless_asked() {
        let options = Options::parse(&[]).unwrap();
        assert_eq!(options.host, "127.0.0.1");
        assert!(options.open && options.port.is_none());
    }

    #[test]
    fn serve_options() {
        let options = Options::parse(&["--port=8080", "--host", "0.0.0.0", "--no-open"]).unwrap();
        assert_eq!(options.port.as_deref(), Some("8080"));
        assert_eq!(options.host, "0.0.0.0");
        assert!(!options.open);
        assert!(Options::parse(&["--port", "x"]).is_err());
        assert!(Options::parse(&["--host"]).is_err());
        assert!(Options::parse(&["--fast"]).is_err());
    }
}
