//! The crate's one error type. A message says what was found, what was expected and where.

use crate::graph::Shape;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by who can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of an experiment is missing, unknown or out of range.
    #[error("{path}: {message}")]
    Spec {
        /// The field, as in `model[2].kernel`.
        path: String,
        /// What is wrong and what was expected.
        message: String,
    },
    /// An operation got operands that it can't take.
    #[error("{op} of {}: {message}", list(.shapes))]
    Op {
        /// The operation's stem.
        op: &'static str,
        /// The operands' shapes.
        shapes: Vec<Shape>,
        /// What is wrong and what was expected.
        message: String,
    },
    /// A file or data set is not what it should be.
    #[error("{what}: {message}")]
    Data {
        /// The file, tensor or field.
        what: String,
        /// What is wrong and what was expected.
        message: String,
    },
    /// The GPU, its driver or the browser refused.
    #[error("GPU: {0}")]
    Gpu(String),
}

impl Error {
    /// An experiment's field is wrong.
    pub fn spec(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Spec { path: path.into(), message: message.into() }
    }

    /// A file, tensor or data set is wrong.
    pub fn data(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Data { what: what.into(), message: message.into() }
    }

    /// The GPU refused.
    pub fn gpu(message: impl std::fmt::Display) -> Self {
        Self::Gpu(message.to_string())
    }

    /// Puts the layer's path in front: shape errors below it become errors of that layer.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        match self {
            Self::Spec { path: inner, message } if inner.is_empty() => Self::spec(path, message),
            Self::Spec { path: inner, message } if inner.starts_with('[') => {
                Self::spec(format!("{path}{inner}"), message)
            }
            Self::Spec { path: inner, message } => Self::spec(format!("{path}.{inner}"), message),
            Self::Op { .. } => Self::spec(path, self.to_string()),
            other => other,
        }
    }

    /// Whether the input is at fault (exit status 2) rather than the machine.
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Gpu(_))
    }
}

fn list(shapes: &[Shape]) -> String {
    shapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
