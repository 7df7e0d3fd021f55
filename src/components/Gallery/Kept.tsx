/** Sessions kept in this browser: recent and named; as one file in and out; and files from elsewhere. */
import { useCallback, useEffect, useState } from 'react';
import { duplicate, exportKept, forget, importKept, type KeptSession, listKept, nameSession } from '../../scenario/keep.ts';
import { download } from '../../scenario/export/download.ts';
import { useSession } from '../SessionContext.ts';
import { t } from '../../strings/later.ts';
import styles from './Gallery.module.css';

export function Kept({ onOpen }: { onOpen: (text: string) => void }) {
  const [sessions, setSessions] = useState<readonly KeptSession[]>([]);
  const session = useSession();
  const [said, setSaid] = useState('');
  const refresh = useCallback(() => { listKept().then(setSessions, (error: unknown) => { setSaid(t.kept.nothing(String(error))); }); }, []);
  useEffect(refresh, [refresh]);
  const after = (work: Promise<unknown>): void => { void work.then(refresh, (error: unknown) => { setSaid(t.kept.nothing(String(error))); }); };
  async function take(file: File | undefined): Promise<void> {
    if (!file) return;
    const text = await file.text();
    const count = await importKept(text, session.engine.api.readScenario);
    if (count === undefined) onOpen(text);
    else {
      setSaid(t.kept.imported(count));
      refresh();
    }
  }
  return (
    <>
      <p className={styles.row}>{t.kept.about}</p>
      <div className={styles.row}>
        <label>{t.kept.open}<input type="file" accept=".scn,.json,text/plain" onChange={(event) => { void take(event.target.files?.[0]); }} /></label>
        <button type="button" disabled={sessions.length === 0} onClick={() => { void exportKept().then((text) => { download('hotplug-lab-sessions.json', new Blob([text], { type: 'application/json' })); }); }}>{t.kept.export}</button>
        <output>{said}</output>
      </div>
      <ul className={styles.kept} aria-label={t.kept.list}>
        {sessions.map((session) => (
          <li key={session.id}>
            <button type="button" className={styles.name} onClick={() => { onOpen(session.text); }}>
              <b>{session.title}</b><small>{t.kept.when(new Date(session.at).toLocaleString(), session.named)}</small>
            </button>
            <button
              type="button"
              onClick={() => {
                const title = prompt(t.kept.name, session.title);
                if (title?.trim()) after(nameSession(session, title.trim()));
              }}
            >
              {t.kept.rename}
            </button>
            <button type="button" onClick={() => { after(duplicate(session, t.kept.copyOf(session.title))); }}>{t.kept.duplicate}</button>
            <button type="button" onClick={() => { after(forget(session.id)); }}>{t.kept.delete}</button>
          </li>
        ))}
      </ul>
    </>
  );
}
