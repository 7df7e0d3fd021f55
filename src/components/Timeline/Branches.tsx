/** Beside the time line: which branch this is, its name, the places marked, and two branches compared. */
import { count } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { removeBookmark, useTime } from '../../state/time.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import { markHere } from './Timeline.tsx';
import type { EventSeq } from '../../../workers/uapi/units.ts';
import styles from './Timeline.module.css';

function BranchChooser() {
  const session = useSession();
  const branch = useTime((s) => s.branch);
  const branches = useTime((s) => s.branches);
  if (branches.length < 2) return null;
  const own = branches.find(({ id }) => id === branch);
  const other = branches.find(({ id }) => id === own?.from?.branch) ?? branches.find(({ id }) => id !== branch);
  return (
    <>
      <label className={styles.branch}>
        <span>{t.timeline.branch}</span>
        <select value={branch} onChange={(event) => void session.seek(Number.MAX_SAFE_INTEGER, Number(event.target.value))}>
          {branches.map(({ id, name, end }) => <option key={id} value={id}>{`${t.timeline.branchName(name, id)} · ${count(end)}`}</option>)}
        </select>
      </label>
      <input
        key={branch} className={styles.name} aria-label={t.timeline.rename} placeholder={t.timeline.rename} defaultValue={own?.name ?? ''} maxLength={60}
        onBlur={(event) => { if (event.target.value !== own?.name) void session.nameBranch(branch, event.target.value); }}
        onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur(); }}
      />
      {other && own && (
        <button type="button" onClick={() => void session.compare({ branch: other.id, seq: other.end }, { branch, seq: Math.max(own.end, useMachine.getState().seq) as EventSeq })}>{t.timeline.compare}</button>
      )}
    </>
  );
}

function Bookmarks() {
  const session = useSession();
  const bookmarks = useTime((s) => s.bookmarks);
  return (
    <>
      <button type="button" className={styles.icon} aria-label={t.timeline.bookmark} title={t.timeline.bookmark} onClick={markHere}><Icon name="bookmark" /></button>
      {bookmarks.length > 0 && (
        <ul className={styles.marks} aria-label={t.timeline.bookmarks}>
          {bookmarks.map((mark) => (
            <li key={`${mark.branch}-${mark.seq}`}>
              <button type="button" onClick={() => void session.seek(mark.seq, mark.branch)}>{mark.name} · {count(mark.seq)}</button>
              <button type="button" aria-label={t.timeline.unmark(mark.name)} onClick={() => { removeBookmark(mark); }}><Icon name="close" /></button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Branches() {
  const session = useSession();
  const seq = useMachine((s) => s.seq);
  const end = useTime((s) => s.end);
  const refused = useTime((s) => s.refused);
  return (
    <div className={styles.beside}>
      <Bookmarks />
      <BranchChooser />
      {seq < end && <button type="button" className={styles.past} title={t.timeline.past} onClick={() => void session.seek(end)}>{t.timeline.now}</button>}
      {refused && <span className={styles.refused}>{refused}</span>}
    </div>
  );
}
