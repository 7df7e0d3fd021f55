/** One subject's facts. Pinned ones say at which event they were so, and mark what differs from the subject of the same kind that is selected now. */
import { count } from '../../format/numbers.ts';
import type { Subject } from '../../state/inspector.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { Source } from '../Source/Source.tsx';
import styles from './Inspector.module.css';

interface Props {
  readonly subject: Subject;
  /** What is otherwise now, by name. */
  readonly differs?: ReadonlyMap<string, string> | undefined;
  /** Event number of a pinned subject. */
  readonly seq?: number;
  readonly action: { readonly label: string; readonly icon: 'pin' | 'close'; readonly run: () => void };
  readonly children?: React.ReactNode;
}

export function Card({ subject, differs, seq, action, children }: Props) {
  return (
    <section className={seq === undefined ? styles.section : `${styles.section} ${styles.pinned}`}>
      <header>
        <h3>{subject.title}{seq !== undefined && <small>{t.inspector.pinnedAt(count(seq))}</small>}</h3>
        <button type="button" className={styles.pin} aria-label={`${action.label}: ${subject.title}`} title={action.label} onClick={action.run}><Icon name={action.icon} /></button>
      </header>
      <dl>
        {subject.rows.map(({ name, value, rule }) => (
          <div key={name} data-differs={differs?.has(name) || undefined}>
            <dt>{name}{rule && <Source of={rule} name={`${subject.title}: ${name}`} />}</dt>
            <dd>{value}{differs?.has(name) && <span className={styles.now}><span className="visually-hidden">, </span>{t.inspector.now(differs.get(name) ?? '')}</span>}</dd>
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}
