/** Both maps and their difference, one under the other: a block is at the same place in each. */
import type { Comparison } from '../../../workers/uapi/time.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import styles from './Compare.module.css';

const HEIGHT = 10;
/** So that a block with one frame that differs is seen. */
const LEAST = 0.15;

interface Run {
  readonly from: number;
  readonly blocks: number;
  readonly state: string;
}
/** Neighbours in the same state are one: a TiB has thousands of blocks. */
function runs(states: readonly string[]): Run[] {
  const found: Run[] = [];
  for (const [id, state] of states.entries()) {
    const last = found.at(-1);
    if (last?.state === state) found[found.length - 1] = { ...last, blocks: last.blocks + 1 };
    else found.push({ from: id, blocks: 1, state });
  }
  return found.filter(({ state }) => state !== '');
}

function Strip({ label, blocks, children }: { label: string; blocks: number; children: React.ReactNode }) {
  return (
    <svg className={styles.strip} viewBox={`0 0 ${Math.max(1, blocks)} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <rect className={styles.ground} width={blocks} height={HEIGHT} />
      {children}
    </svg>
  );
}

function States({ label, states }: { label: string; states: readonly string[] }) {
  const zones = useMachine((s) => s.snapshot?.geometry.zone_names) ?? [];
  return (
    <Strip label={label} blocks={states.length}>
      {runs(states).map(({ from, blocks, state }) => {
        const zone = zones.findIndex((name) => name !== undefined && state === `online ${name}`);
        return (
          <rect key={from} className={styles.block} data-zone={zone < 0 ? state : zone} x={from} width={blocks} height={HEIGHT}>
            <title>{`memory${from}${blocks > 1 ? ` – memory${from + blocks - 1}` : ''}: ${state}`}</title>
          </rect>
        );
      })}
    </Strip>
  );
}

export function Maps({ of: { states, changed }, titles: [a, b] }: { of: Comparison; titles: readonly [string, string] }) {
  return (
    <dl className={styles.maps}>
      <dt>{a}</dt><dd><States label={t.timeline.stripOf(a)} states={states.a} /></dd>
      <dt>{b}</dt><dd><States label={t.timeline.stripOf(b)} states={states.b} /></dd>
      <dt>{t.timeline.difference}</dt>
      <dd>
        <Strip label={t.timeline.strip(changed.filter((share) => share > 0).length)} blocks={changed.length}>
          {changed.map((share, id) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place
            share > 0 && <rect key={id} className={styles.changed} x={id} y={HEIGHT * (1 - Math.max(LEAST, share))} width={1} height={HEIGHT * Math.max(LEAST, share)} />
          ))}
        </Strip>
      </dd>
    </dl>
  );
}
