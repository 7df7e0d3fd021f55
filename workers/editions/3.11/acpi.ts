/**
 * Mirrors: what acpi_scan_bus_device_check(), acpi_bus_device_eject() and acpi_bus_hot_remove_device() of drivers/acpi/scan.c (3.11) tell the firmware. An insertion is announced before
 * the bus is scanned; an eject that went well ends with _EJ0 and no word more; one that did not is a failure without a name, a busy block included.
 */
import { ACPI_OST_SC_NON_SPECIFIC_FAILURE } from '../../drivers/acpi/acpi_memhotplug.ts';
import type { AcpiReports } from '../../mm/edition.ts';

const ACPI_OST_SC_INSERT_IN_PROGRESS = 0x80;
const ACPI_OST_SC_INSERT_NOT_SUPPORTED = 0x82;

export const acpi_reports: AcpiReports = {
  insert_in_progress: ACPI_OST_SC_INSERT_IN_PROGRESS, insert_not_supported: ACPI_OST_SC_INSERT_NOT_SUPPORTED, eject_needs_driver: 1, eject_disabled: '', container_device: 0, may_force_remove: 1,
  eject_begins: (source_event) => source_event,
  eject_ended: (ret) => (ret === 0 ? -1 : ACPI_OST_SC_NON_SPECIFIC_FAILURE),
};
