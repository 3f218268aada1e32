import '../../styles/tasks.css';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { networkVersion, training } from '../../state';

const SHARE = 0.15; // of the worker's time, at most

/**
 * What `ask` answers, asked again while the network learns and whenever it is another one: at most every `every`
 * milliseconds. What fails (the engine is being replaced, say) leaves the last answer. `ask` may read signals that it
 * depends on, before its first await.
 */
export function useLive<T>(ask: () => Promise<T | null>, every = 400): T | null {
  const answer = useSignal<T | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  useSignalEffect(() => {
    networkVersion.value;
    let timer = 0;
    let gone = false;
    const run = (asked: Promise<T | null>) => {
      const start = performance.now();
      asked
        .then((result) => {
          if (!gone && result !== null) answer.value = result;
        })
        .catch(() => {})
        .finally(() => {
          if (gone || !training.peek()) return;
          const wait = Math.max(every, (performance.now() - start) * (1 / SHARE - 1));
          timer = window.setTimeout(() => run(latest.current()), wait);
        });
    };
    run(latest.current());
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  });
  return answer.value;
}
