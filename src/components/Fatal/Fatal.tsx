/** Instead of a blank page: one sentence, the detail under it, and a way back. The address holds the session up to the last second: loading it again goes on there. */
import { t } from '../../strings/index.ts';
import styles from './Fatal.module.css';

export function Fatal({ sentence, detail }: { sentence: string; detail: string }) {
  const session = location.hash.length > 1;
  return (
    <main className={styles.fatal}>
      <h1>{t.failure.title}</h1>
      <p role="alert">{sentence}</p>
      {detail !== '' && <details><summary>{t.failure.details}</summary><pre>{detail}</pre></details>}
      <div className={styles.ways}>
        <button type="button" onClick={() => { location.reload(); }}>{session ? t.failure.goOn : t.failure.retry}</button>
        {session && <button type="button" onClick={() => { location.replace(location.pathname + location.search); }}>{t.failure.anew}</button>}
      </div>
    </main>
  );
}
