/**
 * Mirrors: fs/tracefs, kernel/trace/trace.c, trace_events.c, trace_output.c (6.1): /sys/kernel/tracing. `echo 1 > events/kmem/enable; cat trace`.
 * Of the tracers function_graph, which shows the machine's call path: `echo offline_pages > set_graph_function; echo function_graph > current_tracer`.
 * Left out: the other tracers, filters of events, triggers, instances, histograms. Why: nobody who looks at memory has asked for them.
 */
import type { Ftrace, TraceRecord } from '../../kernel/ftrace.ts';
import { FILTERS, type FilterName, type FunctionGraph, TRACERS } from '../../kernel/function_graph.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { TRACE_EVENTS, type TraceEventFormat } from '../../uapi/trace_events.ts';
import { type DirNode, dirOf, type FileNode, type VNode } from '../../kernel/vnode.ts';

const NS_PER_US = 1000;
const US_PER_S = 1_000_000;
/** Events are numbered from here, in the order of the table. */
const FIRST_ID = 470;
const COLUMNS = `#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
`;
function lineOf(ftrace: Ftrace, pageblock_order: number, { time, pid, event, values }: TraceRecord): string {
  const us = Math.floor(time / NS_PER_US);
  const { name, print } = TRACE_EVENTS[event] as TraceEventFormat;
  return `${ftrace.comm(pid).padStart(16)}-${String(pid).padEnd(7)} [000] ..... ${String(Math.floor(us / US_PER_S)).padStart(5)}.${String(us % US_PER_S).padStart(6, '0')}: ${name}: ${print(values, pageblock_order)}\n`;
}
/** A file whose text is made at each read from the beginning; `store` takes what is written, without blanks around it. */
const file = (mode: number, show: () => string, store?: (text: string) => number, truncate?: () => number): FileNode => ({
  kind: 'file', mode, snapshot: true, size: () => 0,
  read: (offset, count) => show().slice(offset, offset + count),
  ...(store && {
    *write(data): Kthread<number> {
      const failed = store(data.trim());
      return failed < 0 ? failed : data.length;
    },
    truncate: truncate ?? (() => 0),
  }),
});
/** 0 or 1 as kstrtoul() and the files of events take them. */
const asBit = (text: string): boolean | undefined => (/^\+?(0x)?0*1$/.test(text) ? true : /^\+?(0x)?0+$/.test(text) ? false : undefined);

function formatOf(event: TraceEventFormat, id: number): string {
  let offset = 8;
  const fields = event.fields.map(([type, name]) => {
    const size = type.endsWith('long') ? 8 : 4;
    offset = Math.ceil(offset / size) * size;
    const line = `\tfield:${type} ${name};\toffset:${offset};\tsize:${size};\tsigned:${type.startsWith('unsigned') ? 0 : 1};\n`;
    offset += size;
    return line;
  });
  return `name: ${event.name}\nID: ${id}\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n`
    + `\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n${fields.join('')}`
    + `\nprint fmt: "${event.fields.map(([type, name]) => `${name}=${type.endsWith('long') ? '0x%lx' : '%d'}`).join(' ')}", ${event.fields.map(([, name]) => `REC->${name}`).join(', ')}\n`;
}

/** Value: the directory for /sys/kernel/tracing (and /sys/kernel/debug/tracing). `pageblock_order`: the machine's, which some events print. */
export function tracefs(ftrace: Ftrace, graph: FunctionGraph, pageblock_order: number): DirNode {
  const events = TRACE_EVENTS.map((event, row) => ({ ...event, row }));
  type Event = (typeof events)[number];
  const systems = [...new Set(events.map((e) => e.system))].sort();
  const switchOf = (of: readonly Event[]): FileNode => file(0o640, () => {
    const on = of.filter(({ row }) => ftrace.enabled(row)).length;
    return on === 0 ? '0\n' : on === of.length ? '1\n' : 'X\n';
  }, (text) => {
    const on = asBit(text);
    if (on === undefined) return -ERRNO.EINVAL;
    for (const { row } of of) ftrace.enable(row, on);
    return 0;
  });
  const fixed = (entries: Readonly<Record<string, VNode>>): DirNode => dirOf(0o750, () => entries);
  const eventDir = (event: Event): DirNode => fixed({ enable: switchOf([event]), format: file(0o440, () => formatOf(event, FIRST_ID + event.row)), id: file(0o440, () => `${FIRST_ID + event.row}\n`) });
  const systemDir = (system: string): DirNode => {
    const own = events.filter((e) => e.system === system);
    return fixed({ enable: switchOf(own), ...Object.fromEntries(own.map((e) => [e.name, eventDir(e)])) });
  };
  const nameOf = ({ system, name }: Event): string => `${system}:${name}`;
  /** `kmem:mm_page_alloc`, `kmem:*`, `kmem`, `mm_page_alloc`; with `!` in front it is switched off. */
  function set_event(text: string): number {
    for (const word of text.split(/\s+/).filter((w) => w !== '')) {
      const name = word.replace(/^!/, '').replace(/:\*?$/, '');
      const chosen = events.filter((e) => e.system === name || e.name === name || nameOf(e) === name);
      if (chosen.length === 0) return -ERRNO.EINVAL;
      for (const { row } of chosen) ftrace.enable(row, !word.startsWith('!'));
    }
    return 0;
  }
  const clear = (): number => {
    ftrace.clear();
    graph.clear();
    return 0;
  };
  /** What trace_pipe has given away: the number of the next record, and what of the last line is left. */
  const pipe = remember({ next: 0, left: '' });
  const trace_pipe: FileNode = {
    kind: 'file', mode: 0o440, size: () => 0,
    read(_, count) {
      if (pipe.left === '' && ftrace.records(pipe.next).list.length === 0) return -ERRNO.EAGAIN;
      if (count === 0) return '';
      const { list, next } = ftrace.records(pipe.next);
      pipe.left += list.map((record) => lineOf(ftrace, pageblock_order, record)).join('');
      pipe.next = next;
      const given = pipe.left.slice(0, count);
      pipe.left = pipe.left.slice(count);
      return given;
    },
  };
  /** A file of patterns: what is appended comes to them, what is written takes their place. Functions that there are nowhere are not looked for, as the kernel has more than can be seen here. */
  const patterns = (name: FilterName): FileNode => file(0o640, () => {
    const set = graph.filter(name);
    if (set.length > 0) return set.map((p) => `${p}\n`).join('');
    return name.endsWith('notrace') ? '#### no functions disabled ####\n' : '#### all functions enabled ####\n';
  }, (text) => {
    const words = text.split(/\s+/).filter((w) => w !== '');
    if (name === 'set_graph_function' && words.some((w) => !/[*?]/.test(w) && !graph.symbols.includes(w.replace(/^!/, '')))) return -ERRNO.EINVAL;
    const removed = words.filter((w) => w.startsWith('!')).map((w) => w.slice(1));
    graph.setFilter(name, [...graph.filter(name).filter((p) => !removed.includes(p)), ...words.filter((w) => !w.startsWith('!'))]);
    return 0;
  }, () => {
    graph.setFilter(name, []);
    return 0;
  });
  const files: Readonly<Record<string, VNode>> = {
    available_events: file(0o440, () => events.map((e) => `${nameOf(e)}\n`).join('')),
    available_filter_functions: file(0o440, () => graph.symbols.map((name) => `${name}\n`).join('')),
    available_tracers: file(0o440, () => `${TRACERS.join(' ')}\n`),
    buffer_size_kb: file(0o640, () => `${ftrace.buffer_size_kb()}\n`, (text) => {
      if (!/^[1-9]\d{0,6}$/.test(text)) return -ERRNO.EINVAL;
      ftrace.buffer_size_kb(Number(text));
      return 0;
    }),
    current_tracer: file(0o640, () => `${graph.current()}\n`, (text) => {
      const tracer = TRACERS.find((name) => name === text);
      if (tracer === undefined) return -ERRNO.EINVAL;
      ftrace.clear();
      graph.choose(tracer);
      return 0;
    }),
    events: fixed({ enable: switchOf(events), ...Object.fromEntries(systems.map((system) => [system, systemDir(system)])) }),
    max_graph_depth: file(0o640, () => `${graph.max_depth()}\n`, (text) => {
      if (!/^\d{1,9}$/.test(text)) return -ERRNO.EINVAL;
      graph.max_depth(Number(text));
      return 0;
    }),
    set_event: file(0o640, () => events.filter(({ row }) => ftrace.enabled(row)).map((e) => `${nameOf(e)}\n`).join(''), set_event, () => {
      for (const { row } of events) ftrace.enable(row, false);
      return 0;
    }),
    ...Object.fromEntries(FILTERS.map((name) => [name, patterns(name)])),
    trace: file(0o640, () => {
      if (graph.current() === 'function_graph') return graph.show();
      const { list } = ftrace.records(pipe.next);
      return `# tracer: nop\n#\n# entries-in-buffer/entries-written: ${list.length}/${ftrace.written()}   #P:1\n#\n${COLUMNS}${list.map((record) => lineOf(ftrace, pageblock_order, record)).join('')}`;
    }, clear, clear),
    trace_clock: file(0o640, () => '[local] global counter uptime perf mono mono_raw boot tai x86-tsc\n', () => 0),
    trace_pipe,
    tracing_on: file(0o640, () => `${ftrace.tracing_on() ? 1 : 0}\n`, (text) => {
      const on = asBit(text);
      if (on === undefined) return -ERRNO.EINVAL;
      ftrace.tracing_on(on);
      graph.tracing(on);
      return 0;
    }),
  };
  return dirOf(0o700, () => files);
}
