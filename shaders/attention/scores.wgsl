// What the attention kernels share. Queries, keys and values may be columns of one buffer.
// Constants: BATCH, TIME (queries), KEYS; HEADS, GROUP (heads of queries that share keys), SIZE (of a head);
// Q_ROW, KV_ROW (from a row to the next); K_AT, V_AT (the first head's columns); CAUSAL, PADDED, PADDING; SCALE.
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> kv: array<f32>;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;

const QUADS = (SIZE + 3u) / 4u;

// Four numbers of a head from column 4 c on; 0 beyond its end.
fn quad(numbers: vec4f, c: u32) -> vec4f {
  return select(vec4f(), numbers, 4u * c + vec4u(0u, 1u, 2u, 3u) < vec4u(SIZE));
}
fn q_quad(at: u32, c: u32) -> vec4f {
  let i = at + 4u * c;
  return quad(vec4f(q[i], q[i + 1u], q[i + 2u], q[i + 3u]), c);
}
fn kv_quad(i: u32, c: u32) -> vec4f {
  return quad(vec4f(kv[i], kv[i + 1u], kv[i + 2u], kv[i + 3u]), c);
}
fn k_quad(at: u32, c: u32) -> vec4f { return kv_quad(at + K_AT + 4u * c, c); }
fn v_quad(at: u32, c: u32) -> vec4f { return kv_quad(at + V_AT + 4u * c, c); }
fn q_at(b: u32, t: u32, h: u32) -> u32 {
  return (b * TIME + t) * Q_ROW + h * SIZE;
}
// Key and value s of head h, less K_AT and V_AT.
fn kv_at(b: u32, s: u32, h: u32) -> u32 {
  return (b * KEYS + s) * KV_ROW + h / GROUP * SIZE;
}
fn visible(b: u32, t: u32, s: u32) -> bool {
  return s < KEYS && (CAUSAL == 0u || s <= t) && (PADDED == 0u || tokens[b * KEYS + s] != PADDING);
}
