import { describe, expect, it } from 'vitest';
import { kernfs_name_hash } from './kernfs.ts';

describe('kernfs_name_hash', () => {
  // What `rm -r` of Linux 6.1 came upon, in its order.
  it.each([
    ['memory32', 'uevent firmware_node node0 power online phys_device phys_index valid_zones subsystem state removable'],
    ['memory32/power', 'runtime_active_time runtime_active_kids runtime_usage runtime_status autosuspend_delay_ms async runtime_suspended_time runtime_enabled control'],
  ])('orders %s as the kernel does', (_, recorded) => {
    const names = recorded.split(' ');
    expect(names.toSorted((a, b) => kernfs_name_hash(a) - kernfs_name_hash(b))).toEqual(names);
  });
});
