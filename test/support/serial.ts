import type { Clock } from "#base/clock.ts";
import { Secret } from "#base/secret.ts";
import type { Bmc, IpmiBmcTarget } from "#bmc/bmc.ts";
import { connect, type BmcDeps } from "#bmc/connect.ts";
import type { SerialGap, SerialInput, SerialLine, SerialOptions } from "#bmc/serial.ts";
import type { SimulatedMachine } from "#simulator/machine.ts";

/** Somebody at a console, who writes down what comes. */
export interface Sitting extends AsyncDisposable {
  readonly line: SerialLine;
  readonly bmc: Bmc;
  /** All that came so far, characters apart. */
  readonly seen: readonly Exclude<SerialInput, { type: "data" }>[];
  /** The characters; a gap stands as `<gap: why>`. */
  text(): string;
  type(text: string): Promise<void>;
  /** Why it ended; undefined while it goes on and after it was closed. */
  error(): unknown;
}

/** Opens SOL at a simulated BMC, or at any other, and reads along. */
export async function sit(
  at: SimulatedMachine | Partial<IpmiBmcTarget>,
  clock: Clock,
  options: SerialOptions & { quirks?: readonly string[]; deps?: BmcDeps } = {},
): Promise<Sitting> {
  const where = "bmc" in at ? { address: at.bmc.address, port: at.bmc.port } : at;
  const { quirks, deps, ...how } = options;
  const target: IpmiBmcTarget = {
    kind: "ipmi",
    machine: "web01",
    address: "127.0.0.1",
    port: 623,
    username: "admin",
    password: new Secret("correct horse"),
    ...(quirks ? { quirks } : {}),
    ...where,
  };
  const bmc = connect(target, { clock, ...deps });
  try {
    if (!bmc.serial) throw new Error("no serial facet");
    return read(bmc, await bmc.serial.open(how));
  } catch (error) {
    await bmc[Symbol.asyncDispose]();
    throw error;
  }
}

function read(bmc: Bmc, line: SerialLine): Sitting {
  const seen: Exclude<SerialInput, { type: "data" }>[] = [];
  const chunks: string[] = [];
  let failure: unknown;
  const reading = (async () => {
    for await (const input of line) {
      if (input.type === "data") chunks.push(Buffer.from(input.bytes).toString("latin1"));
      else seen.push(input);
      if (input.type === "gap") chunks.push(`<gap: ${input.why}>`);
    }
  })().catch((error: unknown) => (failure = error));
  return {
    line,
    bmc,
    seen,
    text: () => chunks.join(""),
    type: (text) => line.write(Buffer.from(text)),
    error: () => failure,
    [Symbol.asyncDispose]: async () => {
      await line.close();
      await reading;
      await bmc[Symbol.asyncDispose]();
    },
  };
}

/**
 * Numbers one to a line, as a server would count: what was lost, doubled or swapped shows. Gives what is wrong with a text of them; gaps may stand in it,
 * and excuse what is missing there.
 */
export function wrongInCounting(text: string): string[] {
  const pieces = text.split(/<gap: [a-z-]+>/);
  const wrong: string[] = [];
  let last = 0;
  pieces.forEach((piece, index) => {
    // Next to a gap a line may be cut off.
    const lines = piece.split("\n").slice(index > 0 ? 1 : 0, -1);
    lines.forEach((line, at) => {
      const number = Number(line);
      const jumped = index > 0 && at === 0 && number > last;
      if (number !== last + 1 && !jumped) wrong.push(`${line} after ${last}`);
      last = number;
    });
  });
  return wrong;
}

/** `from`..`to`, one to a line. */
export function counted(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join("");
}

export const gapsIn = (seen: Sitting["seen"]): SerialGap[] =>
  seen.flatMap((input) => (input.type === "gap" ? [input.why] : []));
