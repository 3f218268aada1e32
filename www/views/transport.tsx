import { choosePreset, reset, stepOnce, togglePlay } from '../actions';
import { formatLoss, formatNumber, formatPercent, t } from '../i18n';
import { groups, presets, type PresetId } from '../presets';
import {
  epochsDone,
  examplesPerSecond,
  isCustom,
  loadError,
  outline,
  loaded,
  phase,
  playing,
  presetId,
  runningSeed,
  seed,
  step,
  tick,
  trainLoss,
  validation,
} from '../state';
import { measured } from '../measures';
import type { Split } from '../protocol';
import { DeviceBadge } from './device';
import { Stat } from './stat';

export function Transport() {
  const text = t.value;
  return (
    <section id="transport" class="transport card" aria-label={text.training}>
      <div class="controls">
        <label class="preset">
          <span>{text.preset}</span>
          <select
            data-testid="preset"
            value={presetId.value}
            onChange={(event) => choosePreset(event.currentTarget.value as PresetId)}
          >
            {groups.map((name) => (
              <optgroup label={text.presetGroups[name]}>
                {presets
                  .filter(({ group }) => group === name)
                  .map(({ id }) => (
                    <option value={id}>
                      {text.presets[id][0]}
                      {id === presetId.value && isCustom.value ? text.customSuffix : ''}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        <div class="buttons">
          <button type="button" class="primary" data-testid="play" title={text.playHint} onClick={togglePlay}>
            <PlayIcon playing={playing.value} />
            {playing.value ? text.pause : text.play}
          </button>
          <button type="button" data-testid="step" title={text.stepHint} onClick={stepOnce}>
            {text.step}
          </button>
          <button
            type="button"
            class={seed.value === runningSeed.value ? '' : 'changed'}
            data-testid="reset"
            title={text.resetHint}
            onClick={reset}
          >
            {text.reset}
          </button>
        </div>
        <Status />
        <DeviceBadge />
      </div>
      <p class="about-preset">{text.presets[presetId.value][1]}</p>
      <Numbers />
      <EpochBar />
    </section>
  );
}

function PlayIcon({ playing }: { playing: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={playing ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M4 2.5v11l9-5.5z'} />
    </svg>
  );
}

function Status() {
  const now = loadError.value && !loaded.value ? 'failed' : phase.value;
  return (
    <p class={`status ${now}`} data-testid="status" data-value={now}>
      <span class="dot" aria-hidden="true" />
      {t.value.status[now === 'training' && outline.value.task === 'digits' ? 'trainingDigits' : now]}
      {now === 'finished' && (
        <a href="#summary" class="to-summary">
          {t.value.next}
        </a>
      )}
    </p>
  );
}

function Numbers() {
  const text = t.value;
  const result = validation.value;
  const rate = examplesPerSecond.value;
  const { judged } = measured.value;
  const samples = loaded.value?.info.validation;
  const counted =
    result && samples && countedOn(samples.split, result.count < samples.count)(formatNumber(result.count));
  return (
    <dl class="numbers">
      <Stat label={text.epoch} testid="epoch" value={epochsDone.value}>
        {formatNumber(epochsDone.value)}
        {tick.value && <span class="of"> / {formatNumber(tick.value.targetEpochs)}</span>}
      </Stat>
      <Stat label={text.globalStep} testid="global-step" value={step.value}>
        {formatNumber(step.value)}
      </Stat>
      <Stat label={text.examplesPerSecond} testid="examples-per-second" value={rate}>
        {rate === null ? '–' : formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 })}
      </Stat>
      <Stat label={text.trainLoss} testid="train-loss" value={trainLoss.value} note={text.trainLossNote}>
        {trainLoss.value === null ? '–' : formatLoss(trainLoss.value)}
      </Stat>
      <Stat label={text.valLoss} testid="val-loss" value={result?.loss ?? null} note={counted ?? text.notYet}>
        {result ? formatLoss(result.loss) : '–'}
      </Stat>
      {judged && (
        <Stat
          label={text.valAccuracy}
          testid="val-accuracy"
          value={result?.accuracy ?? null}
          note={counted ?? text.notYet}
        >
          {result?.accuracy != null ? formatPercent(result.accuracy) : '–'}
        </Stat>
      )}
    </dl>
  );
}

/** What validates, by its name. */
function countedOn(split: Split, first: boolean): (count: string) => string {
  const { onTest, onFirstTest, onHeldOut, onFirstHeldOut } = t.value;
  if (split === 'test') return first ? onFirstTest : onTest;
  return first ? onFirstHeldOut : onHeldOut;
}

/** How far the epochs asked for have come. The numbers above say the same. */
function EpochBar() {
  const now = tick.value;
  const share = now ? Math.min(1, now.step / (now.stepsPerEpoch * now.targetEpochs)) : 0;
  return (
    <div class="epoch-bar" aria-hidden="true">
      <div style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
