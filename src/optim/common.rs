//! What all optimizers have in common: options, and what they make of a gradient before the rule sees it.

use serde::Deserialize;

use super::{Schedule, not_negative, positive};
use crate::{
    cpu::Real,
    error::{Error, Result},
    kernels::Number,
};

/// Options of every optimizer, beside those of its rule. Twin of the update: `shaders/common/gradient.wgsl`.
///
/// The gradient g of the loss (with all that is added to the loss) is clipped; then l1 · sign(p) and, unless the rule
/// decouples it, `weight_decay` · p are added, so that clipping does not weaken them: PyTorch's order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// The rate that schedules refer to.
    pub learning_rate: f32,
    /// How the rate changes.
    #[serde(default)]
    pub schedule: Schedule,
    /// L2 regularisation, or decoupled weight decay where the rule says so. `None`: the rule's own default.
    #[serde(default)]
    pub weight_decay: Option<f32>,
    /// Which parameters decay.
    #[serde(default)]
    pub decay: Decay,
    /// L1 regularisation.
    #[serde(default)]
    pub l1: f32,
    /// Every element of the gradient is limited to ± this.
    #[serde(default)]
    pub clip_value: Option<f32>,
    /// The gradient, all parameters together, is scaled down to this length where it is longer, as
    /// `torch.nn.utils.clip_grad_norm_` does it.
    #[serde(default)]
    pub clip_norm: Option<f32>,
}

/// Which parameters decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// All.
    #[default]
    All,
    /// Those with at least two dimensions: weights, but neither biases nor the scales of normalisations.
    Matrices,
}

/// What an update must be told of the parameter that it updates.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Whether it has at least two dimensions.
    pub matrix: bool,
    /// What the gradient is multiplied by: [`Common::clip_factor`].
    pub factor: f32,
}

impl Default for Subject {
    /// A matrix whose gradient is not clipped.
    fn default() -> Self {
        Self { matrix: true, factor: 1.0 }
    }
}

impl Common {
    /// The keys in experiments.
    pub(super) const KEYS: [&str; 7] =
        ["learning_rate", "schedule", "weight_decay", "decay", "l1", "clip_value", "clip_norm"];

    /// # Errors
    /// [`Error::Spec`] with the field.
    pub(super) fn check(&self) -> Result<()> {
        super::check_learning_rate(self.learning_rate)?;
        self.schedule.check().map_err(|e| e.at("schedule"))?;
        not_negative("weight_decay", self.weight_decay.unwrap_or(0.0))?;
        not_negative("l1", self.l1)?;
        for (name, limit) in [("clip_value", self.clip_value), ("clip_norm", self.clip_norm)] {
            limit.map_or(Ok(()), |limit| positive(name, limit))?;
        }
        if self.clip_value.is_some() && self.clip_norm.is_some() {
            return Err(Error::spec("clip_norm", "excludes clip_value: choose one"));
        }
        Ok(())
    }

    /// What gradients are multiplied by, given the sum of the squares of all of them.
    pub fn clip_factor(&self, squares: f64) -> f32 {
        self.clip_norm.map_or(1.0, |limit| (f64::from(limit) / (squares.sqrt() + 1e-6)).min(1.0) as f32)
    }

    /// Of so many parameters, the first ones being so many elements of matrices, how many decay.
    fn decayed(&self, count: usize, matrices: usize) -> usize {
        if self.decay == Decay::All { count } else { matrices }
    }

    /// The constants of `shaders/common/gradient.wgsl`. `decay`: (L2, decoupled).
    pub(super) fn constants(&self, decay: (f32, f32), count: usize, matrices: usize) -> [(&'static str, Number); 6] {
        [
            ("COUNT", count.into()),
            ("DECAYED", self.decayed(count, matrices).into()),
            ("CLIP_VALUE", self.clip_value.unwrap_or(f32::MAX).into()),
            ("L1", self.l1.into()),
            ("L2", decay.0.into()),
            ("DECOUPLED", decay.1.into()),
        ]
    }

    /// For one parameter. `decay`: (L2, decoupled).
    pub(super) fn prepare<T: Real>(&self, decay: (f32, f32), subject: Subject) -> Prepare<T> {
        let decays = self.decay == Decay::All || subject.matrix;
        let (l2, decoupled) = if decays { decay } else { (0.0, 0.0) };
        let limit = self.clip_value.unwrap_or(f32::MAX);
        let [factor, limit, l1, l2, decoupled] =
            [subject.factor, limit, self.l1, l2, decoupled].map(|x| T::of(x.into()));
        Prepare { factor, limit, l1, l2, decoupled }
    }
}

/// What is done with each element of a gradient.
#[derive(Clone, Copy, Debug)]
pub struct Prepare<T> {
    factor: T,
    limit: T,
    l1: T,
    l2: T,
    decoupled: T,
}

impl<T: Real> Prepare<T> {
    /// The gradient that the rule works with, of parameter `p`.
    #[inline]
    pub fn gradient(&self, g: T, p: T) -> T {
        let mut g = g * self.factor;
        g = if g > self.limit { self.limit } else { g };
        g = if g < -self.limit { -self.limit } else { g };
        g + self.l1 * sign(p) + self.l2 * p
    }

    /// The parameter after decoupled decay.
    #[inline]
    pub fn shrunk(&self, p: T, rate: T) -> T {
        p - rate * self.decoupled * p
    }
}

/// −1, 0 or 1.
pub(super) fn sign<T: Real>(x: T) -> T {
    let positive = if x > T::default() { T::of(1.0) } else { T::default() };
    if x < T::default() { T::of(-1.0) } else { positive }
}
