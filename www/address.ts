// The page's address: what a link, a bookmark or a test may choose.
import type { DeviceChoice } from './protocol';
import { findPreset, presets, type PresetId } from './presets';

export interface Address {
  device: DeviceChoice;
  preset: PresetId;
  language: string | null;
  seed: number | null;
  learningRate: number | null;
  embed: boolean;
  /** Whether kernels are timed; null: as ever, but not in a browser that a test drives. */
  tune: boolean | null;
  /** An experiment that differs from the preset's, from a shared link. */
  experiment: string | null;
}

export const MAX_SEED = 2 ** 32 - 1;
export const MAX_LEARNING_RATE = 10;

export const isSeed = (value: number) => Number.isInteger(value) && value >= 0 && value <= MAX_SEED;
export const isLearningRate = (value: number) => value > 0 && value <= MAX_LEARNING_RATE;

/** What is missing or makes no sense is left to its default. */
export function readAddress(address: URL): Address {
  const query = address.searchParams;
  const number = (name: string, valid: (value: number) => boolean) => {
    const text = query.get(name);
    return text !== null && text !== '' && valid(Number(text)) ? Number(text) : null;
  };
  const device = query.get('device');
  return {
    device: device === 'gpu' || device === 'cpu' ? device : 'auto',
    preset: findPreset(query.get('preset'))?.id ?? presets[0].id,
    language: query.get('lang'),
    seed: number('seed', isSeed),
    learningRate: number('lr', isLearningRate),
    embed: query.has('embed'),
    tune: { on: true, off: false }[query.get('tune') ?? ''] ?? null,
    experiment: decode(new URLSearchParams(address.hash.slice(1)).get('experiment')),
  };
}

export function writeAddress(
  current: URL,
  shared: Omit<Address, 'embed' | 'language' | 'tune'> & { language: string },
): string {
  const link = new URL(current.pathname, current);
  link.searchParams.set('preset', shared.preset);
  link.searchParams.set('seed', String(shared.seed));
  link.searchParams.set('lr', String(shared.learningRate));
  link.searchParams.set('lang', shared.language);
  if (shared.device !== 'auto') link.searchParams.set('device', shared.device);
  // Behind the #: it is not sent to the server.
  if (shared.experiment !== null)
    link.hash = new URLSearchParams({ experiment: encode(shared.experiment) }).toString();
  return link.href;
}

function encode(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function decode(text: string | null): string | null {
  if (text === null) return null;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return null;
  }
}
