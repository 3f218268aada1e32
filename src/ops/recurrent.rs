//! What `lstm`, `gru` and `rnn` share: their time loop's options, shapes and kernels' constants.

use super::{Case, Op};
use crate::{
    graph::{DType, Graph, Node, Shape, Type, ValueId},
    kernels::{Call, Kernel, Number, Operand, Target},
};

/// Most invocations of a workgroup.
const MAX_LANES: usize = 128;

/// How the time loop runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loop {
    /// From the last time step to the first.
    pub reverse: bool,
    /// With it, the op takes one more operand, tokens u32 \[batch, time\]: where the token is this one, the state stays
    /// as it is. After padding at a sequence's end, the last step's output is that of the last real token.
    pub padding: Option<u32>,
}

/// Sizes of a time loop.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Samples.
    pub batch: usize,
    /// Time steps.
    pub time: usize,
    /// Units of the hidden state.
    pub units: usize,
}

impl Loop {
    /// The time steps in their order, each with the one before.
    pub fn steps(self, time: usize) -> impl DoubleEndedIterator<Item = (usize, Option<usize>)> {
        (0..time).map(move |step| {
            let at = |step| if self.reverse { time - 1 - step } else { step };
            (at(step), step.checked_sub(1).map(at))
        })
    }

    /// Checks gates \[batch, time, gates · units\], w_hh \[units, gates · units\], b_hh \[gates · units\] and the tokens.
    pub(super) fn forward(self, gates: usize, inputs: &[Type]) -> Result<Sizes, String> {
        let [x, w, b, tokens @ ..] = inputs else {
            return Err("takes gates, recurrent weight and its bias".into());
        };
        let [batch, time, n] = x.shape.0[..] else {
            return Err(format!("the gates must be [batch, time, {gates} · units]"));
        };
        let units = n / gates;
        if n == 0 || time == 0 || w.shape != Shape::from([units, gates * units]) || b.shape != Shape::from([n]) {
            return Err(format!(
                "expected [batch, time, {gates} · units], [units, {gates} · units] and [{gates} · units]"
            ));
        }
        let sizes = Sizes { batch, time, units };
        self.check_tokens(sizes, tokens)?;
        Ok(sizes)
    }

    fn check_tokens(self, sizes: Sizes, tokens: &[Type]) -> Result<(), String> {
        let expected = Type::u32([sizes.batch, sizes.time]);
        match (self.padding, tokens) {
            (None, []) => Ok(()),
            (Some(_), [tokens]) if *tokens == expected => Ok(()),
            (None, _) => Err("takes no tokens without padding".into()),
            (Some(_), _) => Err(format!("padding needs tokens {expected}")),
        }
    }

    fn constants(self) -> [(&'static str, Number); 3] {
        [
            ("REVERSE", self.reverse.into()),
            ("PADDED", self.padding.is_some().into()),
            ("PADDING", Number::U32(self.padding.unwrap_or_default())),
        ]
    }
}

/// Of all states \[batch, time, units\].
impl From<&Type> for Sizes {
    fn from(states: &Type) -> Self {
        let size = |dimension| states.shape.0.get(dimension).copied().unwrap_or(1);
        Self { batch: size(0), time: size(1), units: size(2) }
    }
}

impl Sizes {
    /// \[batch, time, n\]
    pub fn sequence(self, n: usize) -> Type {
        Type::f32([self.batch, self.time, n])
    }

    /// \[batch, units\]
    pub fn state(self) -> Type {
        Type::f32([self.batch, self.units])
    }

    fn call(self, variant: Variant) -> Call {
        let groups = [self.batch.div_ceil(4 * variant.parts) as u32, 1, 1];
        let lanes = self.units.div_ceil(variant.units).next_multiple_of(variant.step).min(MAX_LANES);
        let layout = [("LANES", lanes), ("PARTS", variant.parts)];
        let sizes = [("BATCH", self.batch), ("TIME", self.time), ("UNITS", self.units)].into_iter().chain(layout);
        Call::new(variant.kernel, 0, 0, groups).with(sizes.map(|(name, size)| (name, Number::from(size))))
    }
}

/// A time loop's kernels: the portable one, and that which sums with subgroups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernels {
    pub portable: &'static Kernel,
    pub subgroup: &'static Kernel,
    /// Units of a slot: a portable invocation sums two of them at once, one with subgroups one.
    pub slot: usize,
}

/// A time loop's kernel, and how its workgroups are laid out.
#[derive(Clone, Copy)]
struct Variant {
    kernel: &'static Kernel,
    /// Vectors of four samples that a workgroup computes together: each weight that is read serves all of them.
    parts: usize,
    /// Units that an invocation sums at once.
    units: usize,
    /// What the number of invocations is a multiple of.
    step: usize,
}

impl Kernels {
    fn portable(&self, sizes: Sizes) -> Variant {
        Variant { kernel: self.portable, parts: sizes.batch.div_ceil(4).min(2), units: 2 * self.slot, step: 4 }
    }

    /// With subgroups, where they can serve.
    fn subgroup(&self, target: &Target, sizes: Sizes) -> Option<Variant> {
        let step = target.subgroup().filter(|_| sizes.units.is_multiple_of(4))?;
        // A workgroup has all units.
        let parts = target.fours(sizes.batch, sizes.units / self.slot);
        Some(Variant { kernel: self.subgroup, parts, units: self.slot, step })
    }
}

/// A forward kernel: w_hh, all states, gates, b_hh, tokens (any operand where there is none), other outputs.
fn forward(variant: Variant, time: Loop, sizes: Sizes, outputs: usize) -> Call {
    let mut call = sizes.call(variant).with(time.constants());
    let tokens = if time.padding.is_some() { 3 } else { 0 };
    call.operands = vec![Operand::In(1), Operand::Out(0)];
    call.operands.extend([0, 2, tokens].map(Operand::In));
    call.operands.extend((1..outputs).map(Operand::Out));
    call
}

/// The portable forward kernel of an op with these outputs, the first being all states.
pub(super) fn forward_call(kernels: &Kernels, time: Loop, outputs: &[Type]) -> Call {
    let sizes = (&outputs[0]).into();
    forward(kernels.portable(sizes), time, sizes, outputs.len())
}

/// Its variants.
pub(super) fn forward_variants(kernels: &Kernels, time: Loop, outputs: &[Type], target: &Target) -> Vec<Call> {
    let sizes = (&outputs[0]).into();
    kernels.subgroup(target, sizes).map(|kernel| forward(kernel, time, sizes, outputs.len())).into_iter().collect()
}

/// What a time loop's gradient op is given.
#[derive(Clone, Copy, Debug)]
pub struct Backward {
    /// As forward.
    pub time: Loop,
    /// Whether the loss depends on the outputs of all steps: operand dy \[batch, time, units\].
    pub sequence: bool,
    /// Whether the loss depends on the last state: operand dh \[batch, units\].
    pub last: bool,
}

impl Backward {
    /// Applies the gradient op that `op` makes of it: `saved`, then dy, dh and tokens as they are there.
    pub(super) fn apply<O: Op + 'static>(
        g: &mut Graph,
        (node, time): (&Node, Loop),
        (dy, dh): (Option<ValueId>, Option<ValueId>),
        saved: &[ValueId],
        op: impl FnOnce(Self) -> O,
    ) -> crate::Result<Vec<ValueId>> {
        let inputs = [saved, dy.as_slice(), dh.as_slice(), &node.inputs[3..]].concat();
        g.apply(op(Self { time, sequence: dy.is_some(), last: dh.is_some() }), &inputs)
    }

    /// Checks w_hh, then the saved values, each with its size a unit, then dy, dh and tokens.
    pub(super) fn infer(self, gates: usize, saved: &[usize], inputs: &[Type]) -> Result<Sizes, String> {
        let count = 1 + saved.len() + usize::from(self.sequence) + usize::from(self.last);
        if inputs.len() < count {
            return Err(format!("takes {count} operands and tokens"));
        }
        let (w, units) = (&inputs[0], inputs[0].shape.0[0]);
        let [batch, time, _] = inputs[1].shape.0[..] else { return Err("expected [batch, time, n]".into()) };
        let sizes = Sizes { batch, time, units };
        let sequences = saved.iter().copied().chain(self.sequence.then_some(1)).map(|n| sizes.sequence(n * units));
        let mut expected = vec![Type::f32([units, gates * units])];
        expected.extend(sequences);
        expected.extend(self.last.then(|| sizes.state()));
        if let Some((found, expected)) = inputs.iter().zip(&expected).find(|(found, expected)| found != expected) {
            return Err(format!("expected {expected} instead of {found} beside {w}"));
        }
        self.time.check_tokens(sizes, &inputs[count..])?;
        Ok(sizes)
    }

    /// Which operand is dy, dh, tokens, after w_hh and the saved values.
    pub(crate) fn operands(self, saved: usize) -> [Option<usize>; 3] {
        let mut next = 1 + saved;
        [self.sequence, self.last, self.time.padding.is_some()].map(|there| {
            next += usize::from(there);
            there.then_some(next - 1)
        })
    }

    /// The portable backward kernel of an op of so many gates: w_hh, the last output, dy, dh, tokens (w_hh in place of what
    /// is not there), saved values, other outputs.
    pub(super) fn call(self, kernels: &Kernels, gates: usize, inputs: &[Type], outputs: &[Type]) -> Call {
        self.with(kernels.portable(self.sizes(gates, outputs)), gates, inputs, outputs)
    }

    /// Its variants.
    pub(super) fn variants(
        self,
        kernels: &Kernels,
        gates: usize,
        (inputs, outputs): (&[Type], &[Type]),
        target: &Target,
    ) -> Vec<Call> {
        let kernel = kernels.subgroup(target, self.sizes(gates, outputs));
        kernel.map(|kernel| self.with(kernel, gates, inputs, outputs)).into_iter().collect()
    }

    /// From dx.
    fn sizes(self, gates: usize, outputs: &[Type]) -> Sizes {
        let sizes = Sizes::from(&outputs[0]);
        Sizes { units: sizes.units / gates, ..sizes }
    }

    fn with(self, variant: Variant, gates: usize, inputs: &[Type], outputs: &[Type]) -> Call {
        let given = [("SEQUENCE", self.sequence.into()), ("LAST", self.last.into())];
        let mut call = self.sizes(gates, outputs).call(variant).with(self.time.constants()).with(given);
        let given = [self.sequence, self.last, self.time.padding.is_some()];
        let saved = inputs.len() - 1 - given.iter().filter(|there| **there).count();
        let others = self.operands(saved).map(|operand| operand.unwrap_or(0));
        let told = outputs.len() - 1;
        call.operands = vec![Operand::In(0), Operand::Out(told)];
        call.operands.extend(others.into_iter().chain(1..=saved).map(Operand::In));
        call.operands.extend((0..told).map(Operand::Out));
        call
    }
}

/// Time loops to test with their \[batch, time, units\]: all variants of a small one, and other shapes.
pub(super) fn loops() -> Vec<(Loop, [usize; 3])> {
    let variants = [(false, None), (true, None), (false, Some(1)), (true, Some(1))];
    let [forward, reverse, padded, both] = variants.map(|(reverse, padding)| Loop { reverse, padding });
    let mut loops = vec![(forward, [1, 1, 1]), (reverse, [2, 2, 131]), (both, [3, 3, 17]), (forward, [9, 2, 32])];
    // Multiples of four units: kernels with subgroups, with all numbers of parts.
    loops.extend([(both, [14, 3, 12]), (padded, [11, 2, 36]), (reverse, [3, 3, 4])]);
    loops.extend([forward, reverse, padded, both].map(|time| (time, [5, 4, 3])));
    loops
}

/// Adds tokens to a case, of which a third is padding.
pub(super) fn with_tokens(case: Case, time: Loop, [batch, steps, _]: [usize; 3]) -> Case {
    if time.padding.is_some() { case.labels(&[batch, steps], 3) } else { case }
}

/// The same loops' gradients, with all the ways in which a loss may depend on the last.
pub(super) fn backwards() -> Vec<(Backward, [usize; 3])> {
    let way = |(time, sizes), sequence, last| (Backward { time, sequence, last }, sizes);
    let mut ways: Vec<_> = loops().into_iter().map(|each| way(each, true, true)).collect();
    let last = loops().into_iter().next_back();
    ways.extend(last.into_iter().flat_map(|each| [way(each, true, false), way(each, false, true)]));
    ways
}

/// Operands of a gradient op's case.
pub(super) fn backward_case(
    way: Backward,
    op: impl Op + 'static,
    gates: usize,
    saved: &[usize],
    [batch, time, units]: [usize; 3],
) -> Case {
    let mut case = Case::new(op, [&[units, gates * units]]);
    let fill = super::Fill::Normal;
    let sequences = saved.iter().copied().chain(way.sequence.then_some(1));
    case.inputs.extend(sequences.map(|n| (Type::f32([batch, time, n * units]), fill)));
    case.inputs.extend(way.last.then(|| (Type::f32([batch, units]), fill)));
    debug_assert!(case.inputs.iter().all(|(ty, _)| ty.dtype == DType::F32));
    with_tokens(case, way.time, [batch, time, units])
}
