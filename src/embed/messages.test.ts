import { describe, expect, it } from 'vitest';
import { listen, readRequest } from './messages.ts';
import { embedParameters, parseAt } from './parameters.ts';

describe('parameters', () => {
  const of = (query: string) => embedParameters(new URLSearchParams(query));
  it('are plain words', () => {
    expect(of('embed=1&start=2+30&end=5&loop=yes&autoplay=1&panels=caption,transport,nonsense&theme=light&readonly=1&origins=https://a.example/x,javascript:alert(1),b')).toEqual({
      start: { command: 2, events: 30 }, end: { command: 5, events: 0 }, loop: true, autoplay: true, panels: new Set(['caption', 'transport']), theme: 'light', lang: 'en', readonly: true, origins: ['https://a.example'],
    });
    expect(of('embed=1')?.panels.size).toBe(4);
    expect([of(''), of('embed=0')]).toEqual([undefined, undefined]);
  });
  it.each([['3+120', { command: 3, events: 120 }], ['3', { command: 3, events: 0 }], ['-1', undefined], [null, undefined]])('%s', (text, at) => { expect(parseAt(text)).toEqual(at); });
});

describe('messages', () => {
  it('are checked before anything is done with them', () => {
    expect(readRequest('hello')).toBeUndefined();
    expect(readRequest({ type: 'play' })).toBeUndefined();
    expect(readRequest({ hotplugLab: 2, type: 'play' })).toBe('this frame speaks version 1 of its protocol');
    expect(readRequest({ hotplugLab: 1, type: 'seek', command: -1 })).toMatch(/^command: /);
    expect(readRequest({ hotplugLab: 1, type: 'explode' })).toMatch(/^type: /);
    expect(readRequest({ hotplugLab: 1, type: 'seek', command: 3 })).toEqual({ hotplugLab: 1, type: 'seek', command: 3 });
  });
  it('are heard from the embedding page alone, and only from allowed origins', async () => {
    const posted: unknown[] = [];
    const parent = { postMessage: (data: unknown, origin: string) => { posted.push([data, origin]); } };
    const listeners: ((event: MessageEvent) => void)[] = [];
    const scope = { parent, addEventListener: (_: string, f: (event: MessageEvent) => void) => { listeners.push(f); }, removeEventListener: () => undefined } as unknown as Window;
    const wire = listen(['https://good.example'], async () => ({ type: 'pong', version: 1, ready: true }), scope);
    const send = (source: unknown, origin: string): void => { listeners[0]?.({ source, origin, data: { hotplugLab: 1, type: 'ping', id: 7 } } as MessageEvent); };
    send({}, 'https://good.example');
    send(parent, 'https://evil.example');
    wire.tell({ type: 'caption', text: 'nobody hears it' });
    expect(posted).toEqual([]);
    send(parent, 'https://good.example');
    await Promise.resolve();
    await Promise.resolve();
    expect(posted).toEqual([[{ hotplugLab: 1, id: 7, type: 'pong', version: 1, ready: true }, 'https://good.example']]);
  });
});
