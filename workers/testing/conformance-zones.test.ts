/** The score against the recorded 6.1: zone rules. */
import { holdFloors, SHARDS } from './hold-floors.ts';

holdFloors('linux-6.1', SHARDS['conformance-zones']);
