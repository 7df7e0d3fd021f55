/** From which event to which a film is made; how far it is, and how to stop. */
import { useEffect, useRef, useState } from 'react';
import { bytesToText } from '../../../workers/uapi/text.ts';
import type { Command } from '../../../workers/uapi/command.ts';
import { monitorLine } from '../../../workers/scenario/monitor.ts';
import { download } from '../../scenario/export/download.ts';
import { film } from '../../scenario/export/film.ts';
import { count } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { mapControls } from '../../state/picture.ts';
import { useTime } from '../../state/time.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import styles from './Share.module.css';

interface Beginning {
  readonly seq: number;
  readonly label: string;
}
const words = (command: Command): string => (command.type === 'shell' ? bytesToText(command.line) : command.type === 'qmp' ? `(qemu) ${monitorLine(command)}` : command.signal);
const frame = (): Promise<unknown> => new Promise((resolve) => { requestAnimationFrame(resolve); });

/** @param say tells how it ended */
export function FilmForm({ name, say }: { name: string; say: (words: string) => void }) {
  const session = useSession();
  const known = useTime((s) => s.end);
  const seq = useMachine((s) => s.seq);
  const end = Math.max(known, seq);
  const [beginnings, setBeginnings] = useState<readonly Beginning[]>([]);
  const [from, setFrom] = useState<number | undefined>(undefined);
  const [to, setTo] = useState<number | undefined>(undefined);
  const [done, setDone] = useState<{ readonly at: number; readonly of: number } | undefined>(undefined);
  const enough = useRef(false);
  useEffect(() => {
    void session.engine.api.journal().then((journal) => { setBeginnings(journal.map((entry) => ({ seq: entry.seq, label: words(entry.command).split('\n')[0]?.slice(0, 60) ?? '' }))); }, () => undefined);
    return () => { enough.current = true; };
  }, [session]);
  const first = Math.min(from ?? beginnings.at(-1)?.seq ?? 0, end);
  const last = Math.max(first, Math.min(to ?? end, end));

  async function make(): Promise<void> {
    const back = useMachine.getState().seq;
    enough.current = false;
    setDone({ at: 0, of: 1 });
    try {
      const bytes = await film({ from: first, to: last }, {
        async show(event) {
          await session.seek(event);
          // Two frames: one in which the stores draw, one in which the picture is asked for.
          await frame();
          await frame();
          return mapControls()?.capture();
        },
        progress(at, of) {
          setDone({ at, of });
          return enough.current;
        },
      });
      if (bytes) download(`${name}.webm`, new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'video/webm' }));
      say(bytes ? t.share.filmed(count(first), count(last)) : t.share.noFilm);
    } catch (error) {
      say(t.share.filmFailed(error instanceof Error ? error.message : String(error)));
    } finally {
      setDone(undefined);
      await session.seek(back);
    }
  }
  const event = (label: string, value: number, min: number, set: (seq: number) => void) => (
    <label>{label}<input type="number" list="film-commands" min={min} max={end} value={value} disabled={done !== undefined} onChange={({ target }) => { set(Math.max(0, Math.min(end, Math.round(target.valueAsNumber) || 0))); }} /></label>
  );
  return (
    <fieldset className={styles.film}>
      <legend>{t.share.film}</legend>
      {event(t.share.from, first, 0, setFrom)}
      {event(t.share.to, last, first, setTo)}
      <datalist id="film-commands">{beginnings.map((b) => <option key={b.seq} value={b.seq}>{b.label}</option>)}</datalist>
      {done === undefined ? <button type="button" onClick={() => void make()}>{t.share.makeFilm}</button> : (
        <>
          <progress max={done.of} value={done.at} aria-label={t.share.filming} />
          <button type="button" onClick={() => { enough.current = true; }}>{t.share.stopFilm}</button>
        </>
      )}
    </fieldset>
  );
}
