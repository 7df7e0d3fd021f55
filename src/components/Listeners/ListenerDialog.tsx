/** Registers a listener of one's own at the memory notifier chain, and shows the chain in the order it is called. Shows the line that the shell is given. */
import { useEffect, useState } from 'react';
import { errnoName } from '../../../workers/uapi/errno.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { useDialog } from '../useDialog.ts';
import styles from './ListenerDialog.module.css';
import { ACTIONS, ACTIONS_2005, CHAIN, type ChainEntry, ERRORS, INJECTED, injectLine, isName, readChain, registerLine, unregisterLine, VERDICTS } from './lines.ts';

const MAX_PRIORITY = 999;

/** The chain as the machine has it; empty until the module is loaded. */
function useChain(open: boolean): ChainEntry[] {
  const session = useSession();
  const ended = useMachine((s) => s.ended);
  const [chain, setChain] = useState<ChainEntry[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `ended` is not read, but a command that ended may have changed the chain
  useEffect(() => {
    if (!open) return undefined;
    let live = true;
    void session.engine.api.read(CHAIN).then((reply) => { if (live) setChain(reply.ok ? readChain(reply.text) : []); });
    return () => { live = false; };
  }, [open, ended, session]);
  return chain;
}

function Chain({ chain }: { chain: readonly ChainEntry[] }) {
  const session = useSession();
  if (chain.length === 0) return <p>{t.listeners.none}</p>;
  return (
    <ol className={styles.chain} aria-label={t.listeners.chain}>
      {chain.map(({ name, priority, own, verdicts }) => (
        <li key={name} className={own ? styles.own : undefined}>
          <span className={styles.priority}>{priority}</span>
          <span>{name}{verdicts.length > 0 && <small> {verdicts.join(' ')}</small>}</span>
          {own && <button type="button" onClick={() => void session.submit({ type: 'shell', line: unregisterLine(name) })}>{t.listeners.remove}</button>}
        </li>
      ))}
    </ol>
  );
}

/** The kernel's module for fault injection: a listener that refuses with an errno of one's choice. */
function Injection() {
  const session = useSession();
  const [action, setAction] = useState<string>(INJECTED[1]);
  const [error, setError] = useState<number>(ERRORS[0]);
  const line = injectLine(action, error);
  return (
    <details className={styles.injection}>
      <summary>{t.listeners.inject}</summary>
      <p>{t.listeners.injectAbout}</p>
      <div className={styles.verdicts}>
        <label><span>{t.listeners.at}</span><select value={action} onChange={(event) => { setAction(event.target.value); }}>{INJECTED.map((name) => <option key={name}>{name}</option>)}</select></label>
        <label><span>{t.listeners.answer}</span><select value={error} onChange={(event) => { setError(Number(event.target.value)); }}>{ERRORS.map((n) => <option key={n} value={n}>{n === 0 ? t.listeners.noError : errnoName(n)}</option>)}</select></label>
      </div>
      <div className={styles.command}><code>{line}</code></div>
      <div className={styles.buttons}><button type="button" onClick={() => void session.submit({ type: 'shell', line })}>{t.listeners.injectNow}</button></div>
    </details>
  );
}

export function ListenerDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const session = useSession();
  const edition = useMachine((s) => s.edition);
  const node = useDialog(open);
  const [name, setName] = useState('mine');
  const [priority, setPriority] = useState(0);
  const [verdicts, setVerdicts] = useState<Readonly<Record<string, string>>>({ MEM_GOING_OFFLINE: 'BAD' });
  const chain = useChain(open);
  const actions: readonly string[] = edition === '2.6.12-mhp' ? ACTIONS_2005 : ACTIONS;
  const line = registerLine({ name, priority, verdicts: Object.fromEntries(actions.flatMap((action) => (verdicts[action] === undefined ? [] : [[action, verdicts[action]]]))) });
  const taken = chain.some((entry) => entry.name === name);
  const valid = isName(name) && !taken;
  return (
    <dialog ref={node} className={styles.dialog} aria-label={t.listeners.title} onClose={onClose}>
      <h2>{t.listeners.title}</h2>
      <p>{t.listeners.about}</p>
      <label>{t.listeners.name}<input value={name} aria-invalid={!valid} onChange={(event) => { setName(event.target.value); }} /></label>
      {taken && <p>{t.listeners.taken(name)}</p>}
      {!taken && !valid && <p role="alert" className={styles.wrong}>{t.listeners.badName}</p>}
      <label>{t.listeners.priority}<input type="number" min={-MAX_PRIORITY} max={MAX_PRIORITY} value={priority} onChange={(event) => { setPriority(Math.max(-MAX_PRIORITY, Math.min(MAX_PRIORITY, Math.trunc(event.target.valueAsNumber) || 0))); }} /></label>
      <div className={styles.verdicts}>
        {actions.map((action) => (
          <label key={action}>
            <code>{action}</code>
            <select value={verdicts[action] ?? 'OK'} onChange={(event) => { setVerdicts({ ...verdicts, [action]: event.target.value }); }}>{VERDICTS.map((v) => <option key={v}>{v}</option>)}</select>
          </label>
        ))}
      </div>
      <div className={styles.command}><h3>{t.listeners.command}</h3><code>{line}</code></div>
      <Chain chain={chain} />
      {edition !== '2.6.12-mhp' && <Injection />}
      <div className={styles.buttons}>
        <button type="button" onClick={onClose}>{t.listeners.close}</button>
        <button type="button" className={styles.primary} disabled={!valid} onClick={() => void session.submit({ type: 'shell', line })}>{t.listeners.register}</button>
      </div>
    </dialog>
  );
}
