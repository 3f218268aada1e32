// y = factor x
fn scale(x: f32, factor: f32) -> f32 { return factor * x; }
