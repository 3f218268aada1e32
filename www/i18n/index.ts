import { computed, signal } from '@preact/signals';
import { store, readStored } from '../storage';
import { en } from './en';
import { zh } from './zh';

/** The English catalogue is the shape of all: tsc fails where another lacks a key or has one too many. */
export type Shape<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : T[K] extends [string, string]
        ? [string, string]
        : Shape<T[K]>;
};
export type Catalogue = Shape<typeof en>;

const catalogues = { en, zh } satisfies Record<string, Catalogue>;
export type Language = keyof typeof catalogues;
export const languages: Record<Language, string> = { en: 'English', zh: '简体中文' };
const tags: Record<Language, string> = { en: 'en', zh: 'zh-Hans' };

export const language = signal<Language>('en');
export const t = computed<Catalogue>(() => catalogues[language.value]);

export function chooseLanguage(choice: Language): void {
  language.value = choice;
  document.documentElement.lang = tags[choice];
  document.title = catalogues[choice].title;
}

export function rememberLanguage(choice: Language): void {
  chooseLanguage(choice);
  store('language', choice);
}

/** The link's, else the one chosen last time, else the browser's. */
export function preferredLanguage(asked: string | null): Language {
  for (const candidate of [asked, readStored('language'), ...navigator.languages]) {
    const base = candidate?.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'zh') return base;
  }
  return 'en';
}

const formats = new Map<string, Intl.NumberFormat>();

export function formatNumber(value: number, options: Intl.NumberFormatOptions = {}): string {
  const key = language.value + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(tags[language.value], options)));
  return format.format(value);
}

export function formatPercent(value: number, digits = 1): string {
  return formatNumber(value, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Losses and the like: three significant digits say enough. */
export function formatLoss(value: number): string {
  return formatNumber(value, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}
