import type { Call } from "../call.ts";

export async function run(call: Call): Promise<number> {
  const { out, signal } = call;
  const machine = call.argument(0);
  const app = await call.app();
  const handle = await app.machine(machine);
  const { releaseBmc } = await import("#bmc/release.ts");
  const released = await releaseBmc(await handle.holdings(), { clock: app.clock, signal });
  for (const one of released) out.row({ machine, ...one });
  const gone = released.filter(({ was }) => was === "given-up");
  const words = gone.map(({ what, bmc }) => `${what} at ${bmc}`);
  out.line(
    `${machine}: ${words.length > 0 ? `given up: ${words.join(", ")}` : "no rackhand of this host had a session"}`,
  );
  out.result({ ok: true, machine, givenUp: gone.length });
  return 0;
}
