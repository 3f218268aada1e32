import { exposeBench, type Info } from '../../common/driver';
import { cnn } from './cnn';
import { gemm } from './gemm';
import { gpt } from './gpt';
import { tf } from './library';
import { lstm } from './lstm';
import { mlp } from './mlp';

/** Makes `window.bench` on a backend that has been imported. */
export function page(backend: string, info?: Info): void {
  const onceReady =
    <Arguments extends unknown[], Made>(create: (...given: Arguments) => Made) =>
    async (...given: Arguments): Promise<Awaited<Made>> => {
      if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
      await tf.ready();
      return await create(...given);
    };
  exposeBench(
    { W1: onceReady(mlp), W2: onceReady(cnn), W3: onceReady(gpt), W4: onceReady(gemm), W5: onceReady(lstm) },
    info,
  );
}
