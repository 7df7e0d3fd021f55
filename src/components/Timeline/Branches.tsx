/** Beside the time line: which branch this is, its name, the places marked, and two branches compared. */
import { useEffect, useRef, useState } from 'react';
import { count } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { type Bookmark, MAX_NAME, removeBookmark, renameBookmark, useTime } from '../../state/time.ts';
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
        key={branch} className={styles.name} aria-label={t.timeline.rename} placeholder={t.timeline.rename} defaultValue={own?.name ?? ''} maxLength={MAX_NAME}
        onBlur={(event) => { if (event.target.value !== own?.name) void session.nameBranch(branch, event.target.value); }}
        onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur(); }}
      />
      {other && own && (
        <button type="button" onClick={() => void session.compare({ branch: other.id, seq: other.end }, { branch, seq: Math.max(own.end, useMachine.getState().seq) as EventSeq })}>{t.timeline.compare}</button>
      )}
    </>
  );
}

/** A marked place: pressed, it is gone to; F2, a double click or the pencil name it anew. */
function Mark({ mark }: { mark: Bookmark }) {
  const session = useSession();
  const [naming, setNaming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const named = useRef(false);
  // Whoever has named it stands at it again.
  useEffect(() => {
    if (naming) named.current = true;
    else if (named.current) button.current?.focus();
  }, [naming]);
  if (naming) {
    return (
      <li>
        <input
          // biome-ignore lint/a11y/noAutofocus: it takes the place of what was pressed
          autoFocus className={styles.name} aria-label={t.timeline.nameOf(mark.name)} defaultValue={mark.name} maxLength={MAX_NAME}
          onFocus={(event) => { event.target.select(); }}
          onBlur={(event) => {
            renameBookmark(mark, event.target.value);
            setNaming(false);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.value = mark.name;
            if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur();
          }}
        />
      </li>
    );
  }
  const rename = (): void => { setNaming(true); };
  return (
    <li>
      <button
        ref={button} type="button" title={mark.name} onClick={() => void session.seek(mark.seq, mark.branch)} onDoubleClick={rename}
        onKeyDown={(event) => {
          if (event.key === 'F2') rename();
          if (event.key === 'Delete') removeBookmark(mark);
        }}
      >
        {mark.name} · {count(mark.seq)}
      </button>
      <button type="button" aria-label={t.timeline.renameMark(mark.name)} title={t.timeline.renameMark(mark.name)} onClick={rename}><Icon name="pencil" /></button>
      <button type="button" aria-label={t.timeline.unmark(mark.name)} title={t.timeline.unmark(mark.name)} onClick={() => { removeBookmark(mark); }}><Icon name="close" /></button>
    </li>
  );
}

function Bookmarks() {
  const bookmarks = useTime((s) => s.bookmarks);
  return (
    <>
      <button type="button" className={styles.icon} aria-label={t.timeline.bookmark} title={t.timeline.bookmark} onClick={markHere}><Icon name="bookmark" /></button>
      {bookmarks.length > 0 && (
        <ul className={styles.marks} aria-label={t.timeline.bookmarks}>
          {bookmarks.map((mark) => <Mark key={`${mark.branch}-${mark.seq}`} mark={mark} />)}
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
