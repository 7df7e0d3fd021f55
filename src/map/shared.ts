/** Memory that another thread can read, where the machine's own is such. */

export const isShared = (buffer: ArrayBufferLike): boolean => typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;

/** Makes buffers (bytes, all zero) of the same sort as this one. Typed as the tables' columns are, for which it makes no difference. */
export const roomLike = (like: ArrayBufferLike): ((bytes: number) => ArrayBuffer) => (isShared(like) ? (bytes) => new SharedArrayBuffer(bytes) as unknown as ArrayBuffer : (bytes) => new ArrayBuffer(bytes));
