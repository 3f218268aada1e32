import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** bench/. The runner is bundled into a folder of it. */
export const bench = fileURLToPath(new URL('../', import.meta.url));
/** The checkout. */
export const root = path.dirname(path.resolve(bench));

/** The folder of an installed package: bench's own, or one of the page's. */
export function packageFolder(name: string): string {
  const places = [bench, root].map((folder) => path.join(folder, 'node_modules', name));
  const found = places.find((folder) => fs.existsSync(folder));
  if (!found) throw new Error(`the package ${name} is not installed: \`cargo xtask bench\` does that`);
  return found;
}
