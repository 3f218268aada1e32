// What a visitor can do. Views call these; nothing else talks to the engine.
import { batch } from '@preact/signals';
import { readAddress, writeAddress } from './address';
import { Engine } from './engine';
import { heard, listen } from './events';
import { chooseLanguage, language, preferredLanguage } from './i18n';
import { findPreset, type PresetId } from './presets';
import type { CallName, Calls, DeviceChoice, Event, Write } from './protocol';
import { readStored } from './storage';
import * as state from './state';

let engine: Engine;
let dataWanted = false;

/** Called once, after the prerendered page has come alive. */
export function start(): void {
  const address = readAddress(new URL(window.location.href));
  engine = new Engine((event) => listen(event, () => engine));
  batch(() => {
    chooseLanguage(preferredLanguage(address.language));
    state.shortcutsOn.value = readStored('shortcuts') !== 'off';
    state.deviceChoice.value = address.device;
    adopt(address.preset, address.experiment);
    if (address.seed !== null) state.seed.value = address.seed;
    if (address.learningRate !== null) state.learningRate.value = address.learningRate;
    state.wanted.value = startsByItself(address.embed);
  });
  if (state.wanted.value || !savesData()) fetchData();
  void load();
}

/** Never against the visitor's settings, and never inside somebody else's page. */
function startsByItself(embed: boolean): boolean {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return !embed && window.self === window.top && !still && !savesData();
}

function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

export function fetchData(): void {
  dataWanted = true;
  state.dataError.value = null;
  engine.send({ type: 'fetch-data' });
}

const base = () => new URL('data/', document.baseURI).href;

/** Makes a preset, or an edited experiment, the one that runs next. */
function adopt(id: PresetId, experiment: string | null = null): void {
  const preset = findPreset(id)!;
  const text = experiment ?? preset.experiment;
  state.presetId.value = id;
  state.experiment.value = text;
  state.draft.value = text;
  state.draftError.value = null;
  readSettings(text);
}

/** The controls beside the editor show what the experiment says. */
function readSettings(experiment: string): void {
  try {
    const { optimizer, phases, training } = JSON.parse(experiment) as {
      optimizer?: { learning_rate?: number };
      phases?: { optimizer?: { learning_rate?: number } }[];
      training?: { seed?: number };
    };
    state.learningRate.value = (optimizer ?? phases?.[0]?.optimizer)?.learning_rate ?? 0.001;
    state.seed.value = training?.seed ?? 1;
  } catch {
    // The engine says what is wrong with it, when it is loaded.
  }
}

const wantsTuning = () => readAddress(new URL(location.href)).tune ?? !navigator.webdriver;

async function load(): Promise<boolean> {
  state.loading.value = true;
  state.loadError.value = null;
  try {
    await engine.call('load', {
      experiment: state.experiment.value,
      base: base(),
      device: state.deviceChoice.value,
      seed: state.seed.value,
      learningRate: state.learningRate.value,
      tuning: wantsTuning() ? (readStored('tuning') ?? '') : null,
    });
    batch(() => {
      state.runningSeed.value = state.seed.value;
      state.loading.value = false;
    });
    if (state.wanted.value) play();
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message === 'superseded') return false;
    state.loading.value = false;
    state.loadError.value = message;
    return false;
  }
}

function play(): void {
  state.wanted.value = true;
  if (!dataWanted) fetchData();
  engine.send({ type: 'play' });
}

export function togglePlay(): void {
  if (state.playing.value) {
    state.wanted.value = false;
    engine.send({ type: 'pause' });
  } else if (state.phase.value === 'failed') {
    state.wanted.value = true;
    void load();
  } else {
    play();
  }
}

export function stepOnce(): void {
  state.wanted.value = false;
  if (!dataWanted) fetchData();
  engine.send({ type: 'step' });
}

export function reset(): void {
  state.wanted.value = false;
  if (state.phase.value === 'failed') {
    void load();
    return;
  }
  state.runningSeed.value = state.seed.value;
  engine.send({ type: 'reset', seed: state.seed.value });
}

export function choosePreset(id: PresetId): void {
  batch(() => {
    state.wanted.value = state.training.value || state.wanted.value;
    adopt(id);
  });
  const link = new URL(window.location.href);
  link.search = new URLSearchParams({
    ...Object.fromEntries(link.searchParams),
    preset: id,
  }).toString();
  for (const key of ['seed', 'lr']) link.searchParams.delete(key);
  link.hash = '';
  window.history.replaceState(null, '', link);
  void load();
}

export async function restartWithChanges(): Promise<void> {
  const text = state.draft.value;
  if (!(await inspectDraft())) return;
  const before = state.experiment.value;
  batch(() => {
    state.experiment.value = text;
    readSettings(text);
    state.wanted.value = true;
  });
  if (await load()) return;
  // It looked right but cannot run (too large, say): what ran before still does, and the text stays.
  state.experiment.value = before;
  state.draftError.value = state.loadError.value;
  if (state.loaded.value) state.loadError.value = null;
}

/** True when the engine can make sense of the editor's text; else its message stands at the editor. */
export async function inspectDraft(): Promise<boolean> {
  const text = state.draft.value;
  try {
    await engine.call('inspect', { experiment: text, base: base() });
    if (text === state.draft.value) state.draftError.value = null;
    return text === state.draft.value;
  } catch (error) {
    if (text === state.draft.value) state.draftError.value = (error as Error).message;
    return false;
  }
}

export function restorePreset(): void {
  state.draft.value = state.currentPreset.value.experiment;
  state.draftError.value = null;
}

export function setLearningRate(value: number): void {
  state.learningRate.value = value;
  engine.send({ type: 'learning-rate', value });
}

export function restartSlower(): void {
  setLearningRate(Number((state.learningRate.value / 10).toPrecision(3)));
  reset();
  play();
}

/** After what could not be loaded; data sets come from the network. */
export function loadAgain(): void {
  void load();
}

export function useDevice(device: DeviceChoice): void {
  state.deviceChoice.value = device;
  void load();
}

export function draw(ink: { rgba: Uint8ClampedArray; width: number; height: number } | null): void {
  if (ink) engine.send({ type: 'draw', ...ink }, [ink.rgba.buffer]);
  else engine.send({ type: 'clear-drawing' });
}

/** What the views of a task want to know of the network as it is. */
export const ask = <K extends CallName>(type: K, args: Calls[K]['args']): Promise<Calls[K]['result']> =>
  engine.call(type, args);

let writings = 0;

/** Texts; `listener` hears of them. */
export function write(
  job: Omit<Write, 'id'>,
  listener: (event: Extract<Event, { type: 'written' }>) => void,
): void {
  const id = ++writings;
  heard.current = (event) => event.id === id && listener(event);
  engine.send({ type: 'write', id, ...job });
}

export function stopWriting(): void {
  engine.send({ type: 'stop-writing' });
}

export async function share(): Promise<void> {
  const link = writeAddress(new URL(window.location.href), {
    device: state.deviceChoice.value,
    preset: state.presetId.value,
    seed: state.seed.value,
    learningRate: state.learningRate.value,
    language: language.value,
    experiment: state.isCustom.value ? state.experiment.value : null,
  });
  window.history.replaceState(null, '', link);
  const copied = await navigator.clipboard?.writeText(link).then(
    () => true,
    () => false,
  );
  state.shareLink.value = { link, copied: copied ?? false };
}
