//! Where results go: stdout, and files that are replaced whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process,
};

use super::Failure;

/// Prints to stdout. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::other(format!("stdout: {e}"))),
        _ => Ok(()),
    }
}

/// A file to be written later, known to be writable now.
pub struct Target {
    path: PathBuf,
    /// Devices and pipes can't be replaced, only written to.
    direct: bool,
}

impl Target {
    /// Checks, without a trace, that `path` can be written; `flag` is for the message.
    ///
    /// # Errors
    /// It can't.
    pub fn new(flag: &str, path: &Path) -> Result<Self, Failure> {
        let fail = |message: String| Failure::input(format!("{flag} {}", path.display()), message);
        let target = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(fail("is a folder, expected the name of a file".into())),
            Ok(found) if found.permissions().readonly() => return Err(fail("is write-protected".into())),
            Ok(found) => {
                // What a link points to is written, not the link.
                let path = path.canonicalize().map_err(|e| fail(format!("can't be written: {e}")))?;
                Self { path, direct: !found.is_file() }
            }
            Err(_) => Self { path: path.to_owned(), direct: false },
        };
        if !target.direct {
            let probe = target.temporary();
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&probe)
                .and_then(|_| fs::remove_file(&probe))
                .map_err(|e| fail(format!("can't be written: {e}")))?;
        }
        Ok(target)
    }

    /// Beside the target, so that renaming is one step of the file system.
    fn temporary(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.{}.part", process::id()))
    }

    /// Whether it is the file at `other`.
    pub fn is(&self, other: &Path) -> bool {
        let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
        whole(&self.path) == whole(other)
    }

    /// The file, for people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all or nothing.
    ///
    /// # Errors
    /// The disk is full, or the folder is gone by now.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = if self.direct {
            fs::write(&self.path, bytes)
        } else {
            let temporary = self.temporary();
            let written = File::create(&temporary)
                .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
                .and_then(|()| fs::rename(&temporary, &self.path));
            if written.is_err() {
                let _ = fs::remove_file(&temporary); // the first error is the one to tell
            }
            written
        };
        written.map_err(|e| Failure::other(format!("{}: {e}", self.path.display())))
    }

    /// Empties the file and opens it, for what is to be read while it is written.
    ///
    /// # Errors
    /// The folder is gone by now.
    pub fn open(&self) -> Result<File, Failure> {
        File::create(&self.path).map_err(|e| Failure::other(format!("{}: {e}", self.path.display())))
    }
}
