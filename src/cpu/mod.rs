//! The CPU twin of every op, generic over f32 and f64: in f64 the oracle of the tests, in f32 what
//! trains where there is no GPU.

mod accuracy;
mod add;
mod add_rows;
mod argmax;
mod attention;
mod attention_step;
mod attention_weights;
mod batch_norm;
mod batched_matmul;
mod bias_grad;
mod binary_cross_entropy;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod blocked;
mod columns;
mod concat;
mod conv2d;
mod conv_transpose2d;
mod cross_entropy;
mod distillation;
mod dropout;
mod embedding;
mod functions;
mod gather;
mod gaussian_kl;
mod gelu;
mod gemm;
mod gru;
mod interpreter;
#[cfg(any(test, all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes;
mod layer_norm;
mod leaky_relu;
mod linear;
mod lstm;
mod matmul;
mod mul;
mod narrow;
mod noise;
mod normalize;
mod one_hot;
mod pool;
mod pool2d;
mod rank;
mod real;
mod recurrent;
mod recurrent_weight_grad;
mod regression;
mod relu;
mod reparameterize;
mod reshape;
mod rms_norm;
mod rnn;
mod rotary;
mod scale;
mod sigmoid;
mod silu;
mod sinusoidal;
mod softmax;
mod softplus;
mod step;
mod tanh;
mod tensor;
mod upsample;
mod winograd;

pub(crate) use pool::{among, share};

pub use interpreter::Interpreter;
pub use real::Real;
pub use step::Step;
pub use tensor::{Data, Tensor};

/// Elements that are worth a thread.
const ENOUGH: usize = 1 << 14;

/// What an op computes with: its operands, its results (allocated, not cleared), and the step.
pub struct Io<'a, T> {
    /// Operands.
    pub inputs: &'a [&'a Tensor<T>],
    /// Results.
    pub outputs: &'a mut [Tensor<T>],
    /// The step's numbers.
    pub step: &'a Step,
}

impl<'a, T: Real> Io<'a, T> {
    /// Operand `index` as floats.
    pub fn x(&self, index: usize) -> &'a [T] {
        self.inputs[index].floats()
    }

    /// Operand `index` as whole numbers.
    pub fn ints(&self, index: usize) -> &'a [u32] {
        self.inputs[index].ints()
    }

    /// Operand `index` as bytes.
    pub fn bytes(&self, index: usize) -> &'a [u8] {
        self.inputs[index].bytes()
    }

    /// Result `index` as floats.
    pub fn y(&mut self, index: usize) -> &mut [T] {
        self.outputs[index].floats_mut()
    }

    /// Result `index` as whole numbers.
    pub fn ints_mut(&mut self, index: usize) -> &mut [u32] {
        self.outputs[index].ints_mut()
    }

    /// Sizes of operand `index`.
    pub fn sizes(&self, index: usize) -> &'a [usize] {
        &self.inputs[index].ty.shape.0
    }

    /// How many of `rows` rows (or elements) belong to the valid samples of the batch. Operand 0 has the batch first.
    pub fn valid(&self, rows: usize) -> usize {
        let batch = self.sizes(0)[0];
        batch.min(self.step.rows as usize) * (rows / batch)
    }

    /// `y[i] = f(x0[i])`
    pub fn map(&mut self, f: impl Fn(T) -> T + Sync) {
        let x = self.x(0);
        share([self.y(0)], x.len(), ENOUGH, |range, [y]| map(y, &x[range], &f));
    }

    /// `y[i] = f(x0[i], x1[i])`
    pub fn map2(&mut self, f: impl Fn(T, T) -> T + Sync) {
        let (a, b) = (self.x(0), self.x(1));
        share([self.y(0)], a.len(), ENOUGH, |range, [y]| map2(y, &a[range.clone()], &b[range], &f));
    }
}

/// `y[i] = f(x[i])`. Not inlined: as arguments, nothing of this overlaps what `f` holds, and the loop is SIMD.
#[inline(never)]
fn map<T: Real>(y: &mut [T], x: &[T], f: &impl Fn(T) -> T) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = f(x);
    }
}

/// `y[i] = f(a[i], b[i])`, as [`map`].
#[inline(never)]
fn map2<T: Real>(y: &mut [T], a: &[T], b: &[T], f: &impl Fn(T, T) -> T) {
    for (y, (&a, &b)) in y.iter_mut().zip(a.iter().zip(b)) {
        *y = f(a, b);
    }
}

/// The sum of `terms`, in eight strands: strict order would forbid SIMD, and be less exact.
fn sum<T: Real>(terms: &[T]) -> T {
    let mut strands = [T::default(); 8];
    let chunks = terms.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (strand, &term) in strands.iter_mut().zip(chunk) {
            *strand += term;
        }
    }
    strands.iter().chain(rest).copied().sum()
}

/// The sum of f(a\[i\], b\[i\]), in eight strands as [`sum`].
fn sum_over<T: Real>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut strands = [T::default(); 8];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for (strand, (&a, &b)) in strands.iter_mut().zip(a.iter().zip(b)) {
            *strand += f(a, b);
        }
    }
    strands.into_iter().chain(rest_a.iter().zip(rest_b).map(|(&a, &b)| f(a, b))).sum()
}

/// `to[i] += terms[i]`
fn accumulate<T: Real>(to: &mut [T], terms: &[T]) {
    for (to, &term) in to.iter_mut().zip(terms) {
        *to += term;
    }
}

/// to\[column\] = Σ rows\[…\]\[column\]
fn column_sums<T: Real>(to: &mut [T], rows: &[T]) {
    let n = to.len();
    share([to], n, ENOUGH.div_ceil(rows.len() / n + 1), |range, [to]| {
        to.fill(T::default());
        for row in rows.chunks_exact(n) {
            accumulate(to, &row[range.clone()]);
        }
    });
}

/// The place of the largest number; of equals, the first.
fn argmax<T: Real>(row: &[T]) -> usize {
    let mut best = 0;
    for (i, x) in row.iter().enumerate() {
        if *x > row[best] {
            best = i;
        }
    }
    best
}

/// The CPU twin of an op.
pub trait Eval {
    /// Computes the outputs.
    fn eval<T: Real>(&self, io: &mut Io<'_, T>);
}

/// [`Eval`] for trait objects.
pub trait Twin {
    /// In f32.
    fn eval_f32(&self, io: &mut Io<'_, f32>);
    /// In f64.
    #[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
    fn eval_f64(&self, io: &mut Io<'_, f64>);
}

impl<O: Eval> Twin for O {
    fn eval_f32(&self, io: &mut Io<'_, f32>) {
        self.eval(io);
    }

    #[cfg(any(feature = "twins", not(target_arch = "wasm32")))]
    fn eval_f64(&self, io: &mut Io<'_, f64>) {
        self.eval(io);
    }
}
