// The canonical layouts (init.ts) as channels-first libraries want them.
import type { Params, Tensor } from './init';
import type { TrainingWorkload } from './spec';

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

/** All parameters as our engine has them: PyTorch's order, dense weights as [in, out]. */
const ENGINE: { [W in TrainingWorkload]: (params: Params) => Tensor[] } = {
  W1: (params) => Object.values(params),
  W2: ({ k1, b1, k2, b2, w3, ...rest }) => [
    channelsFirst(k1!),
    b1!,
    channelsFirst(k2!),
    b2!,
    rowsChannelsFirst(w3!, 25, k2!.shape[3]!),
    ...Object.values(rest),
  ],
  W3: (params) => Object.values(params),
  // PyTorch's second bias stays at 0.
  W5: ({ wx, wh, b, ...rest }) => [
    wx!,
    wh!,
    b!,
    { shape: b!.shape, data: new Float32Array(b!.data.length) },
    ...Object.values(rest),
  ],
};

/** One after the other, as our engine has them. */
export function engineOrder(workload: TrainingWorkload, params: Params): Float32Array {
  const tensors = ENGINE[workload](params);
  const all = new Float32Array(tensors.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of tensors) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}
