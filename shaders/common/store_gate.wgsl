// Stores a gate of a unit of four samples, in the kernel's own `gates`.
fn store_gate(at: vec4u, gate: vec4f) {
  gates[at.x] = gate.x;
  gates[at.y] = gate.y;
  gates[at.z] = gate.z;
  gates[at.w] = gate.w;
}
