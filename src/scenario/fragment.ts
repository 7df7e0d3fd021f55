/**
 * What stands behind # in the address: a scenario and how it is looked at, so that no server ever sees or keeps one.
 *   #v1;DEFLATED        a whole scenario: its text, deflate-raw, base64url
 *   #s=NAME             a scenario of the library
 *   #s=NAME;v1;DEFLATED the same, and statements that were added or take the place of its view, start and moment
 */

import { t } from '../strings/index.ts';

/** The encoding this build writes. */
const ENCODING = 1;
/** Characters of a fragment that are looked at. */
export const MAX_FRAGMENT = 1 << 17;
/** From here on a link is unwieldy and a file is offered instead. */
export const LONG_LINK = 8192;

export type Fragment =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'library'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): Fragment => ({ kind: 'refused', reason });
export const NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/;

export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
/** Undefined: not base64url. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function encoded(text: string): Uint8Array<ArrayBuffer> | string {
  const match = /^v(\d{1,6});(.*)$/.exec(text);
  if (!match) return t.link.foreign;
  const version = Number(match[1]);
  if (version > ENCODING) return t.link.newer(version, ENCODING);
  if (version < ENCODING) return t.link.noEncoding(version, ENCODING);
  return fromBase64Url(match[2] as string) ?? t.link.notBase64;
}

/** Reads the fragment of an address, with or without its #. Never throws. */
export function readFragment(hash: string): Fragment {
  const text = hash.replace(/^#/, '');
  if (text === '') return { kind: 'none' };
  if (text.length > MAX_FRAGMENT) return refused(t.link.tooLong(text.length, MAX_FRAGMENT));
  const library = /^s=([^;]*)(?:;(.*))?$/.exec(text);
  if (library) {
    const [, name = '', rest] = library;
    if (!NAME.test(name)) return refused(t.link.badName);
    if (rest === undefined) return { kind: 'library', name, bytes: undefined };
    const bytes = encoded(rest);
    return typeof bytes === 'string' ? refused(bytes) : { kind: 'library', name, bytes };
  }
  const bytes = encoded(text);
  return typeof bytes === 'string' ? refused(bytes) : { kind: 'whole', bytes };
}

export const wholeFragment = (bytes: Uint8Array): string => `#v${ENCODING};${toBase64Url(bytes)}`;
export const libraryFragment = (name: string, bytes?: Uint8Array): string => `#s=${name}${bytes ? `;v${ENCODING};${toBase64Url(bytes)}` : ''}`;
