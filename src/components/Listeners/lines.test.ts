import { describe, expect, it } from 'vitest';
import { injectLine, isName, readChain, registerLine } from './lines.ts';

describe('a listener of one\'s own', () => {
  it('is a line of shell: what is OK need not be said', () => {
    expect(registerLine({ name: 'mine', priority: -5, verdicts: { MEM_ONLINE: 'OK', MEM_GOING_OFFLINE: 'BAD' } }))
      .toBe("[ -d /sys/kernel/debug/memory-notifier-lab ] || modprobe memory-notifier-lab; echo 'mine -5 MEM_GOING_OFFLINE=BAD' > /sys/kernel/debug/memory-notifier-lab/register");
  });
  it('or the kernel\'s own, which answers an errno when told to', () => {
    expect(injectLine('MEM_GOING_OFFLINE', -12)).toBe('[ -d /sys/kernel/debug/notifier-error-inject/memory ] || modprobe memory-notifier-error-inject; echo -12 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error');
  });
  it('has a name the kernel takes', () => { expect(['mine', '_x-1', '1x', '', "a'b"].map(isName)).toEqual([true, true, false, false, false]); });
  it('is found in the chain among the kernel\'s own', () => {
    expect(readChain(' 100 ksm_memory_callback\n   5 mine (own) MEM_GOING_OFFLINE=BAD\n')).toEqual([
      { priority: 100, name: 'ksm_memory_callback', own: false, verdicts: [] }, { priority: 5, name: 'mine', own: true, verdicts: ['MEM_GOING_OFFLINE=BAD'] },
    ]);
  });
});
