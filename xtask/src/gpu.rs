//! The GPU driver that native tests run on.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    process::{Result, say, target_dir},
    system,
};

/// lavapipe's manifest on Linux: a software driver computes the same everywhere. None where the
/// system's own driver is to be used: elsewhere, and with `TRAINYARD_GPU=system`.
pub fn driver() -> Result<Option<PathBuf>> {
    match env::var("TRAINYARD_GPU").as_deref() {
        Err(_) | Ok("") => {}
        Ok("system") => return Ok(None),
        Ok(other) => {
            return Err(format!("TRAINYARD_GPU is `{other}`; expected `system` or nothing"));
        }
    }
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    if let Some(manifest) = lavapipe() {
        return Ok(Some(manifest));
    }
    say("installing lavapipe, the software Vulkan driver that the tests run on (about 40 MB)");
    system::apt_install(&["mesa-vulkan-drivers", "libvulkan1"])
        .map_err(|e| format!("{e}\nOr test on your own GPU: TRAINYARD_GPU=system"))?;
    match lavapipe() {
        Some(manifest) => Ok(Some(manifest)),
        None => Err("mesa-vulkan-drivers is installed but brought no lvp_icd*.json".into()),
    }
}

/// Points a program at [`driver`].
pub fn use_driver(cmd: &mut Command) -> Result {
    if let Some(manifest) = driver()? {
        // The loader's new name for the variable, and its old one.
        cmd.env("VK_DRIVER_FILES", &manifest).env("VK_ICD_FILENAMES", &manifest);
        if env::var_os("XDG_RUNTIME_DIR").is_none() {
            cmd.env("XDG_RUNTIME_DIR", target_dir()); // Mesa's Wayland layer complains without
        }
    }
    Ok(())
}

fn lavapipe() -> Option<PathBuf> {
    let folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let mut found: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| file_name(path).starts_with("lvp_icd"))
        .collect();
    // Two architectures may be installed side by side: ours first.
    found.sort_by_key(|path| !file_name(path).contains(env::consts::ARCH));
    found.into_iter().next()
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
