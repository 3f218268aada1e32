import { formatNumber, t } from '../i18n';
import { loadError, loaded } from '../state';

/** On what it trains, and when that is no GPU, why. */
export function DeviceBadge() {
  const text = t.value.device;
  const now = loaded.value;
  if (!now) {
    return (
      <p class="badge" data-testid="device" data-value="">
        {loadError.value ? text.none : text.starting}
      </p>
    );
  }
  const { info, webgpu } = now;
  const why = {
    available: '',
    software: text.noHardware,
    'no-api': text.noWebgpu,
    'no-adapter': text.noWebgpu,
    'not-asked': text.asked,
  }[webgpu];
  const kind = info.device === 'cpu' ? text.cpu : info.software ? text.software : text.gpu;
  const detail = info.device === 'cpu' ? why : info.adapter || text.unnamed;
  const title = [
    info.reason,
    text.details(
      formatNumber(info.parameters),
      formatNumber(info.dispatches_per_step),
      formatNumber(info.gpu_bytes / 1e6, { maximumFractionDigits: 1 }),
    ),
  ];
  return (
    <p class="badge" data-testid="device" data-value={info.device} title={title.filter(Boolean).join('\n')}>
      <span class="visually-hidden">{text.label} </span>
      <b>{kind}</b> <span>{detail}</span>
    </p>
  );
}
