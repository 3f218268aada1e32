// For time loops: slots of four columns of w.
// use: products
alias Slot = mat4x4f;
alias Rows = mat4x4f; // four rows of w
alias Columns = vec4u;
fn weights(at: vec4u) -> vec4f { return vec4f(w[at.x], w[at.y], w[at.z], w[at.w]); }
