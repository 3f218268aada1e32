// y = x for x > 0, slope * x else; the gradient from the output alone (slope >= 0 keeps the sign).
fn leaky_relu(x: f32, slope: f32) -> f32 { return select(slope * x, x, x > 0.0); }
fn leaky_relu_grad(dy: f32, y: f32, slope: f32) -> f32 { return select(slope * dy, dy, y > 0.0); }
