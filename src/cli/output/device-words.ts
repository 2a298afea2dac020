import type { BootDevice, BootReadBack } from "#bmc/bmc.ts";
import type { Probe } from "#probes/probe.ts";

/** `tcp nas.example.net:22`: what a probe looks at. */
export function probeWords(probe: Probe): string {
  if (probe.kind === "http") return probe.url;
  if (probe.kind === "icmp") return `ping ${probe.host}`;
  const command = probe.kind === "ssh" && probe.command !== undefined ? ` (${probe.command})` : "";
  return `${probe.kind} ${probe.host}:${probe.port}${command}`;
}

/** What a BMC may be found to boot; `other` has no word here. */
export type SeenBootDevice = BootDevice | "other";

/** `pxe, once, UEFI`: a boot override as it was read back. */
export function bootWords({ override, valid, notKept }: BootReadBack<SeenBootDevice>): string {
  const { device, persistence, uefi } = override;
  if (device === "none" || !valid) return device === "none" ? "none" : `none (${device} is stored, but not valid)`;
  const mode = uefi === undefined ? [] : [uefi ? "UEFI" : "legacy"];
  const lost = notKept.length === 0 ? "" : ` (this BMC does not keep: ${notKept.join(", ")})`;
  return [device, persistence, ...mode].join(", ") + lost;
}
