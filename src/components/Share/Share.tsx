/** What is shown, in every form it can be taken along in. Nothing is sent anywhere. */
import { useEffect, useState } from 'react';
import { printScenario } from '../../../workers/scenario/print.ts';
import { eventContext, keptEvents } from '../../state/events.ts';
import { describeEvent } from '../../format/event.ts';
import { word } from '../../format/numbers.ts';
import { addressOf, sessionNow } from '../../scenario/address.ts';
import type { Told } from '../../scenario/current.ts';
import { LONG_LINK } from '../../scenario/fragment.ts';
import { download } from '../../scenario/export/download.ts';
import { png, svg } from '../../scenario/export/picture.ts';
import { reportNow } from '../../scenario/export/report.ts';
import { iframe, markdown, playwrightTest, shellScript, slug } from '../../scenario/export/texts.ts';
import { chromeTrace } from '../../scenario/export/trace.ts';
import { pictureHash } from '../../engine/test_handle.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import { useDialog } from '../useDialog.ts';
import { FilmForm } from './FilmForm.tsx';
import styles from './Share.module.css';

interface Ready {
  readonly told: Told;
  readonly url: string;
  readonly length: number;
}

export function Share({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const dialog = useDialog(true, true);
  const [ready, setReady] = useState<Ready | undefined>(undefined);
  const [said, setSaid] = useState('');
  const phase = useMachine((s) => s.phase);
  useEffect(() => {
    // A machine that is still booting has nothing to share yet.
    if (phase !== 'ready') return;
    void sessionNow(session).then(async (told) => {
      if (!told) return;
      const hash = await addressOf(told);
      setReady({ told, url: new URL(hash, location.href).href, length: hash.length });
    });
  }, [session, phase]);

  const copy = async (what: string, text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(t.share.copied(what));
    } catch {
      setSaid(t.share.notCopied);
      download(`${what}.txt`, new Blob([text], { type: 'text/plain' }));
    }
  };
  const save = (name: string, content: string | Blob | undefined, type = 'text/plain'): void => {
    if (content === undefined) setSaid(t.share.noPicture);
    else download(name, typeof content === 'string' ? new Blob([content], { type }) : content);
  };
  const page = location.href.replace(/[?#].*$/, '');
  const body = ready && (() => {
    const { told: { scenario }, url, length } = ready;
    const bare = page + new URL(url).hash;
    const name = slug(scenario);
    const text = printScenario(scenario);
    const items: readonly (readonly [label: string, act: () => void])[] = [
      [t.share.link, () => void copy(t.share.link, bare)],
      [t.share.markdown, () => {
        void copy(t.share.markdown, markdown(scenario, bare));
        void png().then((blob) => { save(`${name}.png`, blob); });
      }],
      [t.share.iframe, () => void copy(t.share.iframe, iframe(scenario, bare))],
      [t.share.script, () => void copy(t.share.script, shellScript(scenario))],
      [t.share.scn, () => { save(`${name}.scn`, text); }],
      [t.share.playwright, () => {
        void Promise.all([session.digest(), pictureHash()]).then(([digest, pixels]) => copy(t.share.playwright, playwrightTest(scenario, bare, { digest: word(digest), pixels, width: innerWidth, height: innerHeight })));
      }],
      [t.share.png, () => void png().then((blob) => { save(`${name}.png`, blob); })],
      [t.share.svg, () => void svg().then((text) => { save(`${name}.svg`, text, 'image/svg+xml'); })],
      [t.share.report, () => void reportNow(session).then((report) => (report === undefined ? undefined : copy(t.share.report, report)))],
      [t.share.trace, () => { save(`${name}.trace.json`, chromeTrace(keptEvents(), eventContext.blockPages, (event) => describeEvent(event, eventContext).text), 'application/json'); }],
    ];
    return (
      <>
        <label className={styles.url}>{t.share.url(length)}<input type="text" readOnly value={bare} onFocus={(event) => { event.target.select(); }} /></label>
        {length > LONG_LINK && <p className={styles.long}>{t.share.long}</p>}
        <ul className={styles.items} aria-label={t.share.as}>
          {items.map(([label, act]) => <li key={label}><button type="button" onClick={act}>{label}</button></li>)}
        </ul>
        <FilmForm name={name} say={setSaid} />
        <details className={styles.source}><summary>{t.share.source}</summary><pre>{text}</pre></details>
      </>
    );
  })();
  return (
    <dialog ref={dialog} className={styles.dialog} aria-label={t.share.title} onClose={onClose}>
      <header className={styles.head}>
        <h2>{t.share.title}</h2>
        <button type="button" aria-label={t.gallery.close} onClick={onClose}><Icon name="close" /></button>
      </header>
      <p>{t.share.about}</p>
      {phase !== 'ready' && phase !== 'failed' && <p role="status">{t.phase[phase]}</p>}
      {body}
      <output className={styles.said}>{said}</output>
    </dialog>
  );
}
