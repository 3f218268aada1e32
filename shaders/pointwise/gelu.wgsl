// y = x Phi(x), Phi the distribution function of the standard normal.
// erf as in Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7, about f32's own.
fn erf(x: f32) -> f32 {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - p * exp(-a * a));
}
fn gelu(x: f32) -> f32 { return 0.5 * x * (1.0 + erf(x * 0.70710678)); }
fn gelu_grad(dy: f32, x: f32) -> f32 {
  let phi = 0.3989422804 * exp(-0.5 * x * x);
  return dy * (0.5 * (1.0 + erf(x * 0.70710678)) + x * phi);
}
// The approximation by tanh: u = sqrt(2 / pi) (x + 0.044715 x^3). Clamped, since exp may overflow inside.
fn gelu_inner(x: f32) -> f32 {
  return tanh(clamp(0.7978845608 * (x + 0.044715 * x * x * x), -15.0, 15.0));
}
fn gelu_tanh(x: f32) -> f32 { return 0.5 * x * (1.0 + gelu_inner(x)); }
fn gelu_tanh_grad(dy: f32, x: f32) -> f32 {
  let t = gelu_inner(x);
  return dy * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * 0.7978845608 * (1.0 + 0.134145 * x * x));
}
