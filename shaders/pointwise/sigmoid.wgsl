// y = 1 / (1 + exp(-x)); the gradient from the output alone, so that the input need not be kept.
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn sigmoid_grad(dy: f32, y: f32) -> f32 { return dy * y * (1.0 - y); }
