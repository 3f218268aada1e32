// What of a step is measured, as the charts show it.
import { computed } from '@preact/signals';
import { t } from './i18n';
import type { Catalogue } from './i18n';
import { loaded, outline } from './state';
import type { Quantity } from './charts/history';

export interface Term {
  /** Its place among the values of a step. */
  index: number;
  name: string;
}

export const measured = computed(() => {
  const phases = loaded.value?.info.phases;
  if (!phases) return { phases: 1, several: [] as Term[], judged: true };
  const terms: Term[] = [];
  let index = 0;
  for (const { name: phase, measures } of phases) {
    const weighted = measures.filter(({ weight }) => weight !== 0);
    for (const measure of measures) {
      const name = phases.length > 1 && weighted.length === 1 ? phase : measure.name;
      if (measure.weight !== 0) terms.push({ index, name });
      index += 1;
    }
  }
  const judged = phases.some(({ measures }) => measures.some(({ name }) => name === 'correct'));
  return { phases: phases.length, several: terms.length > 1 ? terms : [], judged };
});

/** In the visitor's language, where it has a word for it. */
export function labelOf(quantity: Quantity): string {
  const term = measured.value.several.find(({ index }) => index === quantity);
  let name = term?.name ?? '';
  if (name === 'loss_1' && outline.value.task === 'autoencoder') name = 'reconstruction';
  return (t.value.terms as Record<string, string>)[name as keyof Catalogue['terms']] ?? name;
}
