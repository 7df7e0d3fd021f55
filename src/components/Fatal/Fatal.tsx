/** Instead of a blank page: one sentence, the detail under it, and a way back. */
import { t } from '../../strings/index.ts';
import styles from './Fatal.module.css';

export function Fatal({ sentence, detail }: { sentence: string; detail: string }) {
  return (
    <main className={styles.fatal}>
      <h1>{t.failure.title}</h1>
      <p role="alert">{sentence}</p>
      {detail !== '' && <details><summary>{t.failure.details}</summary><pre>{detail}</pre></details>}
      <button type="button" onClick={() => { location.reload(); }}>{t.failure.retry}</button>
    </main>
  );
}
