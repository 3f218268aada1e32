import { build } from './build';
import type { Call, CallName, Calls, Command, Event, FromWorker } from './protocol';

type Pending = { resolve: (value: never) => void; reject: (error: Error) => void };

/** The worker as the page sees it: calls are promises, everything else is an event. */
export class Engine {
  #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'trainyard' });
  #pending = new Map<number, Pending>();
  #last = 0;

  constructor(listen: (event: Event) => void) {
    // Under way while the worker's script still is.
    WebAssembly.compileStreaming(fetch(build)).then(
      (module) => this.send({ type: 'engine', module }),
      () => this.send({ type: 'engine', module: null }),
    );
    this.#worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
      if (message.type !== 'answer') return listen(message);
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.ok) pending?.resolve(message.result as never);
      else pending?.reject(new Error(message.message));
    };
    this.#worker.onerror = (event) => {
      const error = new Error(event.message || 'the worker did not load');
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      listen({ type: 'failed', message: error.message });
    };
  }

  call<K extends CallName>(type: K, args: Calls[K]['args']): Promise<Calls[K]['result']> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ type, id, ...args } as Call);
    });
  }

  send(command: Command, transfer: Transferable[] = []): void {
    this.#worker.postMessage(command, transfer);
  }
}
