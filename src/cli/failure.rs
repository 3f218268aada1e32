//! What the user reads when a command fails, and the exit status.

use std::{fmt, path::Path};

use crate::error::Error;

/// Exit status where the input is at fault.
const INPUT: u8 = 2;
/// Exit status where anything else is.
const OTHER: u8 = 1;
/// Exit status after Ctrl-C: 128 + SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// Exit status.
    pub status: u8,
    /// Names the file, the field and what was expected.
    pub message: String,
}

impl Failure {
    /// The input is at fault.
    pub fn input(what: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { status: INPUT, message: format!("{what}: {message}") }
    }

    /// The input is not.
    pub fn other(message: impl Into<String>) -> Self {
        Self { status: OTHER, message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { status: if error.is_input() { INPUT } else { OTHER }, message: error.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Names the file that an error is about.
pub(super) trait Of<T> {
    /// Puts `file` in front of the message, unless the machine is at fault and not the file.
    fn of(self, file: &Path) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Of<T> for Result<T, E> {
    fn of(self, file: &Path) -> Result<T, Failure> {
        self.map_err(|error| match error.into() {
            Failure { status: INPUT, message } => Failure::input(file.display(), message),
            other => other,
        })
    }
}
