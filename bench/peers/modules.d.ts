// The peers are installed by `cargo xtask bench` only; to the check of the whole project their types are unknown.
declare module '@jax-js/jax';
declare module '@tensorflow/tfjs-backend-wasm';
declare module '@tensorflow/tfjs-backend-webgpu';
declare module '@tensorflow/tfjs-core';
declare module '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
declare module '@tensorflow/tfjs-core/dist/register_all_gradients.js';
