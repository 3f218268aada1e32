import datesSeq2seq from '../examples/dates-seq2seq.json?raw';
import deepMlp from '../examples/deep-mlp.json?raw';
import g2pTransformer from '../examples/g2p-transformer.json?raw';
import mnistCnn from '../examples/mnist-cnn.json?raw';
import mnistDcgan from '../examples/mnist-dcgan.json?raw';
import mnistGan from '../examples/mnist-gan.json?raw';
import mnistMlp from '../examples/mnist-mlp.json?raw';
import mnistVae from '../examples/mnist-vae.json?raw';
import mnistVaeMap from '../examples/mnist-vae-map.json?raw';
import mobyGpt from '../examples/moby-gpt.json?raw';
import namesGpt from '../examples/names-gpt.json?raw';
import namesLstm from '../examples/names-lstm.json?raw';
import pointsSpiral from '../examples/points-spiral.json?raw';
import rowsLstm from '../examples/rows-lstm.json?raw';
import shapesCnn from '../examples/shapes-cnn.json?raw';
import spokenGru from '../examples/spoken-gru.json?raw';
import type { Catalogue } from './i18n';

export interface Preset {
  /** Also the key of its title and description. */
  id: keyof Catalogue['presets'];
  group: keyof Catalogue['presetGroups'];
  /** As in the file, layout included: it is what the editor shows. */
  experiment: string;
}

export const presets = [
  { id: 'mnist-mlp', group: 'classify', experiment: mnistMlp },
  { id: 'mnist-cnn', group: 'classify', experiment: mnistCnn },
  { id: 'rows-lstm', group: 'classify', experiment: rowsLstm },
  { id: 'shapes-cnn', group: 'classify', experiment: shapesCnn },
  { id: 'points-spiral', group: 'classify', experiment: pointsSpiral },
  { id: 'deep-mlp', group: 'classify', experiment: deepMlp },
  { id: 'names-lstm', group: 'classify', experiment: namesLstm },
  { id: 'spoken-gru', group: 'classify', experiment: spokenGru },
  { id: 'mnist-gan', group: 'generate', experiment: mnistGan },
  { id: 'mnist-dcgan', group: 'generate', experiment: mnistDcgan },
  { id: 'mnist-vae', group: 'generate', experiment: mnistVae },
  { id: 'mnist-vae-map', group: 'generate', experiment: mnistVaeMap },
  { id: 'names-gpt', group: 'sequences', experiment: namesGpt },
  { id: 'moby-gpt', group: 'sequences', experiment: mobyGpt },
  { id: 'dates-seq2seq', group: 'sequences', experiment: datesSeq2seq },
  { id: 'g2p-transformer', group: 'sequences', experiment: g2pTransformer },
] as const satisfies Preset[];

export type PresetId = (typeof presets)[number]['id'];

export const groups = [...new Set(presets.map(({ group }) => group))];

export const findPreset = (id: string | null): (typeof presets)[number] | undefined =>
  presets.find((preset) => preset.id === id);
