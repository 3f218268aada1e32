// Four weights of the kernel's w.
fn weights(at: vec4u) -> vec4f { return vec4f(w[at.x], w[at.y], w[at.z], w[at.w]); }
