import '@tensorflow/tfjs-backend-webgpu';
import { page } from './page';

page('webgpu');
