import type { Clock } from "#base/clock.ts";
import { UsageError } from "#base/errors.ts";
import { Secret } from "#base/secret.ts";
import type { Bmc } from "#bmc/bmc.ts";
import { serialConsole } from "#bmc/serial-roads.ts";
import type { SerialFacet } from "#bmc/serial.ts";
import type { Machine } from "#estate/machine.ts";
import { sshLogin, type Login, type SecretBox } from "./secrets.ts";

interface SerialDeps {
  secrets: SecretBox;
  clock: Clock;
  bmc: () => Promise<Bmc>;
}

const sshPort = 22;

/** The serial console of a machine as it is declared, its secrets read. Throws UsageError `console.absent`, `secret.…`. */
export async function serialOf(machine: Machine, deps: SerialDeps): Promise<SerialFacet & AsyncDisposable> {
  const { serial = "sol" } = machine.console ?? {};
  if (serial === "sol") return overLan(machine, deps);
  const facet = await elsewhere(machine, serial, deps);
  return { ...facet, [Symbol.asyncDispose]: async () => {} };
}

/** SOL belongs to the controller: it is let go together with it. */
async function overLan(machine: Machine, { bmc }: SerialDeps): Promise<SerialFacet & AsyncDisposable> {
  if (!machine.bmc) throw absent(machine, "it has no controller");
  const controller = await bmc();
  const dispose = () => controller[Symbol.asyncDispose]();
  try {
    if (!controller.serial) await controller.contact?.();
    const { serial } = controller;
    if (!serial) throw absent(machine, "its controller offers none over IPMI");
    return { name: serial.name, open: (options) => serial.open(options), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function elsewhere(machine: Machine, serial: string, { secrets, clock }: SerialDeps): Promise<SerialFacet> {
  const { name } = machine;
  if (serial.startsWith("tcp://")) {
    const { hostname, port } = new URL(serial);
    return serialConsole(
      { kind: "tcp", machine: name, host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port) },
      clock,
    );
  }
  const login = await loginOf(machine, secrets);
  const { certificate, port = sshPort, shell, hostKey, oldAlgorithms } = machine.console ?? {};
  if (serial !== "ssh") {
    const account = login ? { login: { username: login.username, password: login.password ?? new Secret("") } } : {};
    const pinned = certificate === undefined ? {} : { certificate };
    return serialConsole({ kind: "websocket", machine: name, url: serial, ...account, ...pinned }, clock);
  }
  if (!machine.bmc || !login) throw absent(machine, "SSH leads to its controller, and it has none");
  return serialConsole(
    {
      kind: "ssh",
      machine: name,
      host: machine.bmc.address,
      port,
      login: sshLogin(login, hostKey),
      ...(shell === undefined ? {} : { shell }),
      ...(oldAlgorithms === undefined ? {} : { oldAlgorithms }),
    },
    clock,
  );
}

/** The console's own credentials, else the controller's; none for a console that nobody guards. */
async function loginOf(machine: Machine, secrets: SecretBox): Promise<Login | undefined> {
  const credentials = machine.console?.credentials ?? machine.bmc?.credentials;
  return credentials === undefined ? undefined : secrets.login(credentials, "bmc");
}

function absent(machine: Machine, why: string): UsageError {
  return new UsageError("console.absent", `no serial console: ${why}`, {
    subject: machine.name,
    advice: "declare it: console: { serial: sol | ssh | tcp://HOST:PORT | ws://… }",
  });
}
