// What the page knows, as signals. Views read them; only actions.ts and events.ts write them.
import { computed, signal } from '@preact/signals';
import { History } from './charts/history';
import type { DeviceChoice, Event, Inspection, Loaded, Phase, Review, Samples, Split } from './protocol';
import { findPreset, presets, type PresetId } from './presets';
import { outlineOf } from './task';

type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

export const presetId = signal<PresetId>(presets[0].id);
/** The experiment that runs, and the text in the editor. */
export const experiment = signal<string>(presets[0].experiment);
export const draft = signal<string>(presets[0].experiment);
export const draftError = signal<string | null>(null);
export const inspection = signal<Inspection | null>(null);

export const deviceChoice = signal<DeviceChoice>('auto');
export const loaded = signal<Loaded | null>(null);
export const loadError = signal<string | null>(null);
export const loading = signal(true);

export const phase = signal<Phase>('loading');
export const failure = signal<string | null>(null);
export const divergedAt = signal<number | null>(null);
/** The visitor, or the page by itself, wants it to train as soon as it can. */
export const wanted = signal(false);

export const data = signal<Omit<EventOf<'data'>, 'type'> | null>(null);
export const dataError = signal<string | null>(null);
/** The first samples of each split. */
export const samples = signal<Record<Split, Samples | null>>({ train: null, test: null });
export const testProbabilities = signal<Float32Array | null>(null);
export const drawing = signal<Omit<EventOf<'drawing'>, 'type'> | null>(null);

export const tick = signal<Omit<EventOf<'tick'>, 'type' | 'points'> | null>(null);
export const trainLoss = signal<number | null>(null);
export const validation = signal<Omit<EventOf<'validation'>, 'type'> | null>(null);
export const review = signal<Review | null>(null);
/** Whether training ended because validation did not get better any more. */
export const endedEarly = signal(false);
/** Grows whenever what the network says may be another thing, but for training: a fresh one, more data. */
export const networkVersion = signal(0);
/** Not a signal: it grows twenty times a second. `historyVersion` says that it did. */
export const history = { current: new History() };
export const historyVersion = signal(0);

export const learningRate = signal(0.001);
export const seed = signal(1);
/** The seed of the network that is there; the field's takes effect at the next reset. */
export const runningSeed = signal(1);

export const announcement = signal('');
export const shareLink = signal<{ link: string; copied: boolean } | null>(null);
export const shortcutsOn = signal(true);
export const helpOpen = signal(false);

/** What the experiment that runs is about. */
export const outline = computed(() => outlineOf(experiment.value));
export const edited = computed(() => draft.value !== experiment.value);
export const training = computed(() => phase.value === 'training' || phase.value === 'waiting');
export const playing = computed(() => training.value || (phase.value === 'loading' && wanted.value));
export const currentPreset = computed(() => findPreset(presetId.value) ?? presets[0]);
export const isCustom = computed(() => experiment.value !== currentPreset.value.experiment);

export const step = computed(() => tick.value?.step ?? 0);
export const epochsDone = computed(() => {
  const now = tick.value;
  return now ? Math.floor(now.step / now.stepsPerEpoch) : 0;
});
export const examplesPerSecond = computed(() => {
  const rate = tick.value?.stepsPerSecond;
  return rate && loaded.value ? rate * loaded.value.info.batch_size : null;
});
