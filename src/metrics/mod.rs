//! What is measured of predictions, as the field defines it. Plain arithmetic on the CPU, from what the device counted or
//! decided ([`crate::ops::argmax`], [`crate::ops::rank`]).

mod bleu;
mod confusion;
mod edit;
mod text;
mod topk;

pub use bleu::{Bleu, Smoothing};
pub use confusion::{ClassScores, Confusion};
pub use edit::{ErrorRate, edit_distance};
pub use text::{bits_per_character, exact_match, perplexity};
pub use topk::top_k_accuracy;

/// a / b, and 0 where there is nothing to divide by, as scikit-learn has it.
fn share(a: u64, b: u64) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}
