import { signal } from '@preact/signals';
import { fetchData, loadAgain, reset, restartSlower, togglePlay, useDevice } from '../actions';
import { formatNumber, t } from '../i18n';
import { dataError, divergedAt, failure, loadError, loaded } from '../state';

const hidden = signal(false);

/** What has gone wrong or is not as usual; each with a way on. */
export function Notices() {
  return (
    <div class="notices">
      <div role="alert">
        <LoadError />
        <DataError />
        <Failure />
        <Diverged />
      </div>
      <NoGpu />
    </div>
  );
}

function LoadError() {
  const text = t.value;
  if (!loadError.value) return null;
  return (
    <div class="notice bad">
      <h2>{text.loadFailedTitle}</h2>
      <p>{loadError.value}</p>
      <button type="button" onClick={loadAgain}>
        {text.retry}
      </button>
      <button type="button" onClick={() => useDevice('cpu')}>
        {text.useCpu}
      </button>
    </div>
  );
}

function DataError() {
  const text = t.value;
  if (!dataError.value) return null;
  return (
    <div class="notice bad">
      <h2>
        {text.dataFailed} {dataError.value}
      </h2>
      <button type="button" onClick={fetchData}>
        {text.retry}
      </button>
    </div>
  );
}

function Failure() {
  const text = t.value;
  if (!failure.value) return null;
  return (
    <div class="notice bad">
      <h2>{text.failedTitle}</h2>
      <p>{failure.value}</p>
      <button type="button" onClick={togglePlay}>
        {text.failedFix}
      </button>
      <button type="button" onClick={() => useDevice('cpu')}>
        {text.useCpu}
      </button>
    </div>
  );
}

function Diverged() {
  const text = t.value;
  if (divergedAt.value === null) return null;
  return (
    <div class="notice bad">
      <h2>{text.divergedTitle(formatNumber(divergedAt.value))}</h2>
      <p>{text.divergedWhy}</p>
      <button type="button" class="primary" onClick={restartSlower}>
        {text.divergedFix}
      </button>
      <button type="button" onClick={reset}>
        {text.reset}
      </button>
    </div>
  );
}

function NoGpu() {
  const text = t.value;
  const why = loaded.value?.webgpu;
  if (hidden.value || loaded.value?.info.device !== 'cpu') return null;
  if (why !== 'no-api' && why !== 'no-adapter' && why !== 'software') return null;
  return (
    <div class="notice">
      <h2>{text.noGpu.title}</h2>
      <p>{text.noGpu[why]}</p>
      <details>
        <summary>{text.noGpu.how}</summary>
        <p>{text.getWebgpu[thisBrowser()]}</p>
      </details>
      <button type="button" class="quiet" onClick={() => (hidden.value = true)}>
        {text.noGpu.dismiss}
      </button>
    </div>
  );
}

function thisBrowser(): 'chromium' | 'firefox' | 'safari' | 'other' | 'insecure' {
  const agent = navigator.userAgent;
  if (!window.isSecureContext) return 'insecure';
  if (/Firefox\//.test(agent)) return 'firefox';
  if (/Chrom(e|ium)\/|Edg\//.test(agent)) return 'chromium';
  return /Safari\//.test(agent) ? 'safari' : 'other';
}
