import type { CreateGemm } from '../../common/gemm';
import { floats, jit, np, start, type Value } from './library';

export const gemm: CreateGemm = async (n, aData, cData) => {
  await start();
  const a = floats(aData, [n, n]);
  let c = floats(cData, [n, n]);
  const product = jit((left: Value, right: Value) => np.matmul(left, right));
  return {
    step() {
      c = product(a.ref, c);
    },
    async finish() {
      const row: Float32Array = (await c.ref.data()).subarray(0, n);
      return row.reduce((sum, value) => sum + Math.abs(value), 0);
    },
    dispose() {
      a.dispose();
      c.dispose();
    },
  };
};
