import { features_of_sound, type Session, type Writer } from '../pkg/trainyard.js';
import type { Calls, Event, Translation, Write } from '../protocol';
import type { Dataset } from './dataset';
import { toInput, type Input } from './input';
import { breathe } from './pace';

type Use = <T>(job: (session: Session) => T | Promise<T>) => Promise<T>;
type Ask<K extends keyof Calls> = (args: Calls[K]['args']) => Promise<Calls[K]['result']>;

const SLICE = 12; // ms of writing between two looks at the messages
const TELL_EVERY = 50; // ms

export const predict = (session: Session, x: Input): Promise<Float32Array> =>
  x instanceof Float32Array ? session.predict(x) : session.predict_tokens(x);

/** What the views of a task want to know of the network as it is. */
export class Asks {
  #writing = 0;

  constructor(
    private readonly use: Use,
    private readonly dataset: () => Dataset,
    private readonly send: (event: Event) => void,
  ) {}

  predictTest: Ask<'predict-test'> = async ({ count }) => {
    const dataset = this.dataset();
    const samples = dataset.samples('test', 0, count);
    if (!samples) return new Float32Array();
    return this.use((session) => predict(session, toInput(dataset.about.x, samples.x)));
  };

  predictText: Ask<'predict-text'> = ({ text }) =>
    this.use((session) => session.predict_tokens(session.encode(text)));

  predictSound: Ask<'predict-sound'> = ({ samples, rate }) => {
    const features = features_of_sound(samples, rate);
    return this.use((session) => session.predict(features));
  };

  sound: Ask<'sound'> = async ({ index }) => {
    const sound = this.dataset().raw('test', index);
    if (!sound) throw new Error('this sound has not arrived yet');
    return sound;
  };

  part: Ask<'part'> = async ({ network, x, batch }) => {
    const part = await this.use((session) => session.part(network, batch));
    try {
      return part.run(x);
    } finally {
      part.free();
    }
  };

  generate: Ask<'generate'> = ({ noise }) => this.use((session) => session.generate(noise));

  translate: Ask<'translate'> = async ({ texts }) => {
    const writer = await this.use((session) => session.writer());
    try {
      const all: Translation[] = [];
      for (const text of texts) {
        all.push(JSON.parse(writer.translate(text)) as Translation);
        await breathe();
      }
      return all;
    } finally {
      writer.free();
    }
  };

  stopWriting(): void {
    this.#writing = 0;
  }

  /** With the parameters of now; training goes on meanwhile. */
  async write(job: Write): Promise<void> {
    this.#writing = job.id;
    let writer: Writer | null = null;
    let index = 0;
    try {
      writer = await this.use((session) => session.writer());
      for (; index < job.count && this.#writing === job.id; index++) {
        writer.begin(job.prompt, job.temperature, job.topK, (job.seed + index) >>> 0);
        await this.#one(writer, job, index);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.send({ type: 'written', id: job.id, index, text: '', done: true, error: message });
    } finally {
      writer?.free();
    }
  }

  async #one(writer: Writer, { id, prompt, length, count }: Write, index: number): Promise<void> {
    let text = prompt;
    let told = performance.now();
    let paused = told;
    for (let tokens = 0; tokens < length && this.#writing === id; tokens++) {
      const token = writer.token();
      if (token === undefined) break;
      text += token;
      const now = performance.now();
      if (now - told > TELL_EVERY) {
        told = now;
        this.send({ type: 'written', id, index, text, done: false });
      }
      if (now - paused > SLICE) {
        await breathe();
        paused = performance.now();
      }
    }
    const done = index + 1 === count || this.#writing !== id;
    this.send({ type: 'written', id, index, text, done });
  }
}
