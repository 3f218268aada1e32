import { useSignal, useSignalEffect } from '@preact/signals';
import { MAX_SEED, isSeed } from '../address';
import { formatNumber, t } from '../i18n';
import { runningSeed, seed } from '../state';

/** Decides the first weights and the order of the data; it takes a reset to take effect. */
export function Seed() {
  const text = t.value;
  const typed = useSignal(String(seed.value));
  const invalid = useSignal(false);
  useSignalEffect(() => {
    typed.value = String(seed.value);
    invalid.value = false;
  });

  const onType = (value: string) => {
    typed.value = value;
    invalid.value = !/^\d+$/.test(value.trim()) || !isSeed(Number(value));
    if (!invalid.value) seed.value = Number(value);
  };
  return (
    <div class="field">
      <label for="seed">
        {text.seed} <span class="tag">{text.atReset}</span>
      </label>
      <input
        id="seed"
        data-testid="seed"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        value={typed.value}
        aria-invalid={invalid.value}
        aria-describedby="seed-note"
        onInput={(event) => onType(event.currentTarget.value)}
      />
      <p id="seed-note" class={invalid.value ? 'error' : 'muted'} role="status">
        {invalid.value
          ? text.seedInvalid(formatNumber(MAX_SEED))
          : seed.value !== runningSeed.value && text.seedPending}
      </p>
    </div>
  );
}
