import { ExitCode, RackhandError, UsageError } from "#base/errors.ts";
import { bootDevices } from "#bmc/bmc.ts";
import type { RunRecord } from "#engine/engine.ts";
import type { BootInput } from "#workflows/boot/index.ts";
import type { Call } from "../call.ts";
import { carryOut } from "../carry-out.ts";
import { choice } from "../choice.ts";
import { planBoot } from "../dry-run.ts";
import { bootWords } from "../output/device-words.ts";
import { bootResult } from "../results.ts";

export async function run(call: Call): Promise<number> {
  const machine = call.argument(0);
  const input = bootInput(call);
  if (input === undefined) return show(call, machine);
  if (call.flag("dryRun")) return planBoot(call, machine, input);
  return carryOut(call, { workflow: "boot", machine, input, tell: (done) => tell(call, done) });
}

function bootInput(call: Call): BootInput | undefined {
  const device = choice(call.argument(1), bootDevices);
  const flags = ["once", "always", "uefi", "legacy"].filter((name) => call.flag(name));
  for (const [one, other] of [
    ["once", "always"],
    ["uefi", "legacy"],
  ] as const) {
    if (call.flag(one) && call.flag(other))
      throw new UsageError("usage.option", `--${one} and --${other} exclude each other`);
  }
  if (device !== undefined) {
    return {
      device,
      persistence: call.flag("always") ? "always" : "once",
      ...(call.flag("uefi") ? { uefi: true } : call.flag("legacy") ? { uefi: false } : {}),
    };
  }
  if (flags.length > 0)
    throw new UsageError("usage.argument", `--${flags[0]} needs a boot device`, {
      advice: `one of ${bootDevices.join(", ")}`,
    });
  return undefined;
}

/** Without a device: what is set now. Starts no database. */
async function show(call: Call, machine: string): Promise<number> {
  const { out, signal } = call;
  const handle = await (await call.app()).machine(machine);
  await using bmc = await handle.bmc();
  if (!bmc.boot)
    throw new RackhandError("boot.absent", "its management controller cannot set a boot device", { subject: machine });
  const found = await bmc.boot.get(signal);
  out.line(`${machine}: ${bootWords(found)}`);
  const { override, valid, notKept } = found;
  out.row({ machine, ...override, valid, notKept });
  out.result({ ok: true, machine });
  return ExitCode.done;
}

function tell({ out }: Call, { machine, result }: RunRecord): void {
  const set = bootResult(result);
  if (!set) return;
  const { device, persistence, uefi, valid, notKept } = set;
  const override = { device, persistence, ...(uefi === null ? {} : { uefi }) };
  const lost = notKept.filter((bit) => bit === "valid" || bit === "persistence" || bit === "uefi");
  out.line(
    `${out.paint.bold(machine)} boots: ${bootWords({ override, valid: valid || lost.includes("valid"), notKept: lost })}`,
  );
}
