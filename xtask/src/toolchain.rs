//! Which compiler makes the WebAssembly.
//!
//! In order: a compiler that already has the target's std; Debian's packages if they are there;
//! `rustup target add`; Debian's packages from apt. `XTASK_WASM_TOOLCHAIN` forces one.

use std::{env, path::Path, process::Command};

use crate::{
    process::{Result, cargo, command, output, run, say},
    system,
};

pub const TARGET: &str = "wasm32-unknown-unknown";

const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const CLIPPY_PACKAGE: &str = "rust-web-clippy";
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const CARGO_CLIPPY: &str = "/usr/bin/cargo-clippy";
const LINKER: &str = "/usr/bin/wasm-ld-19";
const STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// A compiler for [`TARGET`].
#[derive(Clone, Copy)]
pub enum Toolchain {
    /// The default one, which has a compiled std for the target (rustup, or a distribution's).
    Default,
    /// Debian's rustc-web, which compiles std from the source that Debian packages.
    Debian,
}

impl Toolchain {
    pub fn describe(self) -> &'static str {
        match self {
            Toolchain::Default => "the default Rust toolchain",
            Toolchain::Debian => "Debian's rustc-web, which also compiles std",
        }
    }

    /// `cargo build …`, for the target.
    pub fn build(self) -> Command {
        self.subcommand("build")
    }

    /// `cargo clippy …`, for the target. Debian packages clippy apart.
    pub fn clippy(self) -> Result<Command> {
        if matches!(self, Toolchain::Debian) && !Path::new(CARGO_CLIPPY).exists() {
            system::apt_install(&[CLIPPY_PACKAGE])?;
        }
        Ok(self.subcommand("clippy"))
    }

    fn subcommand(self, name: &str) -> Command {
        let mut cmd = match self {
            Toolchain::Default => cargo(),
            // cargo would look for cargo-clippy in rustup's folder first.
            Toolchain::Debian if name == "clippy" => command(CARGO_CLIPPY),
            Toolchain::Debian => command(CARGO),
        };
        // Either would replace the flags in .cargo/config.toml, and SIMD with them.
        cmd.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cmd.arg(name);
        if matches!(self, Toolchain::Debian) {
            // What the outer `cargo xtask` set belongs to another toolchain.
            for leak in ["RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "LD_LIBRARY_PATH"] {
                cmd.env_remove(leak);
            }
            cmd.env("CARGO", CARGO)
                .env("RUSTC", RUSTC)
                .env("RUSTC_BOOTSTRAP", "1") // build-std is unstable; this compiler is not
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER)
                .args(["-Z", "build-std=std,panic_abort"]);
        }
        cmd.args(["--target", TARGET]);
        cmd
    }
}

/// Finds a toolchain, and installs one if there is none.
pub fn find() -> Result<Toolchain> {
    let forced = env::var("XTASK_WASM_TOOLCHAIN").unwrap_or_default();
    match forced.as_str() {
        "rustup" => {
            if !default_has_target() {
                rustup_add()?;
            }
            Ok(Toolchain::Default)
        }
        "debian" => {
            if !debian_is_here() {
                debian_add()?;
            }
            Ok(Toolchain::Debian)
        }
        "" if default_has_target() => Ok(Toolchain::Default),
        "" if debian_is_here() => Ok(Toolchain::Debian),
        "" => rustup_add().map(|()| Toolchain::Default).or_else(|rustup| {
            say(&rustup);
            debian_add().map(|()| Toolchain::Debian)
        }),
        other => Err(format!("XTASK_WASM_TOOLCHAIN is `{other}`; expected `rustup` or `debian`")),
    }
}

fn default_has_target() -> bool {
    let mut rustc = command("rustc");
    output(rustc.args(["--print", "target-libdir", "--target", TARGET])).is_some_and(|dir| Path::new(&dir).is_dir())
}

fn rustup_add() -> Result {
    say(&format!("adding Rust's {TARGET} target with rustup (about 20 MB, under a minute)"));
    run(command("rustup").args(["target", "add", TARGET]))
        .map_err(|e| format!("rustup could not add the {TARGET} target: {e}"))?;
    if default_has_target() {
        Ok(())
    } else {
        Err(format!("rustup added {TARGET}, but the `rustc` on PATH still lacks it: is PATH's first rustc rustup's?"))
    }
}

fn debian_is_here() -> bool {
    [RUSTC, CARGO, LINKER, STD_SOURCE].iter().all(|path| Path::new(path).exists())
}

fn debian_add() -> Result {
    say("installing Debian's Rust for WebAssembly (about 120 MB, a minute or two)");
    system::apt_install(&PACKAGES).map_err(|e| {
        format!(
            "there is no Rust compiler for {TARGET} here. Install Rust with rustup and run `rustup target add {TARGET}`. (Debian's own could not be installed: {e})"
        )
    })?;
    if debian_is_here() {
        Ok(())
    } else {
        Err(format!(
            "{} are installed, but one of {RUSTC}, {CARGO}, {LINKER}, {STD_SOURCE} is missing",
            PACKAGES.join(", ")
        ))
    }
}
