import type { FleetFile } from "../fleet-file.ts";

type Simulated = FleetFile["machines"][number];

/** UDP port of every simulated BMC: not 623, which only root may open. */
export const bmcPort = 6230;
/** TCP port that opens when a simulated server is ready. */
export const readyPort = 2200;

/** One machine of the lab: how it is simulated, and what the estate says of it besides its address. */
export interface LabMachine {
  name: string;
  /** One line for people. */
  about: string;
  address: string;
  server: NonNullable<Simulated["server"]>;
  bmc: Partial<Simulated["bmc"]>;
  network: NonNullable<Simulated["network"]>;
  /** How long `ready` may take. */
  within: string;
  /** Further lines of its Machine document. */
  yaml: string;
}

type Described = Pick<LabMachine, "name" | "about"> & Partial<LabMachine>;

const described: readonly Described[] = [
  {
    name: "backup01",
    about: "does not find its disk at three boots out of four; off",
    server: { post: "1500ms", boot: "1500ms", flaky: { succeedEvery: 4 } },
    within: "6s",
    yaml: `wake: { tries: 6, between: reset }
jobs:
  pull-snapshots:
    schedule: '0 3 * * *'
    command: [sh, -c, 'echo "3 snapshots pulled from the simulated NAS"']
    where: local
    after: stop
`,
  },
  { name: "web01", about: "healthy; on", server: { power: "on" } },
  { name: "web02", about: "healthy; off" },
  {
    name: "db01",
    about: "trains its memory for 45 s in POST: slow, not broken; off",
    server: { post: "45s" },
    within: "3m",
  },
  {
    name: "old01",
    about: "an old BMC: cipher suite 3 only, four sessions, 40 ms away, loses 3 % of the packets; on",
    server: { power: "on" },
    bmc: { cipherSuites: [3], sessionSlots: 4 },
    network: { delay: "40ms", loss: 0.03 },
  },
  {
    name: "vault01",
    about: "a strict BMC: cipher suite 17 only, with a K_g; off",
    bmc: { cipherSuites: [17], kgFile: "secrets/vault01-kg" },
    yaml: "",
  },
];

/** The lab's machines, on consecutive addresses of a /24 of the loopback network (`127.77.0`). */
export function labMachines(network: string): LabMachine[] {
  return described.map((machine, index) => ({
    server: {},
    bmc: {},
    network: {},
    within: "30s",
    yaml: "",
    ...machine,
    address: `${network}.${index + 1}`,
  }));
}
