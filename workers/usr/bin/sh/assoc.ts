/** The order of associative arrays: bash keeps them in a hash table and walks it bucket by bucket, the newest of a bucket first. */

/** Buckets of an associative array (bash 5.2). */
const BUCKETS = 1024;
/** FNV-1, 32 bits, as bash's hash_string(). */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash, 0x01000193) ^ key.charCodeAt(i);
  return hash & (BUCKETS - 1);
}
/** Entries in the order in which bash shows them. */
export const inHashOrder = (assoc: ReadonlyMap<string, string>): [string, string][] =>
  [...assoc]
    .map((entry, i) => ({ entry, i, bucket: hashOf(entry[0]) }))
    .sort((a, b) => a.bucket - b.bucket || b.i - a.i)
    .map(({ entry }) => entry);
