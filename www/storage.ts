// The few settings that a visit leaves behind. Storage may be blocked: then they last as long as the page.

export type Setting = 'language' | 'theme' | 'shortcuts' | 'tuning';

export function readStored(setting: Setting): string | null {
  try {
    return localStorage.getItem(`trainyard.${setting}`);
  } catch {
    return null;
  }
}

export function store(setting: Setting, value: string): void {
  try {
    localStorage.setItem(`trainyard.${setting}`, value);
  } catch {
    // Nothing is lost but the memory of it.
  }
}
