import { reset, stepOnce, togglePlay } from './actions';
import { helpOpen, shortcutsOn } from './state';

/** Where a key means a character, or where the control itself has a use for it. */
const TYPING = 'input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]';
const USES_SPACE = 'button, summary, a, input, [data-own-keys]';

export function listenToShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (!shortcutsOn.value || helpOpen.value) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    const target = event.target as Element;
    if (target.closest(TYPING)) return;
    switch (event.key) {
      case ' ':
        if (target.closest(USES_SPACE)) return;
        togglePlay();
        break;
      case 's':
      case 'S':
        stepOnce();
        break;
      case 'r':
      case 'R':
        reset();
        break;
      case '?':
        helpOpen.value = true;
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
