// What the attention kernels share. Queries, keys and values may be columns of one buffer.
// Constants: BATCH, TIME (queries), KEYS; HEADS, GROUP (heads of queries that share keys), SIZE (of a head);
// Q_ROW, KV_ROW (from a row to the next); K_AT, V_AT (the first head's columns); CAUSAL, PADDED, PADDING; SCALE.
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> kv: array<f32>;
@group(0) @binding(2) var<storage, read> tokens: array<u32>;

// Four rows from the first on; past the end, the last again.
fn four(first: u32, rows: u32) -> vec4u {
  return min(first + vec4u(0u, 1u, 2u, 3u), vec4u(rows - 1u));
}
fn q_at(b: u32, t: u32, h: u32) -> u32 {
  return (b * TIME + t) * Q_ROW + h * SIZE;
}
// Key and value s of head h, less K_AT and V_AT.
fn kv_at(b: u32, s: u32, h: u32) -> u32 {
  return (b * KEYS + s) * KV_ROW + h / GROUP * SIZE;
}
fn k_at(b: u32, s: u32, h: u32) -> u32 { return kv_at(b, s, h) + K_AT; }
fn v_at(b: u32, s: u32, h: u32) -> u32 { return kv_at(b, s, h) + V_AT; }
fn padding(b: u32, s: u32) -> bool {
  return PADDED == 1u && tokens[b * KEYS + s] == PADDING;
}
fn visible(b: u32, t: u32, s: u32) -> bool {
  return s < KEYS && (CAUSAL == 0u || s <= t) && !padding(b, s);
}
