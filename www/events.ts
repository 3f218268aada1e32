// What the worker reports, turned into state.
import { batch } from '@preact/signals';
import { History } from './charts/history';
import { t, formatNumber, formatPercent } from './i18n';
import type { Engine } from './engine';
import type { Event } from './protocol';
import type { Task } from './task';
import * as state from './state';
import { store } from './storage';

export function listen(event: Event, engine: () => Engine): void {
  batch(() => {
    switch (event.type) {
      case 'data': {
        const { type: _, ...counts } = event;
        state.data.value = counts;
        state.dataError.value = null;
        return;
      }
      case 'data-failed':
        state.dataError.value = event.message;
        return;
      case 'loaded':
        state.loaded.value = event.loaded;
        state.inspection.value = event.loaded.inspection;
        state.running.value = event.experiment;
        state.history.current = new History(event.width);
        state.historyVersion.value += 1;
        if (!event.newData) return;
        state.samples.value = { train: null, test: null };
        state.data.value = null;
        state.testProbabilities.value = null;
        return;
      case 'samples':
        state.samples.value = { ...state.samples.value, [event.split]: event };
        state.networkVersion.value += 1;
        return;
      case 'fresh':
        state.history.current = new History(event.width);
        state.networkVersion.value += 1;
        state.historyVersion.value += 1;
        state.trainLoss.value = null;
        state.validation.value = null;
        state.review.value = null;
        state.divergedAt.value = null;
        state.failure.value = null;
        return;
      case 'tuned':
        store('tuning', event.tuning);
        return;
      case 'phase':
        state.phase.value = event.phase;
        state.endedEarly.value = event.early ?? false;
        state.networkVersion.value += 1;
        if (event.phase === 'diverged') state.divergedAt.value = event.step;
        if (event.phase === 'finished') void review(engine());
        return;
      case 'tick':
        return onTick(event);
      case 'validation':
        return onValidation(event);
      case 'test-digits':
        state.testProbabilities.value = event.probabilities;
        return;
      case 'drawing':
        state.drawing.value = event;
        return;
      case 'written':
        heard.current?.(event);
        return;
      case 'failed':
        state.failure.value = event.message;
        state.phase.value = 'failed';
        return;
    }
  });
}

function onTick(event: Extract<Event, { type: 'tick' }>): void {
  const { type: _, points, ...numbers } = event;
  state.tick.value = numbers;
  if (points.length === 0) return;
  const { current } = state.history;
  current.add(points);
  state.trainLoss.value = current.loss.last;
  state.historyVersion.value += 1;
}

function onValidation(event: Extract<Event, { type: 'validation' }>): void {
  const { type: _, ...result } = event;
  state.validation.value = result;
  state.history.current.validated(result);
  state.historyVersion.value += 1;
  if (result.epochEnd) {
    state.announcement.value = t.value.announceEpoch(
      formatNumber(state.epochsDone.value),
      formatNumber(state.trainLoss.value ?? 0, { maximumFractionDigits: 3 }),
      result.accuracy === null
        ? formatNumber(result.loss, { maximumFractionDigits: 3 })
        : formatPercent(result.accuracy),
      result.accuracy !== null,
    );
  }
}

/** Who reads what the network writes. */
export const heard: { current: ((event: Extract<Event, { type: 'written' }>) => void) | null } = {
  current: null,
};

const JUDGED: Task[] = ['digits', 'pictures', 'boundary', 'table', 'word', 'sound'];

async function review(engine: Engine): Promise<void> {
  if (!JUDGED.includes(state.outline.value.task)) return;
  const fresh = state.history.current;
  const result = await engine.call('review', { budget: 1500 }).catch(() => null);
  // By now there may be another network.
  if (fresh === state.history.current) state.review.value = result;
}
