// Pages that compute nothing: what the browser, the data and the way of timing take of the first step. No library can be
// there sooner.
import { exposeBench } from '../../common/driver';

/** ms of every step but the first, or a block of them would be a loop without an end. */
const PAUSE = 100;

/** Makes `window.bench` of a page that only waits for what `open` opens. */
export function page(open: () => Promise<unknown>): void {
  const opened = open();
  opened.catch(() => {}); // heard of below
  const nothing = async () => {
    await opened;
    let first = true;
    return {
      step() {},
      async finish() {
        if (!first) await new Promise((resolve) => setTimeout(resolve, PAUSE));
        first = false;
        return 0;
      },
    };
  };
  exposeBench({ W1: nothing, W2: nothing, W3: nothing, W4: nothing, W5: nothing });
}
