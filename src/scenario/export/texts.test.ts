import { expect, it } from 'vitest';
import { parseScenario } from '../../../workers/scenario/parse.ts';
import type { TraceEvent } from '../../../workers/uapi/trace.ts';
import { svgOf } from './picture.ts';
import { bugReport, iframe, markdown, playwrightTest, shellScript, slug } from './texts.ts';
import { chromeTrace } from './trace.ts';

const parsed = parseScenario(`scenario 1
title Don't <b>panic</b> [now](x)
note A note.
memory 1G
caption First this.
$ echo 'one'
fresh $ echo 'two'
plug d0 128M
workload 4M nothp
wait 1500ms
signal SIGINT
`);
if (!parsed.ok) throw new Error('unread');
const { scenario } = parsed;
const URL_ = 'https://example.org/lab/#v1;abc';

it('a shell script does in a real shell what was typed; the host is told beside it', () => {
  expect(shellScript(scenario)).toBe(`#!/bin/bash
# Don't <b>panic</b> [now](x)
# A note.

# First this.
echo 'one'
bash -c 'echo '\\''two'\\'''
# host: (qemu) object_add memory-backend-ram,id=mem-d0,size=134217728
# host: (qemu) device_add pc-dimm,id=d0,memdev=mem-d0
# a workload of the lab: mh anon 4 nothp
sleep 1.5
# SIGINT to what runs in the foreground
`);
});
it('no title becomes markup', () => {
  expect(markdown(scenario, URL_)).toBe(`[![Don't \\<b\\>panic\\</b\\> \\[now\\](x)](don-t-b-panic-b-now-x.png)](${URL_})\n`);
  expect(iframe(scenario, URL_)).toContain('src="https://example.org/lab/?embed=1#v1;abc" title="Don\'t &lt;b&gt;panic&lt;/b&gt; [now](x)"');
  expect(slug({ statements: [{ type: 'title', text: '../../../etc' }] })).toBe('etc');
});
it('a Playwright test opens the same link and pins picture and digest', () => {
  const text = playwrightTest(scenario, URL_, { digest: '00c0ffee', pixels: 'abcd', width: 1280, height: 720 });
  expect(text).toContain('await page.goto("https://example.org/lab/?test=1#v1;abc");');
  expect(text).toMatch(/digest\(\)\)\)\.toBe\("00c0ffee"\);\n.*pixelHash\(\)\)\)\.toBe\("abcd"\)/);
});
it('a picture becomes rectangles, alike rows as one', () => {
  const [a, b] = [0xff0000ff, 0xff00ff00];
  expect(svgOf(Uint32Array.from([a, a, b, a, a, b]), 3, 2)).toBe('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2" width="3" height="2" shape-rendering="crispEdges">\n<path fill="#ff0000" d="M0 0h2v2h-2z"/>\n<path fill="#00ff00" d="M2 0h1v2h-1z"/>\n</svg>\n');
});
it('events become tracks: functions that nest, blocks that go, listeners that answer', () => {
  const base = { task: 1 };
  const events: TraceEvent[] = [
    { ...base, type: 'sim_func_exit', seq: 1, time: 500, fn: 1, ret: 0 }, { ...base, type: 'sim_func_entry', seq: 2, time: 1000, fn: 1, a: 0, b: 0 },
    { ...base, type: 'notify', seq: 3, time: 2000, action: 1 << 1, start_pfn: 6 * 32768, nr_pages: 32768, status_change_nid: -1, status_change_nid_normal: -1 },
    { ...base, type: 'sim_func_exit', seq: 4, time: 3000, fn: 1, ret: -16 },
  ];
  const { traceEvents } = JSON.parse(chromeTrace(events, 32768, () => 'x')) as { traceEvents: { ph: string; name: string; ts: number; args?: Record<string, unknown> }[] };
  expect(traceEvents.filter(({ ph }) => ph === 'B' || ph === 'E').map(({ ph, ts }) => [ph, ts])).toEqual([['B', 1], ['E', 3]]);
  expect(traceEvents.some(({ ph, args }) => ph === 'M' && args?.name === 'memory6')).toBe(true);
});

it('a bug report leads to the moment and says where it was seen', () => {
  const report = bugReport({ url: 'https://lab.example/#v1;x', edition: '6.1', seq: 120, digest: '0badcafe', transport: 'shared', browser: 'Firefox/140', window: [1280, 720, 2], events: ['119 MEM_GOING_OFFLINE', '120 offline_pages'] });
  expect(report.split('\n').slice(4)).toEqual([
    'Session: https://lab.example/#v1;x', 'Linux 6.1, event 120, digest 0badcafe', 'Firefox/140', '1280 × 720 at 2, shared', 'Last events:', '  119 MEM_GOING_OFFLINE', '  120 offline_pages', '',
  ]);
});
