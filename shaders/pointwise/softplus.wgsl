// y = ln(1 + exp(x)), without overflow; the gradient from the output alone, so that the input need not be kept.
fn softplus(x: f32) -> f32 { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }
fn softplus_grad(dy: f32, y: f32) -> f32 { return dy * (1.0 - exp(-y)); }
