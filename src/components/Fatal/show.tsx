/** When nothing else could be started: the sentence alone. */
import { createRoot } from 'react-dom/client';
import type { Failure } from '../../engine/failure.ts';
import { Fatal } from './Fatal.tsx';

/** In place of whatever the container shows by now. */
export function showFatal(container: HTMLElement, { message, detail }: Failure): void {
  const own = document.createElement('div');
  own.id = container.id;
  container.replaceWith(own);
  createRoot(own).render(<Fatal sentence={message} detail={detail} />);
}
