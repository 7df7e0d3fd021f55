/**
 * The interface to an embedding page, by postMessage. Every message has `hotplugLab: 1`, the version of this protocol. README.md has an example to copy.
 *   to the frame:   ping · load { link | text } · seek { command, events } · play · pause · state; an `id` is given back with the answer
 *   from the frame: pong { version, ready } · state { … } · done { id } · refused { id, reason } · event { seq, text } · caption { text }
 */
import * as v from 'valibot';

export const PROTOCOL = 1;
const id = v.optional(v.union([v.string(), v.number()]));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999_999_999));
const request = v.variant('type', [
  v.object({ hotplugLab: v.literal(PROTOCOL), type: v.literal('ping'), id }),
  v.object({ hotplugLab: v.literal(PROTOCOL), type: v.literal('load'), id, link: v.optional(v.string()), text: v.optional(v.string()) }),
  v.object({ hotplugLab: v.literal(PROTOCOL), type: v.literal('seek'), id, command: count, events: v.optional(count) }),
  v.object({ hotplugLab: v.literal(PROTOCOL), type: v.picklist(['play', 'pause', 'state']), id }),
]);
export type Request = v.InferOutput<typeof request>;
export type Answer = { readonly type: 'pong' | 'done' | 'refused' | 'state' | 'event' | 'caption' } & Readonly<Record<string, unknown>>;

/** Undefined: it is not for us. A string: it is, and cannot be understood: why. */
export function readRequest(data: unknown): Request | string | undefined {
  if (typeof data !== 'object' || data === null || !('hotplugLab' in data)) return undefined;
  if (data.hotplugLab !== PROTOCOL) return `this frame speaks version ${PROTOCOL} of its protocol`;
  const parsed = v.safeParse(request, data);
  return parsed.success ? parsed.output : `${v.getDotPath(parsed.issues[0]) ?? 'message'}: ${parsed.issues[0].message}`;
}

export interface Wire {
  /** Tells whoever has shaken hands. */
  tell(answer: Answer): void;
  stop(): void;
}
/** Listens to the embedding page alone, and of it only to the origins that are allowed. */
export function listen(origins: readonly string[], handle: (request: Request) => Promise<Answer>, scope: Window = window): Wire {
  let listener: string | undefined;
  const post = (answer: Answer, origin: string): void => { scope.parent.postMessage({ hotplugLab: PROTOCOL, ...answer }, origin === 'null' ? '*' : origin); };
  const onMessage = (event: MessageEvent): void => {
    if (event.source !== scope.parent || (origins.length > 0 && !origins.includes(event.origin))) return;
    const message = readRequest(event.data);
    if (message === undefined) return;
    if (typeof message === 'string') {
      post({ type: 'refused', reason: message }, event.origin);
      return;
    }
    listener = event.origin;
    const back = message.id === undefined ? {} : { id: message.id };
    handle(message).then(
      (answer) => { post({ ...back, ...answer }, event.origin); },
      (error: unknown) => { post({ type: 'refused', ...back, reason: error instanceof Error ? error.message : String(error) }, event.origin); },
    );
  };
  scope.addEventListener('message', onMessage);
  return {
    tell: (answer) => { if (listener !== undefined) post(answer, listener); },
    stop: () => { scope.removeEventListener('message', onMessage); },
  };
}
