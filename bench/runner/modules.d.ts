// Installed by `cargo xtask bench` only.
declare module 'esbuild';
