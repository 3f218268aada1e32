// y = x / (1 + exp(-x)). Clamped: what exp overflows to is not dependable.
fn silu_gate(x: f32) -> f32 { return 1.0 / (1.0 + exp(-max(x, -80.0))); }
fn silu(x: f32) -> f32 { return x * silu_gate(x); }
fn silu_grad(dy: f32, x: f32) -> f32 {
  let gate = silu_gate(x);
  return dy * gate * (1.0 + x * (1.0 - gate));
}
