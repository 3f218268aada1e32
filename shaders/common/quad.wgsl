// For time loops: slots of four columns of w.
// use: products
alias Slot = mat4x4f;
alias Rows = mat4x4f; // four rows of w
alias Columns = vec4u;
