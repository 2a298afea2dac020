import path from "node:path";
import { UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import { milliseconds, seconds, type Ms } from "#base/units.ts";
import type { Estate } from "#estate/estate.ts";
import type { Looker } from "#probes/probe.ts";
import type { Database } from "#store/database.ts";
import type { Fleet, Job, JobInput, Subject } from "#workflows/fleet.ts";
import type { MachineHandle } from "./app.ts";
import { wakeHistory } from "./history.ts";
import { defaultWithin } from "./machine-handle.ts";
import { spendPowerAction } from "./power-budget.ts";
import { planProbe } from "./probes.ts";
import { sourceOf, sshLogin, type SecretBox } from "./secrets.ts";

export interface FleetDeps {
  estate: () => Promise<Estate>;
  secrets: () => Promise<SecretBox>;
  machine: (name: string) => Promise<MachineHandle>;
  database: () => Promise<Database>;
  look: Looker;
  stateDir: string;
  who: string;
}

/** The outside world as the workflows see it. */
export function openFleet(deps: FleetDeps): Fleet {
  return {
    subject: async (name) => subject(await deps.machine(name), await deps.estate(), await deps.secrets()),
    look: deps.look,
    patience: async (name) => {
      const history = await wakeHistory(await deps.database(), name);
      return milliseconds(Math.max(defaultWithin, 1.5 * seconds(history?.longestSeconds ?? 0)));
    },
    spendPowerAction: async (_, machine, bmcKey, action, options) =>
      spendPowerAction(await deps.database(), { machine, bmcKey, action, who: deps.who, ...options }),
    secret: async (source) => (await deps.secrets()).read(await sourceOf(source)),
    scratch: (runId) => path.join(deps.stateDir, "jobs", runId),
  };
}

/** A machine as workflows see it. */
export function subject(handle: MachineHandle, estate: Estate, secrets: SecretBox): Subject {
  const { name, declared } = handle;
  const ready = declared.probes.ready;
  const { tries, between, within } = declared.wake;
  return {
    name,
    wake: { tries, between, ...optional(ready?.within ?? within) },
    stop: {
      within: declared.stop.within,
      ...(declared.stop.hardAfter === undefined ? {} : { hardAfter: declared.stop.hardAfter }),
    },
    open: () => handle.bmc(),
    ready: () => handle.probe("ready"),
    witnesses: async () => {
      const declaredWitnesses = declared.site === undefined ? [] : (estate.sites.get(declared.site)?.witness ?? []);
      return Promise.all(
        declaredWitnesses.map((each, index) => planProbe(`witness ${index + 1}`, each, secrets, milliseconds(0))),
      );
    },
    job: (input) => job(handle, input, secrets),
  };
}

const optional = (within: Ms | undefined) => (within === undefined ? {} : { within });

async function job(handle: MachineHandle, input: JobInput, secrets: SecretBox): Promise<Job> {
  if ("command" in input) return { command: input.command, where: "local" };
  const declared = handle.declared.jobs[input.job];
  if (!declared) {
    throw new UsageError("job.unknown", `declares no job '${input.job}'`, {
      subject: handle.name,
      advice:
        didYouMean(input.job, Object.keys(handle.declared.jobs)) ||
        "declare it under 'jobs:', or give the command after --",
    });
  }
  const { command, where, timeout } = declared;
  const limit = timeout === undefined ? {} : { timeout };
  if (where === "local") return { command, where, ...limit };
  const { host, port, credentials, hostKey } = where.ssh;
  return {
    command,
    where: { host, port, login: sshLogin(await secrets.login(credentials, "ssh"), hostKey) },
    ...limit,
  };
}
