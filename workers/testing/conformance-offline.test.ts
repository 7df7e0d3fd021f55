/** The score against the recorded 6.1: offline, poison and virtio-mem. */
import { holdFloors, SHARDS } from './hold-floors.ts';

holdFloors('linux-6.1', SHARDS['conformance-offline']);
