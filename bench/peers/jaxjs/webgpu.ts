import { page } from './page';

page('webgpu');
