/** The page's hold on the machine: boots it, sends it commands, and runs the loop that keeps the stores up to date. */
import type { Command } from '../../workers/uapi/command.ts';
import type { ImportSummary } from '../../workers/uapi/engine.ts';
import { errnoName } from '../../workers/uapi/errno.ts';
import { ownerClass } from '../../workers/uapi/lens.ts';
import type { BootRequest } from '../../workers/uapi/machine_description.ts';
import { KIND_ANON, KIND_PAGETABLE, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { monitorLine } from '../../workers/scenario/monitor.ts';
import { useLens } from '../state/lens.ts';
import { type Speed, useMachine } from '../state/machine.ts';
import { leaveScenario, scenarioBusy, useScenario } from '../state/scenario.ts';
import { announce, refuse } from '../state/notice.ts';
import { pictureSettled } from '../state/picture.ts';
import { addLine, remember } from '../state/terminal.ts';
import { selectBlock } from '../state/view.ts';
import { t } from '../strings/index.ts';
import type { Engine } from './connect.ts';
import { Failure } from './failure.ts';
import { createFeed, type Feed } from './feed.ts';
import { listMachines, loadMachine, type MachineEntry } from './machines.ts';
import { createMirror } from './mirror.ts';
import { createOracle } from './oracle.ts';
import { createPacing, type Pacing } from './pace.ts';
import { createTimes, type Times } from './times.ts';

/** A machine to be shown, and what happens to it before the page is theirs. */
export interface Opening {
  readonly name: string;
  readonly request: BootRequest;
  /** Id in the list of machines, if it is one of them. */
  readonly machine?: string;
  /** Called when the machine is up and shown. False: it stays paused. */
  prepare?(): Promise<boolean>;
}

export interface Session extends Pick<Feed, 'mirror' | 'counts' | 'drawn' | 'onPatch'>, Omit<Pacing, 'adapt'>, Times {
  readonly engine: Engine;
  /** Boots another machine. */
  choose(machine: MachineEntry): Promise<void>;
  /** Boots what was described. Throws a Failure if it does not boot. */
  open(opening: Opening): Promise<void>;
  /** Puts an imported machine on the list and boots it. */
  openImported(imported: { readonly request: BootRequest; readonly summary: ImportSummary }): Promise<void>;
  /** Submits a command; what the shell is given shows up in the terminal by itself, what the host is given is printed there. False: it was not accepted. */
  submit(command: Command): Promise<boolean>;
  /** Several commands, each after the one before was accepted. */
  submitAll(commands: readonly Command[]): Promise<void>;
  /** Asks for the digest of the whole state. */
  digest(): Promise<number>;
  /** Resolves when every command has ended and everything it did is in the stores. */
  idle(): Promise<void>;
}

/** Between two questions how far the scenario is. */
const ASK_MS = 100;
/** The kernel is asked for nothing until its machine has been drawn, so that its thread leaves the processors to those who do that: at most for so long, as a page may have no room for a picture. */
const ALONE_MS = 500;
/** How long a machine has to stand still before its digest is asked for. */
const REST_MS = 400;
/** How often a monitor that has not answered is asked. */
const ANSWER_MS = 100;

function fail(error: unknown): void {
  // A rejected call means that the worker's code threw: the machine cannot be trusted any more.
  const failure = error instanceof Failure ? error : new Failure(t.failure.engine, error);
  useMachine.setState({ phase: 'failed', failure: { sentence: failure.message, detail: failure.detail } });
}
const frame = (): Promise<unknown> => new Promise((resolve) => { requestAnimationFrame(resolve); });

/** The block with most pages of processes, files and slab: a first thing to look at. */
function busiest({ counts }: Feed): number | undefined {
  const frames = new Int32Array(NR_KINDS);
  let best: number | undefined;
  let most = 0;
  for (const { id } of useMachine.getState().snapshot?.blocks ?? []) {
    counts()?.block(id, frames);
    const used = frames.subarray(KIND_ANON, KIND_PAGETABLE + 1).reduce((sum, n) => sum + n, 0);
    if (used > most) {
      most = used;
      best = id;
    }
  }
  return best;
}

/** Starts the session. `forceCopy`: patches even where memory could be shared. `speed`: to begin with. */
export function startSession(engine: Engine, { forceCopy = false, speed = 'auto' }: { forceCopy?: boolean; speed?: Speed } = {}): Session {
  const { api } = engine;
  const oracle = createOracle(api, () => feed.mirror()?.tables, () => !useMachine.getState().running);
  const feed: Feed = createFeed(api, oracle.changed, fail);
  const times = createTimes(api, feed, fail, askScript);
  const { adapt, ...pacing } = createPacing(api, feed, fail);
  useMachine.setState({ speed });

  let dead: Failure | undefined;
  void engine.died.then((failure) => {
    // What had begun well has stopped; what had not, never started.
    dead = useMachine.getState().booted ? new Failure(t.failure.engine, failure.detail) : failure;
    fail(dead);
  });

  async function digest(): Promise<number> {
    const answer = await api.digest();
    useMachine.setState({ digest: answer });
    return answer.digest;
  }
  /** Since when nothing has run, and the event it stands at. */
  let rested = 0;
  let stands = -1;
  let asking = false;
  /** When the machine has come to rest, the status line says which state that is. */
  function sign(): void {
    const { phase, running, ended, submitted, seq, digest: known } = useMachine.getState();
    const now = performance.now();
    if (phase !== 'ready' || running || ended < submitted || seq !== stands) {
      rested = now;
      stands = seq;
    } else if (known?.seq !== seq && !asking && now - rested >= REST_MS) {
      asking = true;
      void nameOwners().catch(fail);
      void digest().catch(fail).finally(() => { asking = false; });
    }
  }

  useLens.subscribe(({ chosen }, before) => {
    if (chosen === before.chosen) return;
    void nameOwners().catch(fail);
  });
  /** The lens of owners says who they are; users come and go, so they are asked for again when the machine rests. */
  async function nameOwners(): Promise<void> {
    if (useLens.getState().chosen !== 'owner' || useMachine.getState().phase !== 'ready') return;
    const owners = new Map<number, string[]>();
    for (const { row, name } of await api.owners()) {
      const names = owners.get(ownerClass(row)) ?? [];
      owners.set(ownerClass(row), names);
      if (!names.includes(name)) names.push(name);
    }
    useLens.setState({ owners });
  }

  /** How far the scenario is, at most ten times a second. */
  let asked = 0;
  async function askScript(): Promise<void> {
    const { steps } = useScenario.getState();
    if (steps === 0 || useMachine.getState().phase !== 'ready') return;
    const report = await api.script();
    // Asked before the engine was given the steps, it tells of none, all done, and would not be asked again.
    if (report.of === useScenario.getState().steps) useScenario.setState({ report });
  }
  function follow(): void {
    const now = performance.now();
    if (!scenarioBusy() || now - asked < ASK_MS) return;
    asked = now;
    void askScript().catch(fail);
  }

  let seen = false;
  // The one loop. It stands still with the tab: requestAnimationFrame does.
  const turn = (): void => {
    void feed.pump();
    if (seen) {
      oracle.tick();
      follow();
    }
    adapt();
    sign();
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);

  /** Imported machines by their id: they live as long as the page. */
  const imports = new Map<string, BootRequest>();
  async function open({ name, request, machine, prepare }: Opening): Promise<void> {
    if (dead) throw dead;
    useMachine.setState({ phase: 'booting', machine, failure: undefined, edition: request.description.edition, description: request.description });
    await feed.close();
    const reply = await api.boot(request);
    if (!reply.ok) throw new Failure(t.failure.boot(name, reply.reason), errnoName(reply.errno));
    const { buffer, ...rest } = reply;
    const booted = forceCopy || buffer === undefined ? rest : reply;
    const { mirror, first } = await createMirror(api, booted);
    oracle.reset();
    feed.open(mirror, first);
    useMachine.setState({ phase: 'ready', booted, transport: mirror.transport });
    selectBlock(busiest(feed));
    await Promise.race([pictureSettled(), new Promise((resolve) => { setTimeout(resolve, ALONE_MS); })]);
    seen = true;
    // An engine runs as fast as it can until it is told how fast: what is prepared begins from where it stands.
    if (prepare) await pacing.pause();
    if (await (prepare?.() ?? true)) await pacing.play();
    else await pacing.pause();
    announce(t.announce.booted(name));
  }
  async function boot(entry: MachineEntry): Promise<void> {
    if (dead) throw dead;
    useMachine.setState({ phase: 'loading', machine: entry.id, failure: undefined });
    const request = imports.get(entry.id) ?? (await loadMachine(entry));
    leaveScenario(entry);
    await open({ name: entry.name, request, machine: entry.id });
  }

  function refused(command: Command, errno: number, reason: string): void {
    addLine('err', `${errnoName(errno)}: ${reason}`);
    refuse({ block: undefined, errno: errnoName(errno), reason, command: command.type, seq: useMachine.getState().seq });
    announce(t.announce.refused(errnoName(errno), reason));
  }

  /** The monitor answers when the machine gets to it: an error belongs below the command. */
  async function hear(id: number): Promise<void> {
    const { booted } = useMachine.getState();
    while (useMachine.getState().booted === booted) {
      const answer = await api.answer(id).catch(() => ({}) as { error?: string });
      if (answer !== undefined) {
        if (answer.error !== undefined) addLine('err', `Error: ${answer.error}`);
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, ANSWER_MS); });
    }
  }
  async function submit(command: Command): Promise<boolean> {
    if (command.type === 'shell') remember(command.line);
    if (command.type === 'qmp') addLine('host', monitorLine(command));
    refuse(undefined);
    // Counted before it is sent: it may have ended before the answer is here. A signal has no end of its own.
    const counted = command.type === 'signal' ? 0 : 1;
    useMachine.setState((s) => ({ submitted: s.submitted + counted, digest: undefined }));
    try {
      const before = useMachine.getState().pace;
      const standing = feed.past();
      const reply = await api.submit(command);
      // In the past it began a branch, which runs at once.
      if (standing && before.mode === 'paused') await pacing.play();
      // What is left of a scenario's steps waits on the new branch.
      if (standing) await askScript();
      if (reply.ok) {
        if (command.type === 'qmp') void hear(reply.id);
        return true;
      }
      useMachine.setState((s) => ({ submitted: s.submitted - counted }));
      refused(command, reply.errno, reply.reason);
    } catch (error) {
      fail(error);
    }
    return false;
  }

  return {
    ...pacing, ...times, engine, open, submit, digest, mirror: feed.mirror, counts: feed.counts, drawn: feed.drawn, onPatch: feed.onPatch,
    async choose(entry) {
      try {
        await boot(entry);
      } catch (error) {
        fail(error);
      }
    },
    async openImported({ request, summary }) {
      const entry = { id: `imported-${imports.size + 1}`, file: '', name: summary.name, about: t.top.imported, imported: true };
      imports.set(entry.id, request);
      useMachine.setState((s) => ({ machines: [...s.machines, entry] }));
      await this.choose(entry);
    },
    async submitAll(commands) {
      for (const command of commands) if (!(await submit(command))) return;
    },
    async idle() {
      for (;;) {
        await feed.pump();
        if (scenarioBusy()) await askScript();
        const { submitted, ended, running, phase, pace } = useMachine.getState();
        if (phase === 'failed' || (phase === 'ready' && (!scenarioBusy() || pace.mode === 'paused') && ended >= submitted && !running && !feed.behind())) return;
        await frame();
      }
    },
  };
}

/** Fetches the list of machines and boots one: the one asked for, else the first. */
export async function bootFirst(session: Session, wanted: string | null): Promise<void> {
  try {
    const machines = await listMachines();
    useMachine.setState({ machines });
    const entry = machines.find(({ id }) => id === wanted) ?? machines[0];
    if (entry) await session.choose(entry);
  } catch (error) {
    fail(error);
  }
}
