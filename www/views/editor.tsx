import { useEffect, useRef } from 'preact/hooks';
import { inspectDraft, restartWithChanges, restorePreset } from '../actions';
import { t } from '../i18n';
import { currentPreset, draft, draftError, edited } from '../state';

const CHECK_AFTER = 300; // ms without a key

/** The experiment itself. What is wrong with it stands right below it, in the engine's words. */
export function Editor() {
  const text = t.value;
  const field = useRef<HTMLTextAreaElement>(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  const onType = (value: string) => {
    draft.value = value;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void inspectDraft(), CHECK_AFTER);
  };
  const onRestart = async () => {
    clearTimeout(timer.current);
    await restartWithChanges();
    if (draftError.value !== null) field.current?.focus();
  };
  return (
    <details class="editor" id="editor">
      <summary>{text.editor}</summary>
      <p class="muted" id="editor-hint">
        {text.editorHint}
      </p>
      <textarea
        ref={field}
        data-testid="experiment"
        aria-label={text.editorLabel}
        aria-describedby="editor-hint editor-error"
        aria-invalid={draftError.value !== null}
        rows={18}
        spellcheck={false}
        autocomplete="off"
        value={draft.value}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      <p id="editor-error" data-testid="experiment-error" class="error" role="status">
        {draftError.value}
      </p>
      <div class="buttons">
        <button
          type="button"
          data-testid="restart"
          class={edited.value ? 'primary' : ''}
          onClick={() => void onRestart()}
        >
          {text.restart}
        </button>
        {draft.value !== currentPreset.value.experiment && (
          <button type="button" onClick={restorePreset}>
            {text.restore}
          </button>
        )}
      </div>
    </details>
  );
}
