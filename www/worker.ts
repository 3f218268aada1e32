// The worker: owns the engine, so that neither the page nor a hidden tab ever slows training down.
import init, { inspect_experiment } from './pkg/trainyard.js';
import type { CallName, Calls, Call, FromWorker, Inspection, ToWorker } from './protocol';
import { Dataset } from './worker/dataset';
import { Trainer } from './worker/trainer';

const send = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });
const explain = (error: unknown) => (error instanceof Error ? error.message : String(error));

const engine = init();
const dataset = new Dataset((shard) => trainer.addShard(shard));
const trainer = new Trainer(dataset, send);

const answers: { [K in CallName]: (args: Calls[K]['args']) => Promise<Calls[K]['result']> } = {
  load: (args) => trainer.load(args),
  inspect: async ({ experiment }) => JSON.parse(inspect_experiment(experiment)) as Inspection,
  review: () => trainer.review(),
};

async function answer(call: Call): Promise<void> {
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
    case 'load':
    case 'inspect':
    case 'review':
      void answer(message);
      return;
    case 'fetch-data':
      dataset
        .load(new URL(message.base))
        .catch((error: unknown) => send({ type: 'data-failed', message: explain(error) }));
      return;
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
  }
};
