/** What stands around the picture, as parts of a view: theme, language, the panels' sizes and which are hidden, lecture mode. A link shows it as it says for this visit; what the reader has chosen for good is not touched. */
import { useChrome } from '../state/chrome.ts';
import { HIDEABLE, type Hideable, ownHidden, useHidden } from '../state/hidden.ts';
import { clampSize, firstSizes, ownSizes, PANEL_NAMES, type PanelName, type Sizes, useLayout } from '../state/layout.ts';
import { ownTheme, preferredTheme, THEME_NAMES, useTheme } from '../state/theme.ts';
import { shownLanguage } from '../strings/index.ts';
import { knownLanguage, pickLanguage, reopenIn } from '../strings/language.ts';

const LECTURE = 'lecture';
/** Of a panel that is hidden: no height at all. */
const hiddenPart = (name: Hideable): string => `${name}:0`;

/** Only what another reader would not get by himself: sizes that were changed, a theme and a language other than the browser's. */
export function stageParts(): Readonly<Record<string, string>> {
  const sizes = useLayout.getState();
  const first = firstSizes();
  const panels = [...(useChrome.getState().lecture ? [LECTURE] : []), ...PANEL_NAMES.filter((name) => sizes[name] !== first[name]).map((name) => `${name}:${sizes[name]}`), ...useHidden.getState().hidden.map(hiddenPart)];
  const { theme } = useTheme.getState();
  const language = pickLanguage(null, null, globalThis.navigator?.languages ?? []);
  return { ...(panels.length > 0 && { panels: panels.join(',') }), ...(theme !== preferredTheme() && { theme }), ...(shownLanguage !== language && { lang: shownLanguage }) };
}

/** Sizes that a view names; the others are the reader's own. */
export function sizesOf(panels: string | undefined, own: Sizes): Sizes {
  const named = (panels ?? '').split(',').flatMap((part): [PanelName, number][] => {
    const m = /^([a-z]+):(\d{1,5})$/.exec(part);
    const name = PANEL_NAMES.find((n) => n === m?.[1]);
    return name && !HIDEABLE.some((one) => part === hiddenPart(one)) ? [[name, clampSize(name, Number(m?.[2]))]] : [];
  });
  return { ...own, ...Object.fromEntries(named) };
}

/** Panels that a view hides, beside those that the reader has hidden himself. */
function hiddenOf(panels: string | undefined, own: readonly Hideable[]): readonly Hideable[] {
  const parts = (panels ?? '').split(',');
  return HIDEABLE.filter((name) => own.includes(name) || parts.includes(hiddenPart(name)));
}

/** Shows what a view says. `asked`: the address's plain words, which outrank it. */
export function setStage(values: Readonly<Record<string, string>>, asked: URLSearchParams): void {
  useLayout.setState(sizesOf(values.panels, ownSizes()));
  useHidden.setState({ hidden: hiddenOf(values.panels, ownHidden()) });
  if (values.panels?.split(',').includes(LECTURE)) useChrome.setState({ lecture: true });
  if (!asked.has('theme')) useTheme.setState({ theme: THEME_NAMES.find((name) => name === values.theme) ?? ownTheme() });
}

/** The words of the page are chosen once: another language means that the address is opened again. True: it is. */
export function speak(lang: string | undefined, asked: URLSearchParams): boolean {
  const language = knownLanguage(lang);
  if (language === undefined || language === shownLanguage || asked.has('lang')) return false;
  reopenIn(language);
  return true;
}
