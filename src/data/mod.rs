//! Data sets, and what visitors bring.

pub mod digit;
pub mod idx;
pub mod mnist;
