// What changes from step to step; the only upload of a step. Twin: src/cpu/step.rs
struct Step {
  slot: u32,     // where in the metrics ring this step's numbers go
  index: u32,    // steps done before this one
  cursor: u32,   // where in the data set's order the batch begins
  rows: u32,     // valid samples of the batch: fewer at the end of an epoch
  seed: u32,
  hyper: vec4f,  // for the optimizer: learning rate and what it derives from the step number
}
@group(1) @binding(0) var<uniform> step: Step;
