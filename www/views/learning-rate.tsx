import { useSignal, useSignalEffect } from '@preact/signals';
import { setLearningRate } from '../actions';
import { MAX_LEARNING_RATE, isLearningRate } from '../address';
import { formatNumber, t } from '../i18n';
import { learningRate } from '../state';

const [LOWEST, HIGHEST] = [-5, 0]; // powers of ten

/** Live: the next step uses it. */
export function LearningRate() {
  const text = t.value;
  const typed = useSignal(String(learningRate.value));
  const invalid = useSignal(false);
  useSignalEffect(() => {
    typed.value = String(learningRate.value);
    invalid.value = false;
  });

  const onType = (value: string) => {
    typed.value = value;
    const rate = Number(value);
    invalid.value = value.trim() === '' || !isLearningRate(rate);
    if (!invalid.value) setLearningRate(rate);
  };
  return (
    <div class="field">
      <label for="learning-rate">
        {text.learningRate} <span class="tag">{text.live}</span>
      </label>
      <div class="rate">
        <input
          type="range"
          min={LOWEST}
          max={HIGHEST}
          step="0.05"
          aria-label={text.learningRateSlider}
          aria-valuetext={formatNumber(learningRate.value, { maximumSignificantDigits: 3 })}
          value={Math.log10(learningRate.value)}
          onInput={(event) =>
            setLearningRate(Number((10 ** Number(event.currentTarget.value)).toPrecision(2)))
          }
        />
        <input
          id="learning-rate"
          data-testid="learning-rate"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          value={typed.value}
          aria-invalid={invalid.value}
          aria-describedby="learning-rate-error"
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </div>
      <p id="learning-rate-error" class="error" role="status">
        {invalid.value && text.learningRateInvalid(formatNumber(MAX_LEARNING_RATE))}
      </p>
    </div>
  );
}
