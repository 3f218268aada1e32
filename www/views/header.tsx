import { share } from '../actions';
import { language, languages, rememberLanguage, t, type Language } from '../i18n';
import { helpOpen, shareLink } from '../state';
import { chooseTheme, theme, themes, type Theme } from '../theme';

export function Header() {
  const text = t.value;
  return (
    <header class="page-header">
      <div class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M6 8c3 14 9 15 20 16" />
          <circle cx="26" cy="24" r="3.4" />
        </svg>
        <h1>{text.brand}</h1>
      </div>
      <p class="tagline">{text.tagline}</p>
      <div class="settings">
        <Share />
        <label>
          <span class="visually-hidden">{text.language}</span>
          <select
            data-testid="language"
            value={language.value}
            onChange={(event) => rememberLanguage(event.currentTarget.value as Language)}
          >
            {Object.entries(languages).map(([code, name]) => (
              <option value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="visually-hidden">{text.theme}</span>
          <select
            data-testid="theme"
            value={theme.value}
            onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
          >
            {themes.map((name) => (
              <option value={name}>{text.themes[name]}</option>
            ))}
          </select>
        </label>
        <button type="button" class="quiet" onClick={() => (helpOpen.value = true)}>
          {text.help}
        </button>
      </div>
    </header>
  );
}

function Share() {
  const text = t.value;
  const shared = shareLink.value;
  return (
    <div class="share">
      <button type="button" class="quiet" data-testid="share" onClick={() => void share()}>
        {text.share}
      </button>
      {shared && (
        <div class="popover" role="status">
          <p>{shared.copied ? text.shareCopied : text.shareCopy}</p>
          <input
            readOnly
            aria-label={text.shareLabel}
            value={shared.link}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" class="quiet" onClick={() => (shareLink.value = null)}>
            {text.close}
          </button>
        </div>
      )}
    </div>
  );
}
