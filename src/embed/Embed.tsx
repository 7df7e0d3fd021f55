/** The page inside somebody else's: the picture, what is said about it, play and pause, and the way to the whole thing. */
import { useEffect, useRef } from 'react';
import { Icon } from '../components/Icon/Icon.tsx';
import { useSession } from '../components/SessionContext.ts';
import { Failure } from '../engine/failure.ts';
import { clock } from '../format/numbers.ts';
import { useMachine } from '../state/machine.ts';
import { useScenario } from '../state/scenario.ts';
import { t } from '../strings/index.ts';
import styles from './Embed.module.css';
import type { EmbedParameters } from './parameters.ts';
import { createView } from './view.ts';

function Transport() {
  const session = useSession();
  const playing = useMachine((s) => s.pace.mode === 'playing');
  const time = useMachine((s) => s.time);
  const report = useScenario((s) => s.report);
  return (
    <div className={styles.transport} role="group" aria-label={t.top.controls}>
      <button type="button" aria-label={playing ? t.top.pause : t.top.play} onClick={() => void (playing ? session.pause() : session.play())}><Icon name={playing ? 'pause' : 'play'} /></button>
      <button type="button" aria-label={t.top.step} onClick={() => void session.step()}><Icon name="step" /></button>
      <output aria-live="off">{clock(time)}</output>
      {report && report.of > 0 && <progress max={report.of} value={report.position} aria-label={t.scenario.step(report.position, report.of)} />}
    </div>
  );
}

export function Embed({ parameters: { panels, readonly } }: { parameters: EmbedParameters }) {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const title = useScenario((s) => s.title);
  const note = useScenario((s) => s.note);
  const caption = useScenario((s) => s.report?.caption);
  const notice = useScenario((s) => s.notice);
  const address = useScenario((s) => s.address);
  const failure = useMachine((s) => s.failure);
  const phase = useMachine((s) => s.phase);
  useEffect(() => (canvas.current ? createView(canvas.current, session, readonly) : undefined), [session, readonly]);
  const full = (address ?? location.href).replace(/\?[^#]*/, '');
  const trouble = failure instanceof Failure ? failure.message : failure?.sentence ?? notice?.sentence;
  return (
    <div className={styles.embed}>
      {(panels.has('title') || panels.has('link')) && (
        <header className={styles.head}>
          {panels.has('title') && <h1>{title || t.name}</h1>}
          {panels.has('link') && <a href={full} target="_blank" rel="noopener">{t.embed.full}</a>}
        </header>
      )}
      <div className={styles.stage}>
        <canvas ref={canvas} data-picture="map" role="img" aria-label={t.map.label} />
        {phase !== 'ready' && phase !== 'failed' && <p className={styles.over} role="status">{t.phase[phase]}</p>}
        {trouble !== undefined && <p className={styles.over} role="alert">{trouble}</p>}
      </div>
      {panels.has('caption') && (caption ?? note) !== '' && <p className={styles.caption} aria-live="polite">{caption ?? note}</p>}
      {panels.has('transport') && <Transport />}
    </div>
  );
}
