/** Plugging a DIMM into a free socket, and asking for one back. Shows what the host is told. */
import { useEffect, useRef, useState } from 'react';
import { SLOT_EMPTY } from '../../../workers/uapi/layout.ts';
import type { Command } from '../../../workers/uapi/command.ts';
import { DIMM_BYTES, plugCommands, unplugCommands } from '../../gestures/plan.ts';
import { monitorLine } from '../../../workers/scenario/monitor.ts';
import { bytes } from '../../format/numbers.ts';
import { type BoardDialog, showDialog, useGesture } from '../../state/gesture.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import styles from './PlugDialog.module.css';

const SIZES = [128, 256, 512, 1024, 2048, 4096].map((mib) => mib * 2 ** 20);

function Commands({ commands }: { commands: readonly Command[] }) {
  return (
    <div className={styles.commands}>
      <h3>{t.plug.commands}</h3>
      {commands.map((command) => command.type === 'qmp' && <code key={command.execute}>{monitorLine(command)}</code>)}
    </div>
  );
}

function Buttons({ label, disabled, onClick }: { label: string; disabled?: boolean; onClick: () => void }) {
  return (
    <div className={styles.buttons}>
      <button type="button" onClick={() => { showDialog(undefined); }}>{t.plug.cancel}</button>
      <button type="button" className={styles.primary} disabled={disabled} onClick={onClick}>{label}</button>
    </div>
  );
}

function Plug() {
  const session = useSession();
  const snapshot = useMachine((s) => s.snapshot);
  const nth = useMachine((s) => s.submitted);
  const free = (snapshot?.slots ?? []).filter(({ state }) => state === SLOT_EMPTY).map(({ id }) => id);
  const [size, setSize] = useState(DIMM_BYTES);
  const [socket, setSocket] = useState<number | undefined>(undefined);
  const [node, setNode] = useState(0);
  const slot = socket !== undefined && free.includes(socket) ? socket : free[0];
  if (slot === undefined) return <><h2>{t.plug.title}</h2><p>{t.plug.full}</p><Buttons label={t.plug.plug} disabled onClick={() => undefined} /></>;
  const commands = plugCommands(slot, size, node, nth);
  return (
    <>
      <h2>{t.plug.title}</h2>
      <label>{t.plug.size}<select value={size} onChange={(event) => { setSize(Number(event.target.value)); }}>{SIZES.map((n) => <option key={n} value={n}>{bytes(n)}</option>)}</select></label>
      <label>{t.plug.socket}<select value={slot} onChange={(event) => { setSocket(Number(event.target.value)); }}>{free.map((n) => <option key={n} value={n}>{n}</option>)}</select></label>
      <label>{t.plug.node}<select value={node} onChange={(event) => { setNode(Number(event.target.value)); }}>{(snapshot?.nodes ?? []).map(({ nid }) => <option key={nid} value={nid}>{t.plug.nodeName(nid)}</option>)}</select></label>
      <Commands commands={commands} />
      <Buttons
        label={t.plug.plug}
        onClick={() => {
          showDialog(undefined);
          void session.submitAll(commands);
        }}
      />
    </>
  );
}

function Unplug({ slot }: { slot: number }) {
  const session = useSession();
  const dimm = useMachine((s) => s.snapshot?.slots[slot]);
  const commands = unplugCommands(slot);
  return (
    <>
      <h2>{t.plug.unplugTitle(slot)}</h2>
      <p>{dimm ? bytes(dimm.pages * pageSize()) : ''}. {t.plug.unplugText}</p>
      <Commands commands={commands} />
      <Buttons
        label={t.plug.unplug}
        onClick={() => {
          showDialog(undefined);
          void session.submitAll(commands);
        }}
      />
    </>
  );
}

export function PlugDialog() {
  const dialog = useGesture((s) => s.dialog);
  const node = useRef<HTMLDialogElement>(null);
  // The content stays while the dialog closes, so that focus goes back to where it came from.
  const [shown, setShown] = useState<BoardDialog | undefined>(undefined);
  useEffect(() => {
    if (dialog) setShown(dialog);
    else node.current?.close();
  }, [dialog]);
  useEffect(() => {
    if (shown && dialog && node.current?.open === false) node.current.showModal();
  }, [shown, dialog]);
  return (
    <dialog ref={node} className={styles.dialog} aria-label={shown?.kind === 'unplug' ? t.plug.unplugTitle(shown.slot) : t.plug.title} onClose={() => { showDialog(undefined); }}>
      {shown?.kind === 'plug' && <Plug />}
      {shown?.kind === 'unplug' && <Unplug slot={shown.slot} />}
    </dialog>
  );
}
