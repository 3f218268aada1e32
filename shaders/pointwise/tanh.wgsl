// y = tanh(x); the gradient from the output alone, so that the input need not be kept.
// Clamped: drivers may compute exp(2x) inside, which overflows.
fn tanh_clamped(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }
fn tanh_grad(dy: f32, y: f32) -> f32 { return dy * (1.0 - y * y); }
