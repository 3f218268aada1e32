// Tables in Markdown, aligned so that they can be read as plain text too.

export interface Table {
  title: string;
  /** What stands above it, if anything has to be said. */
  note?: string;
  /** The first column is aligned to the left, the others to the right. */
  head: string[];
  rows: string[][];
}

export function markdown({ title, note, head, rows: given }: Table, level = 3): string {
  const rows = given.map((row) => row.map((cell) => cell.replaceAll('|', '\\|'))); // else it would end a cell
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!));
  const line = (row: string[]) => `| ${head.map((_, i) => pad(row[i] ?? '', i)).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const heading = `${'#'.repeat(level)} ${title}\n\n`;
  return `${heading}${note ? `${note}\n\n` : ''}${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

/** Three digits that mean something; no more than needed. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3)));
}

export const times = (ratio: number): string => `${short(ratio)}×`;
export const percent = (part: number): string => (Number.isNaN(part) ? '–' : `${Math.round(part * 100)} %`);

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
