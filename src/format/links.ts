/** What a line of output speaks of and the picture can show: memory blocks, frames, addresses, nodes, files. Pure. */

export type Target =
  | { readonly kind: 'block'; readonly id: number }
  | { readonly kind: 'frame'; readonly pfn: number }
  /** Physical address, bytes. */
  | { readonly kind: 'address'; readonly address: number }
  | { readonly kind: 'node'; readonly nid: number }
  | { readonly kind: 'path'; readonly path: string };
export interface Link {
  readonly start: number;
  readonly end: number;
  readonly target: Target;
}

/**
 * path · pfn:0x1f, pfn 0x1f, firstpfn=0x1f · memory7, memory block 7 · node0, Node 0 · 0x with nine digits and more: an address; with fewer: a frame ·
 * 00100000-3fffffff at the beginning of a line: addresses as /proc/iomem prints them
 */
const PATTERN = new RegExp(
  [
    String.raw`(?<path>(?<![\w.)}/-])/(?:sys|proc|dev|etc|tmp|root|usr|run|var|bin|sbin)(?:/[\w.+@:-]*[\w+@-])+)`, String.raw`\b(?:first)?pfn[ :=]+(?:0x)?(?<pfn>[0-9a-f]{1,10})\b`, String.raw`\bmemory(?: block )?(?<block>\d{1,5})\b`,
    String.raw`\b[Nn]ode ?(?<node>\d{1,3})\b`, String.raw`\b0x(?<address>[0-9a-f]{9,16})\b`, String.raw`\b0x(?<short>[0-9a-f]{1,8})\b`, String.raw`(?<=^\s*|^\s*[0-9a-f]{8,16}-)(?<iomem>[0-9a-f]{8,16})(?=-[0-9a-f]{8,16} : | : )`,
  ].join('|'), 'gi',
);

function targetOf(groups: Readonly<Record<string, string | undefined>>): Target {
  const { path, pfn, block, node, address, iomem, short } = groups;
  const inside = /\/memory(\d{1,5})(?:\/|$)/.exec(path ?? '')?.[1];
  if (inside !== undefined) return { kind: 'block', id: Number(inside) };
  if (path !== undefined) return { kind: 'path', path };
  if (block !== undefined) return { kind: 'block', id: Number(block) };
  if (node !== undefined) return { kind: 'node', nid: Number(node) };
  if (pfn !== undefined || short !== undefined) return { kind: 'frame', pfn: Number.parseInt(pfn ?? short ?? '', 16) };
  return { kind: 'address', address: Number.parseInt(address ?? iomem ?? '', 16) };
}

/** Longer lines are searched only to here: nobody clicks behind it. */
const MOST = 4000;
/** Ascending, disjoint. */
export function linksIn(text: string): Link[] {
  const links: Link[] = [];
  for (const match of text.slice(0, MOST).matchAll(PATTERN)) links.push({ start: match.index, end: match.index + match[0].length, target: targetOf(match.groups ?? {}) });
  return links;
}

/** A target as one word, to be kept in an attribute, and back. */
export const packTarget = (t: Target): string => `${t.kind}:${t.kind === 'block' ? t.id : t.kind === 'frame' ? t.pfn : t.kind === 'address' ? t.address : t.kind === 'node' ? t.nid : t.path}`;
export function unpackTarget(word: string): Target | undefined {
  const [, kind, value = ''] = /^(block|frame|address|node|path):(.*)$/.exec(word) ?? [];
  const n = Number(value);
  return kind === 'block' ? { kind, id: n } : kind === 'frame' ? { kind, pfn: n } : kind === 'address' ? { kind, address: n } : kind === 'node' ? { kind, nid: n } : kind === 'path' ? { kind, path: value } : undefined;
}
