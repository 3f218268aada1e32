import { formatPercent } from '../../i18n';

interface Props {
  label: string;
  names: string[];
  probabilities: Float32Array | null;
}

/** The probability of each class. */
export function Bars({ label, names, probabilities }: Props) {
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  return (
    <ul class="bars named" aria-label={label}>
      {names.map((name, k) => (
        <li class={k === best ? 'best' : ''}>
          <span>{name}</span>
          <span class="bar" aria-hidden="true">
            <i style={{ width: `${100 * (probabilities?.[k] ?? 0)}%` }} />
          </span>
          <span>{probabilities ? formatPercent(probabilities[k]!, 0) : '–'}</span>
        </li>
      ))}
    </ul>
  );
}
