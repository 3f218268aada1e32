import { Session } from '../pkg/trainyard.js';
import {
  CLASSES,
  GALLERY,
  type DeviceInfo,
  type Event,
  type Inspection,
  type Load,
  type Loaded,
  type Phase,
  type Review,
} from '../protocol';
import { outlineOf } from '../task';
import { team } from '../team';
import { Asks, predict } from './asks';
import { Meter } from './meter';
import { prepare } from './experiment';
import { Predictor, type Ink } from './predictor';
import { review } from './review';
import { Evaluator } from './evaluator';
import type { Dataset, Shard } from './dataset';
import { Datasets } from './datasets';
import { Pace, Queue, breathe } from './pace';
import { Stopping } from './stopping';
import { whyThisDevice } from './adapter';

const METRICS_EVERY = 50; // ms
const CALL_TAKES = { gpu: 12, cpu: 24 }; // ms: how long a message may have to wait
const SHOWN = { samples: 1000, bytes: 400_000 }; // of a split, sent to the page

interface Progress {
  step: number;
  steps_per_epoch: number;
}

/** The training loop: owns the session, and is its only user. */
export class Trainer {
  #session: Session | null = null;
  #dataset: Dataset | null = null;
  #inspection: Inspection | null = null;
  #info: DeviceInfo | null = null;
  #tunes = false;
  #given = new Set<Shard>();
  #fetching = false;
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
  #stopping = new Stopping();
  readonly datasets = new Datasets((dataset, shard) => this.#arrived(dataset, shard));
  readonly asks: Asks;
  #dataArrived: () => void = () => {};

  constructor(private readonly send: (event: Event, transfer?: Transferable[]) => void) {
    this.#meter = new Meter(() => this.#use((session) => session.metrics()), send);
    this.#evaluator = new Evaluator((from, count) =>
      this.#use((session) => session.evaluate(this.#info!.validation.split, from, count)),
    );
    this.#predictor = new Predictor(
      () => this.#dataset,
      (pixels) => this.#engine.run(() => this.#session?.predict(pixels) ?? null),
      send,
    );
    this.asks = new Asks(
      (job) => this.#use(job),
      () => this.#standing(this.#dataset),
      send,
    );
  }

  /** The network that runs is replaced only once the new one stands. */
  async load({ experiment, base, device, seed, learningRate, tuning }: Load): Promise<Loaded> {
    const mine = ++this.#loads;
    const inspected = await this.datasets.inspect(experiment, base);
    const session = await Session.create(
      prepare(experiment, seed),
      inspected.files?.manifest,
      device,
      tuning ?? undefined,
    );
    const info = JSON.parse(session.info()) as DeviceInfo;
    const webgpu = await whyThisDevice(info, device);
    if (mine !== this.#loads) {
      session.free();
      throw new Error('superseded');
    }
    const { inspection } = inspected;
    await this.#controls.run(async () => {
      const dataset = this.datasets.open(experiment, inspected);
      dataset.generate();
      const given = new Set<Shard>();
      try {
        await give(session, dataset.shards, given);
      } catch (error) {
        session.free();
        throw error;
      }
      await this.#stop();
      const other = dataset !== this.#dataset;
      await this.#engine.run(async () => {
        await give(session, dataset.shards, given); // what has arrived meanwhile
        this.#session?.free();
        team?.end();
        this.#session = session;
        this.#given = given;
        this.#tunes = tuning !== null;
        this.#dataset = dataset;
        this.#inspection = inspection;
        this.#info = info;
        this.#predictor.on = outlineOf(experiment).task === 'digits' && inspection.classes === CLASSES;
      });
      const loaded = { info, webgpu, inspection };
      this.send({ type: 'loaded', experiment, loaded, newData: other, width: widthOf(info) });
      if (other) {
        for (const shard of dataset.shards) this.#show(shard);
        this.#count();
      }
      if (this.#fetching) this.#fetch();
      this.#learningRate = learningRate;
      this.#epochs = info.epochs;
      this.#pace = new Pace(CALL_TAKES[info.device]);
      await this.#startOver();
    });
    return { info, webgpu, inspection };
  }

  /** From now on data are fetched as they are needed. */
  fetchData(): void {
    this.#fetching = true;
    this.#fetch();
  }

  #fetch(): void {
    this.#dataset
      ?.load()
      .catch((error: unknown) => this.send({ type: 'data-failed', message: messageOf(error) }));
  }

  async #arrived(dataset: Dataset, shard: Shard): Promise<void> {
    if (dataset !== this.#dataset) return; // it waits in the data set for `load`
    this.#show(shard);
    await this.#use((session) => give(session, [shard], this.#given));
    this.#count();
    this.#dataArrived();
    if (shard.split === 'test' && !this.#playing) await this.#predictor.refresh();
  }

  #show({ split, start, count, x, y }: Shard): void {
    if (start > 0) return;
    const { itemBytes } = this.#standing(this.#dataset);
    const fitting = Math.floor(SHOWN.bytes / (itemBytes[0] + itemBytes[1]));
    const shown = Math.min(count, SHOWN.samples, Math.max(fitting, GALLERY));
    const part = (bytes: Uint8Array, size: number) => bytes.slice(0, shown * size);
    this.send({ type: 'samples', split, count: shown, x: part(x, itemBytes[0]), y: part(y, itemBytes[1]) });
  }

  #count(): void {
    const dataset = this.#standing(this.#dataset);
    const [train, test] = [dataset.available('train'), dataset.available('test')];
    const { train: trainTotal, test: testTotal } = dataset.total;
    this.send({ type: 'data', train, trainTotal, test, testTotal });
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
    this.#stopping.goOn();
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

  review(budget: number): Promise<Review> {
    return review(this.#standing(this.#dataset), this.#standing(this.#inspection), budget, (x) =>
      this.#use((session) => predict(session, x)),
    );
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
        if (await this.#evaluateEpoch()) return await this.#finish(true);
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
    if (this.#tunes) await this.#tune();
  }

  /** One op's kernels at a time, a second in all; what is found is for the next visit. */
  async #tune(): Promise<void> {
    const tuning = await this.#use((session) => session.tune());
    if (tuning === '') return;
    this.#tunes = false;
    if (tuning) this.send({ type: 'tuned', tuning });
  }

  async #evaluateQuickly(): Promise<void> {
    const result = await this.#evaluator.quick(() => this.#phase !== 'training' || this.#playing);
    if (result) this.send({ type: 'validation', step: this.#meter.step, epochEnd: false, ...result });
  }

  /** True when the run shall end early. */
  async #evaluateEpoch(): Promise<boolean> {
    const result = await this.#evaluator.epoch(() => this.#playing);
    if (!result) return false;
    this.send({ type: 'validation', step: this.#meter.step, epochEnd: true, ...result });
    await this.#predictor.refresh();
    return this.#stopping.epoch(
      result.loss,
      () => this.#use((session) => session.checkpoint()),
      (best) => this.#use((session) => session.restore(best)),
    );
  }

  async #finish(early = false): Promise<void> {
    this.#playing = false;
    if (early) this.#meter.endNow();
    this.#meter.stop();
    await this.#meter.report();
    await this.#predictor.refresh();
    this.#enter('finished', early);
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
    const info = this.#standing(this.#info);
    const { validation, patience } = info;
    const width = widthOf(info);
    this.#meter.startOver(progress.step, progress.steps_per_epoch, this.#epochs, width);
    this.#evaluator.startOver(validation);
    this.#stopping.startOver(patience);
    this.send({ type: 'fresh', width });
    await this.#meter.report();
    this.#enter('ready');
    await this.#predictor.refresh();
  }

  #use<T>(job: (session: Session) => T | Promise<T>): Promise<T> {
    return this.#engine.run(() => {
      return job(this.#standing(this.#session));
    });
  }

  /** What there is as soon as anything has been loaded. */
  #standing<T>(part: T | null): T {
    if (part === null) throw new Error('the engine is not ready');
    return part;
  }

  #enter(phase: Phase, early = false): void {
    this.#phase = phase;
    this.send({ type: 'phase', phase, step: this.#meter.step, early });
  }

  #failed(error: unknown): void {
    this.#playing = false;
    this.#meter.stop();
    this.#enter('failed');
    this.send({ type: 'failed', message: messageOf(error) });
  }
}

/** The first test samples need memory for evaluation: this may fail as making a session may. */
async function give(session: Session, shards: Shard[], given: Set<Shard>): Promise<void> {
  for (const shard of shards) {
    if (given.has(shard)) continue;
    given.add(shard);
    await session.add_samples(shard.split, shard.start, shard.x, shard.y);
  }
}

/** Numbers of a step: which, loss, accuracy, what each phase measures. */
const widthOf = ({ phases }: DeviceInfo): number =>
  3 + phases.reduce((sum, { measures }) => sum + measures.length, 0);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
