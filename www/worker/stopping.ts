import type { Checkpoint } from '../pkg/trainyard.js';

/** Ends a run after some epochs whose validation loss is not below the best. */
export class Stopping {
  #best: { loss: number; parameters: Checkpoint } | null = null;
  #worse = 0;
  #patience: number | null = null;

  startOver(patience: number | null): void {
    this.#best?.parameters.free();
    this.#best = null;
    this.#worse = 0;
    this.#patience = patience;
  }

  /** The run goes on although it has ended. */
  goOn(): void {
    this.#worse = 0;
  }

  /** True when the run is over: `restore` has been given the best parameters. */
  async epoch(
    loss: number,
    keep: () => Promise<Checkpoint>,
    restore: (parameters: Checkpoint) => Promise<void>,
  ): Promise<boolean> {
    if (this.#patience === null) return false;
    if (!this.#best || loss < this.#best.loss) {
      this.#best?.parameters.free();
      this.#best = { loss, parameters: await keep() };
      this.#worse = 0;
      return false;
    }
    this.#worse += 1;
    if (this.#worse < this.#patience) return false;
    await restore(this.#best.parameters);
    return true;
  }
}
