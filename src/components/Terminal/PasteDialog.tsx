/** Several lines from the clipboard: what they are and what will run, before it runs. */
import { useEffect, useState } from 'react';
import { count } from '../../format/numbers.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { useDialog } from '../useDialog.ts';
import styles from './PasteDialog.module.css';

export interface PasteProps {
  readonly text: string;
  readonly run: (text: string) => void;
  readonly edit: (text: string) => void;
  readonly close: () => void;
}

export function PasteDialog({ text, run, edit, close }: PasteProps) {
  const session = useSession();
  const dialog = useDialog(true);
  const [lacks, setLacks] = useState(false);
  const script = text.trimEnd();
  useEffect(() => {
    let asked = true;
    void session.engine.api.incomplete(script).then((incomplete) => { if (asked) setLacks(incomplete); });
    return () => { asked = false; };
  }, [session, script]);
  const title = t.terminal.pasteTitle(count(script.split('\n').length));
  return (
    <dialog ref={dialog} className={styles.dialog} aria-label={title} onClose={close}>
      <h2>{title}</h2>
      <p id="paste-what">{lacks ? t.terminal.pasteLacks : t.terminal.pasteRuns}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard */}
      <pre className={styles.script} tabIndex={0} role="region" aria-labelledby="paste-what">{script}</pre>
      <div className={styles.buttons}>
        <button type="button" onClick={() => { dialog.current?.close(); }}>{t.terminal.cancel}</button>
        <button
          type="button"
          onClick={() => {
            dialog.current?.close();
            edit(script);
          }}
        >
          {t.terminal.edit}
        </button>
        <button
          type="button" className={styles.primary} disabled={lacks}
          onClick={() => {
            dialog.current?.close();
            run(script);
          }}
        >
          {t.terminal.run}
        </button>
      </div>
    </dialog>
  );
}
