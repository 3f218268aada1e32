import { exposeBench } from '../../common/driver';
import { cnn } from './cnn';
import { gemm } from './gemm';
import { gpt } from './gpt';
import { chooseDevice } from './library';
import { lstm } from './lstm';
import { mlp } from './mlp';

/** Makes `window.bench` on one of the library's devices. */
export function page(device: string): void {
  chooseDevice(device);
  exposeBench({ W1: mlp, W2: cnn, W3: gpt, W4: gemm, W5: lstm });
}
