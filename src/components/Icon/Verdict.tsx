/** Could it go offline: the shape says it, colour repeats it. */
import styles from './Verdict.module.css';

const SHAPES = {
  yes: <circle cx="5" cy="5" r="4.2" />,
  likely: <path d="M5 .4 9.6 5 5 9.6.4 5z" />,
  no: <path className={styles.cross} d="m1.5 1.5 7 7m0-7-7 7" />,
} as const;

export function Verdict({ verdict }: { verdict: keyof typeof SHAPES }) {
  return <svg className={`${styles.verdict} ${styles[verdict]}`} viewBox="0 0 10 10" aria-hidden="true">{SHAPES[verdict]}</svg>;
}
