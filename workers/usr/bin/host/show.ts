/** How the human monitor shows what QMP answers. */

/** JSON with QEMU's indentation: four blanks. */
export const pretty = (value: unknown): string => JSON.stringify(value, null, 4);

interface DeviceInfo {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const hex = (value: unknown): string => `0x${Number(value).toString(16)}`;
/** What `info memory-devices` prints of each kind, in its order. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  dimm: ['addr', 'slot', 'node', 'size', 'memdev', 'hotplugged', 'hotpluggable'],
  'virtio-mem': ['memaddr', 'node', 'requested-size', 'size', 'max-size', 'block-size', 'memdev'],
};
export const memoryDevices = (value: unknown): string =>
  (value as readonly DeviceInfo[])
    .map(({ type, data }) => {
      const lines = (FIELDS[type] ?? []).map((field) => `  ${field}: ${field === 'addr' || field === 'memaddr' ? hex(data[field]) : String(data[field])}\n`);
      return `Memory device [${type}]: "${String(data.id)}"\n${lines.join('')}`;
    })
    .join('');
