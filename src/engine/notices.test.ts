import { describe, expect, it } from 'vitest';
import { OFFLINE_REASONS } from '../../workers/uapi/trace.ts';
import { createNotices } from './notices.ts';

const context = { blockPages: 32768, text: () => '/sys/devices/system/memory/memory32/state' };
const base = { seq: 9, time: 0, task: 0 };

describe('what is said aloud', () => {
  it('gives a failed write the reason the kernel logged before it', () => {
    const notice = createNotices();
    notice({ ...base, type: 'offline_pages_ret', ret: -16, reason: OFFLINE_REASONS.indexOf('unmovable page') }, context);
    expect(notice({ ...base, type: 'write_error', errno: 16, text: 1 }, context)).toMatchObject({ refusal: { block: 32, errno: 'EBUSY', reason: 'unmovable page' } });
  });
  it('falls back to strerror, and never to the reason of another command', () => {
    const notice = createNotices();
    notice({ ...base, type: 'offline_pages_ret', ret: -16, reason: 6 }, context);
    notice({ ...base, type: 'sim_command', command: 4 }, context);
    expect(notice({ ...base, type: 'write_error', errno: 22, text: 1 }, context)?.refusal?.reason).toBe('Invalid argument');
  });
  it('names the block of a uevent', () => {
    expect(createNotices()({ ...base, type: 'uevent', action: 3, subsystem: 0, id: 40 }, context)?.spoken).toBe('memory40: online.');
  });
});
