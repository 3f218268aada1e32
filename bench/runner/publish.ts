// docs/performance.md, and docs/performance-gpu.md of a GPU of somebody's own: one part a kind of measurement, so that a
// run replaces what it has measured and keeps the rest.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths';

const PARTS = ['browser', 'native', 'profile', 'scale'] as const;
export type Part = (typeof PARTS)[number];

/** A document's path without its suffix. */
const file = (systemGpu: boolean) => path.join(root, `docs/performance${systemGpu ? '-gpu' : ''}`);
const introduction = (systemGpu: boolean) => `# Performance, measured${systemGpu ? ' on a GPU' : ''}

Written by \`${systemGpu ? 'TRAINYARD_GPU=system ' : ''}cargo xtask bench --publish\`; [ARCHITECTURE.md](../ARCHITECTURE.md#benchmarks) says how it is measured. Ratios hold within one run
on one machine; times do not travel. "×" is how many times as many steps a second as the best peer.
`;

const begin = (part: Part) => `<!-- begin ${part} -->`;
const end = (part: Part) => `<!-- end ${part} -->`;

/** Writes what a run has to say about a part. */
export function publish(part: Part, text: string, systemGpu: boolean): void {
  const document = `${file(systemGpu)}.md`;
  const old = fs.existsSync(document) ? fs.readFileSync(document, 'utf8') : '';
  const bodies = PARTS.map((one) => [one, one === part ? text.trim() : body(old, one)] as const);
  const present = bodies.filter(([, body]) => body !== '');
  fs.writeFileSync(
    document,
    [
      introduction(systemGpu),
      ...present.map(([one, body]) => `${begin(one)}\n\n${body}\n\n${end(one)}\n`),
    ].join('\n'),
  );
}

/** Writes the picture beside it; its name. */
export function publishPicture(svg: string, systemGpu: boolean): string {
  const picture = `${file(systemGpu)}.svg`;
  fs.writeFileSync(picture, svg);
  return path.basename(picture);
}

function body(text: string, part: Part): string {
  const [from, to] = [text.indexOf(begin(part)), text.indexOf(end(part))];
  return from < 0 || to < from ? '' : text.slice(from + begin(part).length, to).trim();
}
