import { page } from './page';

page('wasm');
