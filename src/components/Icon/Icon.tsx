/** A sign in the current colour. */
import styles from './Icon.module.css';
import { type IconName, pathOf } from './paths.ts';

export type { IconName };

export function Icon({ name }: { name: IconName }) {
  const { d, line } = pathOf(name);
  return <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path className={line ? 'line' : undefined} d={d} /></svg>;
}
