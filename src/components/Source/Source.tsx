/** The sign beside an answer that tells where it comes from. */
import { type ReactNode, useRef } from 'react';
import type { Ref } from '../../sources/rule_of.ts';
import { askSource, useSource } from '../../state/source.ts';
import { t } from '../../strings/later.ts';
import styles from './Source.module.css';

/** `name`: the answer, as its card is titled. `children`: words that the sign is part of, where a sign of its own would take too much room. */
export function Source({ of, name, children }: { of: Ref; name: string; children?: ReactNode }) {
  /** The press that closes the card must not open it again. */
  const closes = useRef(false);
  const label = t.source.of(name);
  return (
    <button
      type="button" className={children === undefined ? styles.sign : styles.named} aria-label={label} title={label} aria-haspopup="dialog"
      onPointerDown={(event) => { closes.current = useSource.getState().asked?.from === event.currentTarget; }}
      onClick={(event) => {
        askSource(closes.current ? undefined : { of, name, from: event.currentTarget });
        closes.current = false;
      }}
    >
      {children !== undefined && <span>{children}</span>}§
    </button>
  );
}
