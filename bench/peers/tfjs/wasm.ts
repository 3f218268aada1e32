import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { page } from './page';

setWasmPaths(new URL('./', import.meta.url).href); // the runner copies the .wasm files beside the bundle
page('wasm');
