/** Where the machine stands in time, which branches there are, and what the reader marked. */
import { create } from 'zustand';
import type { BranchInfo, Comparison } from '../../workers/uapi/time.ts';

export interface Bookmark {
  readonly branch: number;
  readonly seq: number;
  readonly name: string;
}
/** Characters of a name. */
export const MAX_NAME = 60;

export interface TimeState {
  readonly branch: number;
  /** Last event of the branch that is known. */
  readonly end: number;
  readonly branches: readonly BranchInfo[];
  readonly bookmarks: readonly Bookmark[];
  /** Event a seek under way is heading for, undefined: none is. */
  readonly heading: number | undefined;
  /** On the way to the moment that a link names: it is lived for the first time, and nobody knows how many events it takes. */
  readonly arriving: boolean;
  /** Why the last step led nowhere. */
  readonly refused: string | undefined;
  /** What the compare dialog shows; 'asking' while it is worked out. */
  readonly comparison: Comparison | 'asking' | undefined;
}
const EMPTY: TimeState = { branch: 0, end: 0, branches: [], bookmarks: [], heading: undefined, arriving: false, refused: undefined, comparison: undefined };
export const useTime = create<TimeState>()(() => EMPTY);

export const resetTime = (): void => { useTime.setState(EMPTY); };
/** A name for where one is; the same place twice is one bookmark. */
export function addBookmark(bookmark: Bookmark): void {
  useTime.setState(({ bookmarks }) => ({ bookmarks: [...bookmarks.filter((b) => b.branch !== bookmark.branch || b.seq !== bookmark.seq), bookmark].sort((a, b) => a.seq - b.seq) }));
}
/** Another name for a marked place; an empty one leaves the name as it is. */
export function renameBookmark(mark: Bookmark, name: string): void {
  const next = name.trim().slice(0, MAX_NAME);
  if (next !== '' && next !== mark.name) useTime.setState(({ bookmarks }) => ({ bookmarks: bookmarks.map((b) => (b === mark ? { ...b, name: next } : b)) }));
}
export const removeBookmark = (gone: Bookmark): void => { useTime.setState(({ bookmarks }) => ({ bookmarks: bookmarks.filter((b) => b !== gone) })); };
