// The worker: owns the engine, so that neither the page nor a hidden tab ever slows training down.
import { askEarly } from './early';
import type { Call, CallName, Calls, FromWorker, ToWorker } from './protocol';
import { start } from './wasm';
import { Trainer } from './worker/trainer';

const send = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });
const explain = (error: unknown) => (error instanceof Error ? error.message : String(error));

let compiled: (module: WebAssembly.Module | null) => void;
const engine = start(new Promise((resolve) => (compiled = resolve)));
const trainer = new Trainer(send);
const { asks } = trainer;

const answers: { [K in CallName]: (args: Calls[K]['args']) => Promise<Calls[K]['result']> } = {
  load: (args) => trainer.load(args),
  inspect: async ({ experiment, base }) => (await trainer.datasets.inspect(experiment, base)).inspection,
  review: ({ budget }) => trainer.review(budget),
  'predict-test': asks.predictTest,
  'predict-text': asks.predictText,
  'predict-sound': asks.predictSound,
  sound: asks.sound,
  part: asks.part,
  generate: asks.generate,
  translate: asks.translate,
};

async function answer(call: Call): Promise<void> {
  if (call.type === 'load' && call.device !== 'cpu') askEarly();
  try {
    await engine;
    const result = await (answers[call.type] as (args: unknown) => Promise<unknown>)(call);
    send({ type: 'answer', id: call.id, ok: true, result });
  } catch (error) {
    send({ type: 'answer', id: call.id, ok: false, message: explain(error) });
  }
}

self.onmessage = ({ data: message }: MessageEvent<ToWorker>) => {
  switch (message.type) {
    case 'engine':
      return compiled(message.module);
    case 'fetch-data':
      return trainer.fetchData();
    case 'play':
      return trainer.play();
    case 'pause':
      return trainer.pause();
    case 'step':
      return trainer.step();
    case 'reset':
      return trainer.reset(message.seed);
    case 'learning-rate':
      return trainer.setLearningRate(message.value);
    case 'draw':
      void engine.then(() => trainer.draw(message));
      return;
    case 'clear-drawing':
      void engine.then(() => trainer.draw(null));
      return;
    case 'write':
      void asks.write(message);
      return;
    case 'stop-writing':
      return asks.stopWriting();
    default:
      void answer(message);
  }
};
