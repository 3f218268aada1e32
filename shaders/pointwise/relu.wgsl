// y = max(x, 0); the gradient from the output alone, so that the input need not be kept.
fn relu(x: f32) -> f32 { return max(x, 0.0); }
fn relu_grad(dy: f32, y: f32) -> f32 { return select(0.0, dy, y > 0.0); }
