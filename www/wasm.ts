// Starts the engine.
import { build } from './build';
import { pipelines } from './pipelines';
import init, { await_pipelines } from './pkg/trainyard.js';
import { gather } from './team';

/** Starts the engine: what was compiled elsewhere if that went well, else what it fetches. */
export async function start(compiled?: Promise<WebAssembly.Module | null>): Promise<void> {
  // The fetch goes out now: asking for an adapter, which comes next, holds up a page.
  await init({ module_or_path: (compiled && (await compiled)) ?? build });
  await_pipelines(pipelines);
  gather();
}
