// The canonical layouts (init.ts) as channels-first libraries want them.
import type { Tensor } from './init';

/** A convolution's [height, width, in, out] as [out, in, height, width]. */
export function channelsFirst({ shape, data }: Tensor): Tensor {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const area = height * width;
  const moved = new Float32Array(data.length);
  for (let at = 0; at < area; at++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        moved[(o * inputs + i) * area + at] = data[(at * inputs + i) * outputs + o]!;
  return { shape: [outputs, inputs, height, width], data: moved };
}

/** A dense weight that reads a flattened [area, channels] map, as one that reads [channels, area]. */
export function rowsChannelsFirst({ shape, data }: Tensor, area: number, channels: number): Tensor {
  const columns = shape[1]!;
  const moved = new Float32Array(data.length);
  for (let at = 0; at < area; at++)
    for (let c = 0; c < channels; c++) {
      const row = (at * channels + c) * columns;
      moved.set(data.subarray(row, row + columns), (c * area + at) * columns);
    }
  return { shape, data: moved };
}
