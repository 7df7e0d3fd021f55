/** Mirrors: kernel/resource.c (6.1): the tree of physical address ranges that /proc/iomem prints. Addresses in bytes, end inclusive as in Linux. */
export interface Resource {
  readonly name: string;
  start: number;
  end: number;
  /** IORESOURCE_BUSY: a second claim of the range fails with EBUSY. */
  readonly busy: boolean;
  /** Sorted by start, inside the parent, disjoint. */
  readonly children: Resource[];
}

/** The root: all physical addresses x86_64 can name (52 bits). */
export const createIomem = (): Resource => ({ name: 'PCI mem', start: 0, end: 2 ** 52 - 1, busy: false, children: [] });
export const newResource = (name: string, start: number, end: number, busy = false): Resource => ({ name, start, end, busy, children: [] });

const overlaps = (a: Resource, start: number, end: number): boolean => a.start <= end && start <= a.end;
const contains = (a: Resource, b: { start: number; end: number }): boolean => a.start <= b.start && b.end <= a.end;

/** request_resource(): a new child of `parent`; the first child in the way, or undefined on success. */
export function request_resource(parent: Resource, resource: Resource): Resource | undefined {
  if (!contains(parent, resource)) return parent;
  const conflict = parent.children.find((c) => overlaps(c, resource.start, resource.end));
  if (conflict) return conflict;
  parent.children.push(resource);
  parent.children.sort((a, b) => a.start - b.start);
  return undefined;
}

/** insert_resource(): goes down to the smallest range that holds the new one, and takes in the children it covers. A range that is cut in the middle: refused (returned). */
export function insert_resource(parent: Resource, resource: Resource): Resource | undefined {
  const holder = parent.children.find((c) => contains(c, resource) && !(c.start === resource.start && c.end === resource.end));
  if (holder) return insert_resource(holder, resource);
  const met = parent.children.filter((c) => overlaps(c, resource.start, resource.end));
  const cut = met.find((c) => !contains(resource, c));
  if (cut) return cut;
  for (const child of met) parent.children.splice(parent.children.indexOf(child), 1);
  resource.children.push(...met);
  return request_resource(parent, resource);
}

/** reserve_region_with_split(): takes what is still free of a range as ranges of their own. */
export function reserve_region_with_split(parent: Resource, start: number, end: number, name: string): void {
  let at = start;
  for (const child of [...parent.children]) {
    if (!overlaps(child, at, end)) continue;
    if (child.start > at) request_resource(parent, newResource(name, at, child.start - 1));
    at = child.end + 1;
  }
  if (at <= end) request_resource(parent, newResource(name, at, end));
}

/** register_memory_resource(): a range of hot-added memory as busy System RAM, inside whatever range is not busy itself. 0, or -EEXIST (17) if any of it is claimed. */
export function register_memory_resource(iomem: Resource, start: number, size: number, name = 'System RAM'): number {
  for (let parent = iomem; ; ) {
    const conflict = request_resource(parent, newResource(name, start, start + size - 1, true));
    if (conflict === undefined) return 0;
    if (conflict === parent || conflict.busy) return -17;
    parent = conflict;
  }
}
/** The range and its busy neighbours of the same name, where they touch, become one line. Source: merge_system_ram_resource(). */
export function merge_system_ram_resource(parent: Resource, start: number, end: number): void {
  const at = parent.children.findIndex((c) => c.start === start && c.end === end);
  const own = parent.children[at];
  if (own === undefined) {
    for (const c of parent.children) if (overlaps(c, start, end)) merge_system_ram_resource(c, start, end);
    return;
  }
  const alike = (c: Resource | undefined): c is Resource => c?.busy === true && c.name === own.name && c.children.length === 0 && own.children.length === 0;
  const next = parent.children[at + 1];
  if (alike(next) && next.start === own.end + 1) {
    own.end = next.end;
    parent.children.splice(at + 1, 1);
  }
  const before = parent.children[at - 1];
  if (alike(before) && before.end + 1 === own.start) {
    own.start = before.start;
    parent.children.splice(at - 1, 1);
  }
}
/** Takes a range out of the memory that holds it: the whole of it, an end, or the middle. Source: release_mem_region_adjustable(). */
export function release_mem_region_adjustable(parent: Resource, start: number, end: number): void {
  const holder = parent.children.find((c) => c.start <= start && end <= c.end);
  if (holder === undefined) return;
  if (!holder.busy) {
    release_mem_region_adjustable(holder, start, end);
    return;
  }
  if (holder.start === start && holder.end === end) {
    release_resource(parent, start, end);
    return;
  }
  if (holder.start === start) holder.start = end + 1;
  else if (holder.end === end) holder.end = start - 1;
  else {
    const rest = newResource(holder.name, end + 1, holder.end, true);
    holder.end = start - 1;
    request_resource(parent, rest);
  }
}

/** release_resource() of the child that spans exactly this range, wherever it hangs; its own children move up. True: it was there. */
export function release_resource(parent: Resource, start: number, end: number): boolean {
  const at = parent.children.findIndex((c) => c.start === start && c.end === end);
  if (at >= 0) {
    const [gone] = parent.children.splice(at, 1);
    parent.children.push(...(gone as Resource).children);
    parent.children.sort((a, b) => a.start - b.start);
    return true;
  }
  return parent.children.some((c) => overlaps(c, start, end) && release_resource(c, start, end));
}

/** Does busy System RAM cover the whole range? What walk_system_ram_range() adds up for the hole check of offline_pages(). Bytes of it. */
export function system_ram_bytes(iomem: Resource, start: number, end: number): number {
  let bytes = 0;
  for (const r of iomem.children) {
    if (r.name.startsWith('System RAM')) bytes += Math.max(0, Math.min(r.end, end) - Math.max(r.start, start) + 1);
    else bytes += system_ram_bytes(r, Math.max(start, r.start), Math.min(end, r.end));
  }
  return bytes;
}

const MAX_IORES_LEVEL = 5;
/** Text of /proc/iomem. Without CAP_SYS_ADMIN every address reads 0. Addresses have at least 8 digits. */
export function formatIomem(iomem: Resource, privileged = true): string {
  let text = '';
  const hex = (n: number): string => (privileged ? n : 0).toString(16).padStart(8, '0');
  const walk = (r: Resource, level: number): void => {
    for (const c of r.children) {
      text += `${'  '.repeat(level)}${hex(c.start)}-${hex(c.end)} : ${c.name}\n`;
      if (level + 1 < MAX_IORES_LEVEL) walk(c, level + 1);
    }
  };
  walk(iomem, 0);
  return text;
}

const LINE = /^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$/;
/** The tree that such a text was printed from, as far as the text shows it: ranges beyond 52 bits and lines of another form are left out. */
export function parseIomem(text: string): Resource {
  const iomem = createIomem();
  const parents = [iomem];
  for (const line of text.split('\n')) {
    const [, indent = '', from = '', to = '', name = ''] = LINE.exec(line) ?? [];
    const start = Number.parseInt(from, 16);
    const end = Number.parseInt(to, 16);
    const level = Math.min(indent.length / 2, parents.length - 1);
    const parent = parents[level];
    if (parent === undefined || !(start <= end) || end > iomem.end) continue;
    const resource = newResource(name, start, end, name.startsWith('System RAM') || /^(Kernel (code|data|rodata|bss)|Crash kernel)$/.test(name));
    parent.children.push(resource);
    parents.splice(level + 1, parents.length, resource);
  }
  return iomem;
}
/** Bytes reserved for a crash kernel. */
export const crashBytes = (parent: Resource): number => parent.children.reduce((sum, c) => sum + (c.name === 'Crash kernel' ? c.end - c.start + 1 : crashBytes(c)), 0);
