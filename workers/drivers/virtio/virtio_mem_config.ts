/** Mirrors: include/uapi/linux/virtio_mem.h (6.1): what the driver of a virtio-mem device sees of it, and the device's answers. Bytes. */

/** VIRTIO_MEM_RESP_*. */
export type Response = 'ACK' | 'NACK' | 'BUSY' | 'ERROR';

/** The device as its driver reads and asks it. */
export interface VirtioMemDevice {
  /** Where its region lies, and how much there is at most. */
  readonly addr: number;
  readonly region_size: number;
  /** Smallest piece that can be plugged. */
  readonly block_size: number;
  readonly nid: number;
  /** What the host wants plugged, what is plugged, and how far the region may be used now. */
  requested_size(): number;
  plugged_size(): number;
  usable_region_size(): number;
  plug(addr: number, size: number): Response;
  unplug(addr: number, size: number): Response;
  unplug_all(): Response;
}
