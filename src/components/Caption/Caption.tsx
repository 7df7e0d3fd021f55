/** Lecture mode's one line: what has just happened, in words the last row can read. The same sentences a screen reader gets, so it is not read twice. */
import { useChrome } from '../../state/chrome.ts';
import { useNotice } from '../../state/notice.ts';
import styles from './Caption.module.css';

export function Caption() {
  const lecture = useChrome((s) => s.lecture);
  const { text } = useNotice((s) => s.spoken);
  if (!lecture) return null;
  return <p className={styles.caption} aria-hidden="true">{text}</p>;
}
