/** How fast the machine runs: paused, by hand, at a chosen speed, or at one that adapts. */
import type { EngineApi, Pace, RunReport } from '../../workers/uapi/engine.ts';
import { FIRST_SPEED, type Speed, useMachine } from '../state/machine.ts';
import type { Feed } from './feed.ts';

export interface Pacing {
  play(): Promise<void>;
  pause(): Promise<void>;
  setSpeed(speed: Speed): Promise<void>;
  /** One event. */
  step(): Promise<void>;
  /** Until nothing is left to do. */
  finish(): Promise<void>;
  /** Called once a frame. */
  adapt(): void;
}

/** It plays, and can be paused: but not at a pace of the reader's. */
const FINISHING: Pace = { mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY };
/** A bound on what one button may do. */
const FINISH_EVENTS = 50_000_000;
/** An operation that goes on is shown twice as fast after this long. */
const DOUBLING_MS = 1500;

export function createPacing(api: Pick<EngineApi, 'setPace' | 'step' | 'finish'>, feed: Feed, fail: (error: unknown) => void): Pacing {
  /** Events a second the engine was last told, and when. */
  let rate = FIRST_SPEED;
  let since = 0;

  async function setPace(playing: boolean): Promise<void> {
    const { speed } = useMachine.getState();
    rate = speed === 'auto' ? FIRST_SPEED : speed;
    const pace = playing ? { mode: 'playing' as const, eventsPerSecond: rate } : { mode: 'paused' as const };
    useMachine.setState({ pace });
    try {
      await api.setPace(pace);
    } catch (error) {
      fail(error);
    }
  }

  /** Runs the machine by hand: it is paused from then on. `shown`: the pace it seems to have meanwhile. */
  async function byHand(run: () => Promise<RunReport>, shown: Pace = { mode: 'paused' }): Promise<void> {
    if (useMachine.getState().pace.mode !== 'paused') await setPace(false);
    try {
      useMachine.setState({ pace: shown });
      await run();
      // Somebody may have paused it, or played on at another pace.
      if (useMachine.getState().pace === shown) useMachine.setState({ pace: { mode: 'paused' } });
      // The first may have begun before the run ended.
      await feed.pump();
      await feed.pump();
      feed.publish();
    } catch (error) {
      fail(error);
    }
  }

  return {
    play: () => setPace(true),
    pause: () => setPace(false),
    async setSpeed(speed) {
      useMachine.setState({ speed });
      if (useMachine.getState().pace.mode === 'playing') await setPace(true);
    },
    step: () => byHand(() => api.step(1)),
    finish: () => byHand(() => api.finish(FINISH_EVENTS), FINISHING),
    adapt() {
      const { pace, speed, running } = useMachine.getState();
      if (speed !== 'auto' || pace.mode !== 'playing' || pace === FINISHING) return;
      const now = performance.now();
      // The next operation begins slowly again.
      const next = !running ? FIRST_SPEED : now - since >= DOUBLING_MS ? rate * 2 : rate;
      if (!running || next !== rate) since = now;
      if (next === rate) return;
      rate = next;
      void api.setPace({ mode: 'playing', eventsPerSecond: rate }).catch(fail);
    },
  };
}
