import { useSignal } from '@preact/signals';
import { ask } from '../../actions';
import { formatPercent } from '../../i18n';
import { words } from '../../i18n/tasks';
import { classOf } from '../../probabilities';
import { inspection } from '../../state';
import { labelName } from '../samples';
import { hasMicrophone, record, type Recording } from './audio';
import { Bars } from './bars';
import { useLive } from './live';

/** What the network hears of the visitor's voice, live while it learns. */
export function Microphone() {
  const text = words.value;
  const about = inspection.value!.about;
  const recording = useSignal<Recording | null>(null);
  const busy = useSignal(false);
  const problem = useSignal<'' | 'microphoneMissing' | 'microphoneDenied' | 'microphoneFailed'>('');
  const probabilities = useLive(async () => {
    const now = recording.value;
    return now ? ask('predict-sound', { ...now }) : null;
  });
  const onRecord = async () => {
    problem.value = hasMicrophone() ? '' : 'microphoneMissing';
    if (problem.value) return;
    try {
      recording.value = await record(() => (busy.value = true));
    } catch (error) {
      const denied = error instanceof DOMException && error.name === 'NotAllowedError';
      problem.value = denied ? 'microphoneDenied' : 'microphoneFailed';
    } finally {
      busy.value = false;
    }
  };
  const known = recording.value ? probabilities : null;
  const heard = known && classOf(known, known.length);
  return (
    <div class="card wide">
      <h3>{text.microphone}</h3>
      <p class="muted">{text.microphoneAbout}</p>
      <div class="buttons">
        <button
          type="button"
          class="primary"
          data-testid="record"
          disabled={busy.value}
          onClick={() => void onRecord()}
        >
          {busy.value ? text.recording : text.record}
        </button>
      </div>
      <p class="error" role="alert" data-testid="microphone-problem">
        {problem.value && text[problem.value]}
      </p>
      <p role="status">
        {heard && text.heard(labelName(about, heard.best), formatPercent(heard.probability, 0))}
      </p>
      {known && <Bars label={text.probabilities} names={about.y?.names ?? []} probabilities={known} />}
    </div>
  );
}
