//! The benchmarks. bench/ measures; here is what that needs: packages, a built site, a browser, the native program.

use std::{env, path::PathBuf};

use crate::{
    data, gpu, interop, node,
    process::{Result, cargo, root, run, say, target_dir},
    site, system,
};

/// Measures; the arguments are bench/runner's, but for `--no-build`. It knows `--help`, too.
pub fn measure(args: &[&str]) -> Result {
    node::install()?;
    let folder = root().join("bench");
    node::install_into(&folder, "the libraries to compare with (about 30 MB)")?;
    let mut runner = node::node();
    runner.arg(folder.join("start.js")).args(args.iter().filter(|arg| **arg != "--no-build"));
    if args.contains(&"--help") {
        return run(&mut runner);
    }

    let asked = Parts::of(args);
    let build = !args.contains(&"--no-build");
    if asked.browser {
        runner.arg("--browser-path").arg(system::browser()?);
        if build {
            site::build()?;
        }
        runner.arg("--dist").arg(root().join("dist"));
    }
    if asked.native {
        data::ensure()?;
        runner.arg("--trainyard").arg(program(build)?);
        if let Some(driver) = gpu::driver()? {
            runner.arg("--driver").arg(driver);
        }
        match interop::find_python() {
            Some(python) => {
                runner.arg("--python").arg(python);
            }
            None => say("PyTorch was not found: it will be missing from the native table"),
        }
    }
    run(&mut runner)
}

/// What a run needs.
struct Parts {
    browser: bool,
    native: bool,
}

impl Parts {
    /// Without an option that names a part it is the browser's and the native one.
    fn of(args: &[&str]) -> Self {
        let has = |names: &[&str]| names.iter().any(|name| args.contains(name));
        let all = !has(&["--browser", "--native", "--scale", "--profile"]);
        Self { browser: all || has(&["--browser", "--profile"]), native: all || has(&["--native", "--scale"]) }
    }
}

/// The command line, optimised.
fn program(build: bool) -> Result<PathBuf> {
    if build {
        say("building the command line (optimised: about 3 minutes the first time)");
        run(cargo().args(["build", "--release", "--package", "trainyard", "--bin", "trainyard"]))?;
    }
    let path = target_dir().join("release").join(format!("trainyard{}", env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(format!("{} is not built: leave --no-build out", path.display())) }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn a_part_that_is_named_leaves_out_the_others() {
        let parts = |args: &[&str]| {
            let Parts { browser, native } = Parts::of(args);
            (browser, native)
        };
        assert_eq!(parts(&["--only", "W1"]), (true, true));
        assert_eq!(parts(&["--browser", "--quick"]), (true, false));
        assert_eq!(parts(&["--native"]), (false, true));
        assert_eq!(parts(&["--scale"]), (false, true));
        assert_eq!(parts(&["--profile"]), (true, false));
    }
}
