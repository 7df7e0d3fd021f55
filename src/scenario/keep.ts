/**
 * Sessions kept in this browser: the running one every time the address is renewed, and those that were given a name. Nothing leaves the computer. Each tab writes to a
 * record of its own: it holds a lock of that record's name, and a tab that was duplicated finds the lock taken and begins another record.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';
import { printScenario } from '../../workers/scenario/print.ts';
import { type Scenario, stepsOf, titleOf } from '../../workers/scenario/scenario.ts';
import { openText, type Read } from './link.ts';

const kept = v.object({ id: v.string(), title: v.string(), text: v.string(), /** ms since 1970, when it was written last. */ at: v.number(), /** Kept until it is deleted. */ named: v.boolean() });
export type KeptSession = v.InferOutput<typeof kept>;
const FORMAT = 'hotplug-lab sessions';
const fileOf = v.object({ format: v.literal(FORMAT), version: v.literal(1), sessions: v.array(kept) });

interface Schema extends DBSchema {
  sessions: { key: string; value: KeptSession; indexes: { at: number } };
}
/** Sessions without a name that are kept. */
const MAX_RECENT = 30;
const TAB_KEY = 'hotplug-lab session';

let database: Promise<IDBPDatabase<Schema>> | undefined;
const open = (): Promise<IDBPDatabase<Schema>> => {
  database ??= openDB<Schema>('hotplug-lab', 1, {
    upgrade(db) { db.createObjectStore('sessions', { keyPath: 'id' }).createIndex('at', 'at'); },
    // Another tab has a newer page: it must not wait for this one.
    blocking(_current, _blocked, event) { (event.target as IDBDatabase).close(); },
    terminated() { database = undefined; },
  });
  return database;
};

/** The record of this tab; its lock is held as long as the tab lives. */
let own: Promise<string> | undefined;
function claim(id: string): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`${TAB_KEY} ${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Never settles: the lock goes with the tab.
      return lock === null ? undefined : new Promise<void>(() => undefined);
    }).catch(() => { resolve(true); });
  });
}
async function ownId(): Promise<string> {
  let stored: string | null = null;
  try {
    stored = sessionStorage.getItem(TAB_KEY);
  } catch {
    // Forbidden: this tab begins anew each time.
  }
  const id = stored !== null && await claim(stored) ? stored : crypto.randomUUID();
  if (id !== stored) await claim(id);
  try {
    sessionStorage.setItem(TAB_KEY, id);
  } catch {
    // As above.
  }
  return id;
}
/** This tab goes on with another record: a new one, since another scenario was opened, or one that it takes up again. */
export function newRecord(id: string = crypto.randomUUID()): void {
  own = (async () => {
    // Another tab may have taken it up meanwhile.
    const free = await claim(id) ? id : crypto.randomUUID();
    if (free !== id) await claim(free);
    try {
      sessionStorage.setItem(TAB_KEY, free);
    } catch {
      // Forbidden: the record is found in the list all the same.
    }
    return free;
  })();
}

/** Throws what the browser says if nothing can be kept: storage is full or forbidden. */
export async function keep(scenario: Scenario, title: string): Promise<void> {
  const steps = stepsOf(scenario).length;
  own ??= ownId();
  const id = await own;
  const db = await open();
  const before = await db.get('sessions', id);
  if (steps === 0 && before === undefined) return;
  await db.put('sessions', { id, title: before?.named ? before.title : titleOf(scenario) || title, text: printScenario(scenario), at: Date.now(), named: before?.named ?? false });
  const recent = (await db.getAllFromIndex('sessions', 'at')).filter(({ named }) => !named);
  for (const { id: old } of recent.slice(0, Math.max(0, recent.length - MAX_RECENT))) await db.delete('sessions', old);
}

/** Newest first. */
export const listKept = async (): Promise<KeptSession[]> => (await (await open()).getAllFromIndex('sessions', 'at')).reverse();
export const forget = async (id: string): Promise<void> => { await (await open()).delete('sessions', id); };
/** Gives it a name, by which it is kept until it is deleted. */
export const nameSession = async (session: KeptSession, title: string): Promise<void> => { await (await open()).put('sessions', { ...session, title, named: true }); };
export const duplicate = async (session: KeptSession, title: string): Promise<void> => { await (await open()).put('sessions', { ...session, id: crypto.randomUUID(), title, named: true, at: Date.now() }); };

/** All of them as one file. */
export const exportKept = async (): Promise<string> => `${JSON.stringify({ format: FORMAT, version: 1, sessions: await listKept() }, null, 1)}\n`;
/** Takes a file of exportKept() in beside what is there. Returns how many; undefined: it is not such a file. */
export async function importKept(text: string, read: Read): Promise<number | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(fileOf, value);
  if (!parsed.success) return undefined;
  const good: KeptSession[] = [];
  for (const session of parsed.output.sessions) if ((await openText(session.text, read)).ok) good.push(session);
  const db = await open();
  for (const session of good) await db.put('sessions', { ...session, id: crypto.randomUUID(), named: true });
  return good.length;
}

/** The session that was under way last and that no tab has open; undefined: there is none. */
export async function lastSession(): Promise<KeptSession | undefined> {
  const [newest] = await listKept();
  if (!newest) return undefined;
  const held = 'locks' in navigator ? ((await navigator.locks.query()).held ?? []).map(({ name }) => name) : [];
  return held.includes(`${TAB_KEY} ${newest.id}`) ? undefined : newest;
}
