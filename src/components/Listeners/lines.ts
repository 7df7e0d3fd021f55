/** A listener of one's own as the lines of shell that register it, and the chain as its file tells it. Pure. */

export const ACTIONS = ['MEM_GOING_ONLINE', 'MEM_ONLINE', 'MEM_CANCEL_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_OFFLINE', 'MEM_CANCEL_OFFLINE'] as const;
export const ACTIONS_2005 = ['MEM_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_OFFLINE', 'MEM_MAPPING_INVALID'] as const;
export const VERDICTS = ['OK', 'DONE', 'BAD', 'STOP', 'ENOMEM', 'EBUSY', 'EINVAL'] as const;

const DIR = '/sys/kernel/debug/memory-notifier-lab';
export const CHAIN = `${DIR}/chain`;
const LOAD = `[ -d ${DIR} ] || modprobe memory-notifier-lab`;

export interface Listener {
  readonly name: string;
  readonly priority: number;
  /** Verdicts that are not OK. */
  readonly verdicts: Readonly<Record<string, string>>;
}
export const isName = (name: string): boolean => /^[A-Za-z_][\w-]{0,31}$/.test(name);

export function registerLine({ name, priority, verdicts }: Listener): string {
  const pairs = Object.entries(verdicts).filter(([, verdict]) => verdict !== 'OK').map(([action, verdict]) => ` ${action}=${verdict}`);
  return `${LOAD}; echo '${name} ${priority}${pairs.join('')}' > ${DIR}/register`;
}
export const unregisterLine = (name: string): string => `echo ${name} > ${DIR}/unregister`;

const INJECT = '/sys/kernel/debug/notifier-error-inject/memory';
/** Actions at which the kernel's own module for fault injection answers an errno, and errnos to choose from: 0 ends it. */
export const INJECTED = ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'] as const;
export const ERRORS = [-12, -16, -1, 0] as const;
export const injectLine = (action: string, error: number): string => `[ -d ${INJECT} ] || modprobe memory-notifier-error-inject; echo ${error} > ${INJECT}/actions/${action}/error`;

export interface ChainEntry {
  readonly priority: number;
  readonly name: string;
  readonly own: boolean;
  /** 'MEM_GOING_OFFLINE=BAD' */
  readonly verdicts: readonly string[];
}
/** Lines of the `chain` file, in the order they are called. */
export function readChain(text: string): ChainEntry[] {
  return text.split('\n').flatMap((line) => {
    const [priority, name, mark, ...verdicts] = line.trim().split(/\s+/);
    return name === undefined ? [] : [{ priority: Number(priority), name, own: mark === '(own)', verdicts: mark === '(own)' ? verdicts : [] }];
  });
}
