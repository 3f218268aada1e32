import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { helpOpen, shortcutsOn } from '../state';
import { store } from '../storage';

export function Help() {
  const text = t.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  const keys: [string, string][] = [
    [text.keySpace, text.shortcutPlay],
    ['S', text.shortcutStep],
    ['R', text.shortcutReset],
    ['?', text.shortcutHelp],
  ];
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <h2 id="help-title">{text.helpTitle}</h2>
      <p>{text.tagline}</p>
      <p>{text.helpIntro}</p>
      <h3>{text.shortcuts}</h3>
      <dl class="keys">
        {keys.map(([key, action]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{action}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          data-testid="shortcuts"
          checked={shortcutsOn.value}
          onChange={(event) => {
            shortcutsOn.value = event.currentTarget.checked;
            store('shortcuts', shortcutsOn.value ? 'on' : 'off');
          }}
        />
        {text.shortcutsOn}
      </label>
      <button type="button" class="primary" onClick={() => (helpOpen.value = false)}>
        {text.close}
      </button>
    </dialog>
  );
}
