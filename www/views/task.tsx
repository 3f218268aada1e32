import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { inspection, outline } from '../state';
import type { Task } from '../task';
import { Pad } from './pad';
import { TestDigits } from './test-digits';

type View = { default: ComponentType };

/** What is there at the first visit is with the page; all else comes when it is wanted. */
const views: Record<Exclude<Task, 'digits'>, (() => Promise<View>) | null> = {
  boundary: () => import('./tasks/boundary'),
  pictures: () => import('./tasks/pictures'),
  table: () => import('./tasks/confusion'),
  word: () => import('./tasks/word'),
  sound: () => import('./tasks/sound'),
  generator: () => import('./tasks/generator'),
  autoencoder: () => import('./tasks/autoencoder'),
  text: () => import('./tasks/writer'),
  names: () => import('./tasks/writer'),
  translation: () => import('./tasks/translation'),
  other: null,
};

export function TaskView() {
  const { task } = outline.value;
  if (task === 'digits') {
    return (
      <div class="tasks">
        <TestDigits />
        <Pad />
      </div>
    );
  }
  // Until the network stands, the page knows neither its data nor what to ask it.
  return inspection.value ? <Late key={task} task={task} /> : <div class="tasks" aria-busy="true" />;
}

function Late({ task }: { task: Exclude<Task, 'digits'> }) {
  const view = useSignal<ComponentType | null>(null);
  const failed = useSignal('');
  useEffect(() => {
    let gone = false;
    views[task]?.()
      .then((module) => gone || (view.value = module.default))
      .catch((error: unknown) => gone || (failed.value = String(error)));
    return () => {
      gone = true;
    };
  }, [task]);
  const View = view.value;
  if (failed.value) {
    return (
      <p class="error" role="alert">
        {t.value.viewFailed} {failed.value}
      </p>
    );
  }
  return (
    <div class="tasks" aria-busy={!View && views[task] !== null}>
      {View && <View />}
    </div>
  );
}
