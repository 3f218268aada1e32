//! `kernels`: the WGSL of a training step.

use std::path::PathBuf;

use super::{Failure, Outcome, input, output, plan};

/// Arguments of `kernels`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The experiment, a JSON file
    pub experiment: PathBuf,
    /// Only kernels whose name or ops contain this
    #[arg(long)]
    pub name: Option<String>,
}

/// Prints each distinct shader of the plan once, under a comment that says where it is used.
///
/// # Errors
/// Bad input.
pub fn run(args: &Args) -> Outcome {
    let experiment = input::experiment(&args.experiment)?;
    let plans = plan::training(&experiment, &args.experiment)?;
    let dispatches = || plans.iter().flat_map(|plan| &plan.dispatches);
    let mut shaders: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for (index, d) in dispatches().enumerate() {
        let wanted = args.name.as_ref().is_none_or(|name| d.kernel.contains(name) || d.label.contains(name));
        let used = format!("// {}: {} of {}, {:?} workgroups", index + 1, d.label, d.layer, d.groups);
        match shaders.iter_mut().find(|(_, source, _)| *source == d.composed.source) {
            Some((.., uses)) => uses.push(used),
            None if wanted => shaders.push((&d.kernel, &d.composed.source, vec![used])),
            None => {}
        }
    }
    if shaders.is_empty() {
        let name = args.name.as_deref().unwrap_or_default();
        let mut known: Vec<_> = dispatches().flat_map(|d| d.kernel.split(" | ")).collect();
        known.sort_unstable();
        known.dedup();
        return Err(Failure::input("--name", format!("no kernel contains `{name}`; there are {}", known.join(", "))));
    }
    for (kernel, source, uses) in shaders {
        output::print(&format!("// {kernel}\n{}\n{source}\n", uses.join("\n")))?;
    }
    Ok(0)
}
