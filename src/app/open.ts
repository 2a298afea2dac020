import os from "node:os";
import path from "node:path";
import { systemClock } from "#base/clock.ts";
import { openLedger } from "#bmc/ledger.ts";
import type { Engine } from "#engine/engine.ts";
import { loadEstate, findEstate } from "#estate/load.ts";
import { openFacts } from "#inventory/facts.ts";
import type { Looker } from "#probes/probe.ts";
import type { Database } from "#store/database.ts";
import type { App, AppOptions, MachineHandle } from "./app.ts";
import { machineHandle } from "./machine-handle.ts";
import { openSecrets } from "./secrets.ts";
import { stateDirectory } from "./state-dir.ts";

/** The person at the door, as runs and audits name them. */
export function personHere(env: NodeJS.ProcessEnv): string {
  const user = env.SUDO_USER ?? userName();
  return `${user}@${os.hostname()}`;
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}`;
  }
}

/** Builds the application. Cheap: each part is made when first asked for, and the database only by changing verbs. */
export function openApp(options: AppOptions = {}): App {
  const { env = process.env, cwd = process.cwd(), clock = systemClock } = options;
  const stateDir = stateDirectory(options.state, env);
  const facts = openFacts(stateDir);
  const ledger = openLedger(stateDir, { clock });
  const look: Looker = async (probe, how) => (await import("#probes/look.ts")).look(probe, how);

  const estate = once(async () => {
    const root = findEstate({ env, cwd, ...(options.estate === undefined ? {} : { flag: options.estate }) });
    const quirks = async () => (await import("#bmc/quirks.ts")).quirkIds;
    return loadEstate({ root, cacheDir: path.join(stateDir, "cache"), quirks });
  });
  const secrets = once(async () => openSecrets(await estate(), env));

  async function machine(name: string): Promise<MachineHandle> {
    return machineHandle(name, { estate: await estate(), secrets: await secrets(), facts, ledger, look, clock });
  }

  const database = once(async (): Promise<Database> => {
    const { openDatabase } = await import("#store/database.ts");
    return openDatabase({ stateDir, ...(env.DATABASE_URL ? { url: env.DATABASE_URL } : {}) });
  });
  const engine = once(async (): Promise<Engine> => {
    const { openEngine } = await import("./engine.ts");
    return openEngine({ estate, secrets, machine, database, look, stateDir, who: personHere(env) }, clock);
  });

  return {
    stateDir,
    clock,
    facts,
    look,
    estate,
    machine,
    database,
    engine,
    begin: async (workflow, name, input, { why } = {}) => {
      const handle = await machine(name);
      const { prepare } = await import("./prepare.ts"); // with the query builder behind it, which reading verbs do not need
      const claims = await prepare(workflow, handle, input, await estate(), await secrets());
      return (await engine()).start(workflow, input, {
        machine: name,
        claims,
        who: personHere(env),
        ...(why === undefined ? {} : { why }),
      });
    },
    [Symbol.asyncDispose]: async () => {
      await engine.made()?.then(
        (made) => made[Symbol.asyncDispose](),
        () => undefined,
      );
      await database.made()?.then(
        (made) => made[Symbol.asyncDispose](),
        () => undefined,
      );
    },
  };
}

/** Makes a thing when first asked for, and tells whether it was. */
function once<T>(make: () => Promise<T>): (() => Promise<T>) & { made: () => Promise<T> | undefined } {
  let made: Promise<T> | undefined;
  return Object.assign(() => (made ??= make()), { made: () => made });
}
