import type { CreateGemm } from '../../common/gemm';
import { tf } from './library';

export const gemm: CreateGemm = (n, aData, cData) => {
  const a = tf.tensor2d(aData, [n, n]);
  let c = tf.tensor2d(cData, [n, n]);
  return {
    step() {
      const product = tf.matMul(a, c);
      c.dispose();
      c = product;
    },
    async finish() {
      const row: Float32Array = (await c.data()).subarray(0, n);
      return row.reduce((sum, value) => sum + Math.abs(value), 0);
    },
    dispose() {
      a.dispose();
      c.dispose();
    },
  };
};
