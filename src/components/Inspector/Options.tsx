/** What this machine's kernel was built without, and what each option would bring. */
import { notSet } from '../../../workers/uapi/kconfig.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { bringsOf } from '../../strings/sentences.ts';
import styles from './Inspector.module.css';

const s = t.inspector;

export function Options() {
  const description = useMachine((m) => m.description);
  const options = description ? notSet(description) : [];
  if (options.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3>{s.configuration}</h3>
      <ul className={styles.options}>{options.map((option) => <li key={option.name} title={option.prompt}><code>{s.notSet(option.name)}</code> <small>{bringsOf(option)}</small></li>)}</ul>
    </section>
  );
}
