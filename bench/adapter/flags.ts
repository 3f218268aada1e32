// WebGPU's flags as its specification numbers them: not every TypeScript knows the browser's names.

export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128, QUERY_RESOLVE: 512 };
/** The mode of mapping for reading. */
export const READ = 1;
