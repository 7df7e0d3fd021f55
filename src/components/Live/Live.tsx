/** What is said to a screen reader. */
import { useNotice } from '../../state/notice.ts';

export function Live() {
  const { text, n } = useNotice((s) => s.spoken);
  // Two regions take turns, so that the same sentence twice is read twice.
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite">{n % 2 === 0 ? text : ''}</div>
      <div className="visually-hidden" role="status" aria-live="polite">{n % 2 === 1 ? text : ''}</div>
    </>
  );
}
