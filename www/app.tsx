import { useEffect } from 'preact/hooks';
import { t } from './i18n';
import { announcement, training } from './state';
import { listenToShortcuts } from './shortcuts';
import { ChartTable } from './views/chart-table';
import { Charts } from './views/charts';
import { DataPanel } from './views/data';
import { Header } from './views/header';
import { Help } from './views/help';
import { ModelPanel } from './views/model';
import { Notices } from './views/notices';
import { Summary } from './views/summary';
import { TaskView } from './views/task';
import { Transport } from './views/transport';

export function App() {
  useEffect(listenToShortcuts, []);
  return (
    <>
      <a class="skip" href="#transport">
        {t.value.skip}
      </a>
      <Header />
      <main class={training.value ? 'is-training' : ''}>
        <Transport />
        <Notices />
        <div class="columns">
          <DataPanel />
          <ModelPanel />
          <section class="column output" aria-labelledby="output-heading">
            <h2 id="output-heading">{t.value.outputHeading}</h2>
            <Charts />
            <TaskView />
            <Summary />
            <ChartTable />
          </section>
        </div>
      </main>
      <Help />
      <p class="visually-hidden" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}
