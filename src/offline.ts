/** The page without a network: after the first visit everything it needs is kept by the browser. A newer version waits until the page is opened again. */
import { useScenario } from './state/scenario.ts';
import { t } from './strings/index.ts';

export async function keepOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('sw.js', { scope: './' });
  const tell = (): void => {
    // The first one has nothing to wait for.
    if (registration.waiting && navigator.serviceWorker.controller && !useScenario.getState().notice) useScenario.setState({ notice: { kind: 'news', sentence: t.scenario.newVersion, details: [] } });
  };
  tell();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', tell);
  });
}
