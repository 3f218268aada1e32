// The batch at step.cursor of the data set's order: x = byte / 255, labels as words.
// Constants: BATCH, ITEM (bytes of a sample), COUNT (length of the order).
// use: index, step
@group(0) @binding(0) var<storage, read> items: array<u32>;  // four bytes a word
@group(0) @binding(1) var<storage, read> item_labels: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> labels: array<u32>;

// Past the end of an epoch, any sample does: step.rows keeps it out of the loss.
fn sample(row: u32) -> u32 {
  return order[min(step.cursor + row, COUNT - 1u)];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, groups, local);
  if (i < BATCH * ITEM) {
    let at = sample(i / ITEM) * ITEM + i % ITEM;
    x[i] = f32((items[at / 4u] >> (8u * (at % 4u))) & 255u) / 255.0;
  }
  if (i < BATCH) {
    let at = sample(i);
    labels[i] = (item_labels[at / 4u] >> (8u * (at % 4u))) & 255u;
  }
}
