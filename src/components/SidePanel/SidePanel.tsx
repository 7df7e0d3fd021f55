/** Right column, upper half: tabs. */
import { type KeyboardEvent, useRef } from 'react';
import { useView, type ViewState } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { CallPath } from '../CallPath/CallPath.tsx';
import { Inspector } from '../Inspector/Inspector.tsx';
import { HidePanel } from '../Panels/HidePanel.tsx';
import styles from './SidePanel.module.css';

const TABS = ['calls', 'inspector'] as const satisfies readonly ViewState['tab'][];

export function SidePanel() {
  const tab = useView((v) => v.tab);
  const list = useRef<HTMLDivElement>(null);
  const choose = (next: ViewState['tab']): void => { useView.setState({ tab: next }); };

  function onKeyDown(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = (TABS.indexOf(tab) + by + TABS.length) % TABS.length;
    choose(TABS[next] ?? 'calls');
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  }

  return (
    <section className={styles.panel} id="calls">
      <div className={styles.head}>
        <div ref={list} className={styles.tabs} role="tablist" aria-label={t.side.tabs} onKeyDown={onKeyDown}>
          {TABS.map((name) => (
            <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="tab-panel" tabIndex={tab === name ? 0 : -1} className={tab === name ? styles.on : undefined} onClick={() => { choose(name); }}>
              {t.side[name]}
            </button>
          ))}
        </div>
        <HidePanel panel="calls" />
      </div>
      <div className={styles.body} role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>{tab === 'calls' ? <CallPath /> : <Inspector />}</div>
    </section>
  );
}
