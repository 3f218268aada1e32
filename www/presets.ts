import cnn from '../examples/mnist-cnn.json?raw';
import mlp from '../examples/mnist-mlp.json?raw';
import type { Catalogue } from './i18n';

export interface Preset {
  id: string;
  title: keyof Catalogue['presets'];
  /** As in the file, layout included: it is what the editor shows. */
  experiment: string;
}

export const presets = [
  { id: 'mnist-mlp', title: 'mlp', experiment: mlp },
  { id: 'mnist-cnn', title: 'cnn', experiment: cnn },
] as const satisfies Preset[];

export type PresetId = (typeof presets)[number]['id'];

export const findPreset = (id: string | null): (typeof presets)[number] | undefined =>
  presets.find((preset) => preset.id === id);
