/** Going through time from the page: one way at a time, the newest wish wins. */
import type { Reply } from '../../workers/uapi/command.ts';
import type { EngineApi } from '../../workers/uapi/engine.ts';
import type { Place, Stride, TimeReport } from '../../workers/uapi/time.ts';
import type { EventSeq } from '../../workers/uapi/units.ts';
import { useMachine } from '../state/machine.ts';
import { announce } from '../state/notice.ts';
import { useTime } from '../state/time.ts';
import { t } from '../strings/index.ts';
import type { Feed } from './feed.ts';

export interface Times {
  /** To an event of a branch (absent: the one shown). While a way is being gone, only the newest wish is kept. */
  seek(seq: number, branch?: number): Promise<void>;
  stride(stride: Stride, direction: 1 | -1): Promise<void>;
  /** A step back in time: to before the last command. */
  undo(): Promise<void>;
  /** Gives up the way under way, where it is. */
  stop(): Promise<void>;
  nameBranch(branch: number, name: string): Promise<void>;
  compare(a: Place, b: Place): Promise<void>;
}

/** @param moved after each way that was gone: what else the page knows of the place is asked for */
export function createTimes(api: EngineApi, feed: Feed, fail: (error: unknown) => void, moved: () => Promise<void>): Times {
  let going = false;
  let wish: (() => Promise<void>) | undefined;

  /** @param nowhere what is said when there is nothing to go to */
  async function go(way: () => Promise<Reply<TimeReport>>, nowhere = ''): Promise<void> {
    if (going) {
      wish = () => go(way, nowhere);
      return;
    }
    going = true;
    const { pace } = useMachine.getState();
    useMachine.setState({ pace: { mode: 'paused' } });
    try {
      const reply = await way();
      await feed.pump();
      await feed.pump();
      feed.publish();
      await moved();
      if (reply.ok) {
        useMachine.setState({ digest: { seq: reply.seq, digest: reply.digest } });
        useTime.setState({ refused: undefined });
        announce(t.time.at(reply.seq, reply.end));
      } else {
        useTime.setState({ refused: nowhere });
        announce(nowhere);
        // Nothing was gone to: it runs on as it did.
        if (pace.mode === 'playing' && !feed.past()) {
          useMachine.setState({ pace });
          await api.setPace(pace);
        }
      }
    } catch (error) {
      fail(error);
    } finally {
      going = false;
    }
    const next = wish;
    wish = undefined;
    await next?.();
  }
  const ok = async (report: Promise<TimeReport>): Promise<Reply<TimeReport>> => ({ ok: true, ...(await report) });

  return {
    seek: (seq, branch) => go(() => ok(api.seek(seq as EventSeq, branch ?? useTime.getState().branch))),
    stride: (stride, direction) => go(() => api.stride(stride, direction), direction === 1 ? t.time.noneAfter : useMachine.getState().seq === 0 ? t.time.atBoot : t.time.noneBefore),
    undo: () => go(() => api.undo(), t.time.noCommand),
    async stop() {
      wish = undefined;
      await api.stop();
    },
    async nameBranch(branch, name) {
      await api.nameBranch(branch, name);
      useTime.setState({ branches: await api.branches() });
    },
    async compare(a, b) {
      useTime.setState({ comparison: 'asking' });
      try {
        const comparison = await api.compare(a, b);
        await feed.pump();
        // Stopped, or nobody waits for it any more.
        if (useTime.getState().comparison !== undefined) useTime.setState({ comparison });
      } catch (error) {
        fail(error);
      }
    },
  };
}
