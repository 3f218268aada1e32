import { Session, inspect_experiment } from '../pkg/trainyard.js';
import {
  GALLERY,
  PIXELS,
  TEST_DIGITS,
  type DeviceInfo,
  type Event,
  type Inspection,
  type Load,
  type Loaded,
  type Phase,
  type Review,
} from '../protocol';
import { Meter } from './meter';
import { prepare } from './experiment';
import { Predictor, type Ink } from './predictor';
import { review } from './review';
import { Evaluator } from './evaluator';
import type { Dataset, Shard } from './dataset';
import { Pace, Queue, breathe } from './pace';
import { whyThisDevice } from './adapter';

const METRICS_EVERY = 50; // ms
const CALL_TAKES = { gpu: 12, cpu: 24 }; // ms: how long a message may have to wait

interface Progress {
  step: number;
  steps_per_epoch: number;
}

/** The training loop: owns the session, and is its only user. */
export class Trainer {
  #session: Session | null = null;
  #given = new Set<Shard>();
  #loads = 0;
  #engine = new Queue();
  #controls = new Queue();
  #turn = 0;
  #running: Promise<void> | null = null;
  #playing = false;
  #phase: Phase = 'loading';
  #meter: Meter;
  #epochs = 1;
  #learningRate = 0;
  #pace = new Pace(CALL_TAKES.gpu);
  #predictor: Predictor;
  #evaluator: Evaluator;
  #dataArrived: () => void = () => {};

  constructor(
    private readonly dataset: Dataset,
    private readonly send: (event: Event, transfer?: Transferable[]) => void,
  ) {
    this.#meter = new Meter(() => this.#use((session) => session.metrics()), send);
    this.#evaluator = new Evaluator(dataset, (from, count) =>
      this.#use((session) => session.evaluate('test', from, count)),
    );
    this.#predictor = new Predictor(
      dataset,
      (pixels) => this.#engine.run(() => this.#session?.predict(pixels) ?? null),
      send,
    );
  }

  /** The network that runs is replaced only once the new one stands. */
  async load({ experiment, device, seed, learningRate }: Load): Promise<Loaded> {
    const mine = ++this.#loads;
    const inspection = JSON.parse(inspect_experiment(experiment)) as Inspection;
    const { json, epochs, batchSize } = prepare(experiment, seed);
    const session = await Session.create(json, device);
    const info = JSON.parse(session.info()) as DeviceInfo;
    const webgpu = await whyThisDevice(info, device);
    if (mine !== this.#loads) {
      session.free();
      throw new Error('superseded');
    }
    await this.#controls.run(async () => {
      await this.#stop();
      await this.#engine.run(() => {
        this.#session?.free();
        this.#session = session;
        this.#given.clear();
        for (const shard of this.dataset.shards) this.#give(shard);
      });
      this.#learningRate = learningRate;
      this.#epochs = epochs;
      this.#pace = new Pace(CALL_TAKES[info.device]);
      await this.#startOver();
    });
    return { info, webgpu, inspection, batchSize, epochs };
  }

  async addShard(shard: Shard): Promise<void> {
    if (shard.start === 0) {
      const shown = shard.split === 'train' ? GALLERY : TEST_DIGITS;
      const pixels = shard.bytes.slice(0, shown * PIXELS);
      const labels = shard.bytes.slice(shard.count * PIXELS, shard.count * PIXELS + shown);
      this.send({ type: 'images', split: shard.split, pixels, labels });
    }
    // Without a session the shard waits in the data set for `load`.
    await this.#engine.run(() => this.#give(shard));
    const { total } = this.dataset;
    const [train, test] = [this.dataset.available('train'), this.dataset.available('test')];
    this.send({ type: 'data', train, trainTotal: total.train, test, testTotal: total.test });
    this.#dataArrived();
    if (shard.split === 'test' && !this.#playing) await this.#predictor.refresh();
  }

  play(): void {
    const begin = async () => {
      if (!this.#session || this.#playing) return;
      if (this.#phase === 'finished') await this.#wantMore(this.#epochs);
      this.#playing = true;
      this.#running = this.#train().catch((error: unknown) => this.#failed(error));
    };
    this.#controls.run(begin).catch((error: unknown) => this.#failed(error));
  }

  pause(): void {
    this.#interrupt(() => {
      if (this.#phase === 'training' || this.#phase === 'waiting') this.#enter('paused');
    });
  }

  step(): void {
    const turn = this.#interrupt(async () => {
      if (this.#meter.step >= this.#meter.target) await this.#wantMore(1);
      let done = await this.#use((session) => session.advance(1));
      while (done === 0 && turn === this.#turn) {
        await this.#waitForData();
        done = await this.#use((session) => session.advance(1));
      }
      this.#meter.step += done;
      if (this.#stoppedBy(await this.#meter.drain())) return;
      if (this.#meter.atEpochEnd) this.#evaluator.epochEnded();
      this.#enter('paused');
      await this.#evaluateQuickly();
      await this.#predictor.refresh();
    });
  }

  /** Whoever goes on after the last epoch gets more. */
  async #wantMore(epochs: number): Promise<void> {
    await this.#use((session) => session.add_epochs(epochs));
    this.#meter.targetEpochs += epochs;
  }

  reset(seed: number): void {
    this.#interrupt(async () => {
      await this.#use((session) => session.reset(seed));
      await this.#startOver();
    });
  }

  setLearningRate(value: number): void {
    this.#learningRate = value;
    if (this.#session) void this.#use((session) => session.set_learning_rate(value));
  }

  draw(ink: Ink | null): void {
    this.#predictor.draw(ink).catch((error: unknown) => this.#failed(error));
  }

  review(): Promise<Review> {
    return review(this.dataset, (pixels) => this.#use((session) => session.predict(pixels)));
  }

  /** Stops the loop at once, for it may be long in an evaluation; the job comes when its turn does. */
  #interrupt(job: () => void | Promise<void>): number {
    this.#playing = false;
    this.#dataArrived();
    this.#controls
      .run(async () => {
        await this.#stop();
        if (this.#session) await job();
      })
      .catch((error: unknown) => this.#failed(error));
    return ++this.#turn;
  }

  async #train(): Promise<void> {
    this.#enter('training');
    this.#meter.start();
    let lastMetrics = 0;
    while (this.#playing) {
      const start = performance.now();
      // Never beyond the epoch's end: it is evaluated with the weights that it ended with.
      const steps = Math.min(this.#pace.steps, this.#meter.leftInEpoch);
      const done =
        this.#meter.step < this.#meter.target ? await this.#use((session) => session.advance(steps)) : 0;
      const now = performance.now();
      if (done > 0) {
        this.#pace.took(done, now - start);
        this.#meter.step += done;
        if (this.#phase === 'waiting') this.#enter('training');
      }
      if (now - lastMetrics >= METRICS_EVERY) {
        lastMetrics = now;
        if (this.#stoppedBy(await this.#meter.report())) return;
      }
      if (done > 0 && this.#meter.atEpochEnd) this.#evaluator.epochEnded();
      if (this.#evaluator.owesEpoch) {
        if (this.#stoppedBy(await this.#meter.drain())) return;
        await this.#evaluateEpoch();
      } else if (this.#meter.step >= this.#meter.target) {
        return await this.#finish();
      } else if (done === 0) {
        await this.#waitForData();
      } else {
        await this.#sideJobs(now);
      }
      await breathe();
    }
  }

  /** What the visitor sees besides the loss, each with its bounded share of the time. */
  async #sideJobs(now: number): Promise<void> {
    if (this.#evaluator.due(now)) await this.#evaluateQuickly();
    if (this.#predictor.due(now)) await this.#predictor.refresh();
  }

  async #evaluateQuickly(): Promise<void> {
    const result = await this.#evaluator.quick(() => this.#phase !== 'training' || this.#playing);
    if (result) this.send({ type: 'validation', step: this.#meter.step, epochEnd: false, ...result });
  }

  async #evaluateEpoch(): Promise<void> {
    const result = await this.#evaluator.epoch(() => this.#playing);
    if (result) this.send({ type: 'validation', step: this.#meter.step, epochEnd: true, ...result });
    await this.#predictor.refresh();
  }

  async #finish(): Promise<void> {
    this.#playing = false;
    this.#meter.stop();
    await this.#meter.report();
    await this.#predictor.refresh();
    this.#enter('finished');
  }

  async #waitForData(): Promise<void> {
    if (this.#phase !== 'waiting') this.#enter('waiting');
    await new Promise<void>((resolve) => {
      this.#dataArrived = resolve;
      setTimeout(resolve, 250);
    });
    if (this.#playing) this.#meter.start();
  }

  /** True when the loss is no number any more, and training has stopped. */
  #stoppedBy(diverged: number | null): boolean {
    if (diverged === null) return false;
    this.#playing = false;
    this.#meter.stop();
    this.#phase = 'diverged';
    this.send({ type: 'phase', phase: 'diverged', step: diverged });
    return true;
  }

  async #stop(): Promise<void> {
    this.#playing = false;
    await this.#running;
    this.#running = null;
    this.#meter.stop();
    if (this.#session && this.#phase !== 'failed') this.#stoppedBy(await this.#meter.drain());
  }

  async #startOver(): Promise<void> {
    await this.#use((session) => session.set_learning_rate(this.#learningRate));
    const progress = JSON.parse(await this.#use((session) => session.progress())) as Progress;
    this.#meter.startOver(progress.step, progress.steps_per_epoch, this.#epochs);
    this.#evaluator.startOver();
    this.send({ type: 'fresh' });
    await this.#meter.report();
    this.#enter('ready');
    await this.#predictor.refresh();
  }

  #give(shard: Shard): void {
    if (!this.#session || this.#given.has(shard)) return;
    this.#given.add(shard);
    this.#session.add_shard(shard.split, shard.start, shard.count, shard.bytes);
  }

  #use<T>(job: (session: Session) => T | Promise<T>): Promise<T> {
    return this.#engine.run(() => {
      if (!this.#session) throw new Error('the engine is not ready');
      return job(this.#session);
    });
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.send({ type: 'phase', phase, step: this.#meter.step });
  }

  #failed(error: unknown): void {
    this.#playing = false;
    this.#meter.stop();
    this.#enter('failed');
    this.send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
