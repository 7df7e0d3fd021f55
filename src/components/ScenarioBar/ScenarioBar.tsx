/** What is being shown and how far it is: title, caption, steps; and what could not be opened. */
import { lazy, Suspense, useState } from 'react';
import { captionOf, showScenarioDialog, tellScenario, useScenario } from '../../state/scenario.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/index.ts';
import { Icon } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import styles from './ScenarioBar.module.css';

const Gallery = lazy(async () => ({ default: (await import('../Gallery/Gallery.tsx')).Gallery }));
const Share = lazy(async () => ({ default: (await import('../Share/Share.tsx')).Share }));

function Notice() {
  const notice = useScenario((s) => s.notice);
  if (!notice) return null;
  return (
    <div className={`${styles.notice} ${styles[notice.kind]}`} role="alert">
      <div>
        <p>{notice.sentence}</p>
        {notice.details.length > 0 && <ul>{notice.details.map((line) => <li key={line}>{line}</li>)}</ul>}
      </div>
      <button type="button" aria-label={t.scenario.dismiss} onClick={() => { tellScenario(undefined); }}><Icon name="close" /></button>
    </div>
  );
}

function Progress() {
  const session = useSession();
  const report = useScenario((s) => s.report);
  const paused = useMachine((s) => s.pace.mode === 'paused');
  if (!report || report.of === 0) return null;
  const next = async (all: boolean): Promise<void> => {
    await session.engine.api.nextStep(all);
    // It moves again: the page asks how far it is until it waits once more.
    useScenario.setState({ report: { ...report, held: false } });
    if (paused) await session.play();
  };
  return (
    <div className={styles.progress}>
      <span className={styles.count}>{t.scenario.step(report.position, report.of)}</span>
      {report.held && <button type="button" className={styles.primary} onClick={() => void next(false)}>{t.scenario.next}</button>}
      {report.held && <button type="button" onClick={() => void next(true)}>{t.scenario.playAll}</button>}
      {report.met > 0 && <span className={styles.met}>{t.scenario.met(report.met)}</span>}
      {report.failed.length > 0 && <span className={styles.failed} title={report.failed.map(({ difference }) => difference).join('\n')}>{t.scenario.failed(report.failed.length)}</span>}
    </div>
  );
}

function Resume() {
  const session = useSession();
  const last = useScenario((s) => s.resume);
  const unkept = useScenario((s) => s.unkept);
  const dismiss = (): void => { useScenario.setState({ resume: undefined, unkept: undefined }); };
  if (!last && unkept === undefined) return null;
  return (
    <div className={styles.notice}>
      <p>{last ? t.scenario.resume(last.title) : t.scenario.unkept(unkept ?? '')}</p>
      <div className={styles.progress}>
        {last && <button type="button" onClick={() => void import('../../scenario/start.ts').then(({ resume }) => resume(session, last))}>{t.scenario.goOn}</button>}
        <button type="button" aria-label={t.scenario.dismiss} onClick={dismiss}><Icon name="close" /></button>
      </div>
    </div>
  );
}

function Silent() {
  const silent = useScenario((s) => s.silent);
  if (!silent) return null;
  return (
    <div className={styles.notice} role="status">
      <p>{t.scenario.silent}</p>
      <div className={styles.progress}><button type="button" onClick={() => { location.reload(); }}>{t.failure.goOn}</button></div>
    </div>
  );
}

export function ScenarioBar() {
  const title = useScenario((s) => s.title);
  const note = useScenario((s) => s.note);
  const caption = useScenario(captionOf);
  const failed = useScenario((s) => s.report?.failed[0]?.difference);
  const dialog = useScenario((s) => s.dialog);
  const [told, setTold] = useState(false);
  return (
    <>
      {title !== '' && (
        <section className={styles.bar} aria-label={t.scenario.label}>
          <div className={styles.words}>
            <h2>{title}</h2>
            <p aria-live="polite">{failed === undefined ? (caption ?? note) : t.scenario.otherwise(failed)}</p>
          </div>
          <div className={styles.progress}>
            {note !== '' && <button type="button" aria-expanded={told} onClick={() => { setTold(!told); }}>{t.scenario.note}</button>}
          </div>
          <Progress />
          {told && <p className={styles.note}>{note}</p>}
        </section>
      )}
      <Silent />
      <Resume />
      <Notice />
      <Suspense>
        {dialog === 'gallery' && <Gallery onClose={() => { showScenarioDialog(undefined); }} />}
        {dialog === 'share' && <Share onClose={() => { showScenarioDialog(undefined); }} />}
      </Suspense>
    </>
  );
}
