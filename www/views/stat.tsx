import type { ComponentChildren } from 'preact';

interface Props {
  label: string;
  testid: string;
  value: number | null;
  children: ComponentChildren;
  note?: string | undefined;
}

/** A number with its name; tests and bookmarklets read the plain number from data-value. */
export function Stat({ label, testid, value, children, note }: Props) {
  return (
    <div class="stat">
      <dt>{label}</dt>
      <dd>
        <span data-testid={testid} data-value={value === null ? '' : String(value)}>
          {children}
        </span>
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}
