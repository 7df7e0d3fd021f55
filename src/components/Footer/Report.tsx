/** A bug report in one click: it is copied, and the sign says so until the pointer leaves. */
import { useState } from 'react';
import { useMachine } from '../../state/machine.ts';
import { announce } from '../../state/notice.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import styles from './Footer.module.css';

export function Report() {
  const session = useSession();
  const ready = useMachine((s) => s.phase === 'ready');
  const [done, setDone] = useState<'copied' | 'saved' | undefined>(undefined);
  if (!ready) return null;
  const label = done === undefined ? t.foot.report : t.foot.reported[done];
  const forget = (): void => { setDone(undefined); };
  return (
    <button
      type="button" className={styles.report} aria-label={t.foot.report} title={label} onPointerLeave={forget} onBlur={forget}
      onClick={() => {
        void import('../../scenario/export/report.ts').then(({ copyReport }) => copyReport(session)).then((how) => {
          setDone(how);
          if (how) announce(t.foot.reported[how]);
        });
      }}
    >
      <Icon name={done === undefined ? 'bug' : 'done'} />
      {done !== undefined && <span className={styles.told} aria-hidden="true">{label}</span>}
    </button>
  );
}
