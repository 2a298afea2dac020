import type { Clock } from "#base/clock.ts";
import { seconds } from "#base/units.ts";
import type { Command } from "../command.ts";
import { CompletionCodeError, ConsoleDisabledError, ConsoleStuckError, ConsoleTakenError } from "../errors.ts";
import { ActivatePayload, DeactivatePayload, SetSolConfiguration, SolParameter } from "../payload.ts";
import type { Session } from "../session.ts";
import { PayloadType } from "../packet.ts";
import { describeOwner, ownerOf, type SolOwner } from "./owner.ts";

/** SOL has one instance on every BMC that was ever seen. */
export const solInstance = { payloadType: PayloadType.sol, instance: 1 } as const;

const Code = { alreadyActive: 0x80, disabled: 0x81, limit: 0x82, notEncrypted: 0x83, onlyEncrypted: 0x84 } as const;

/** Deactivate, wait, activate: so often, before SOL is switched off and on. */
const rounds = 3;
const settle = seconds(1);
const presentChannel = 0x0e;

export interface ActivateOptions {
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** The BMC's ids of sessions that were ours: what they hold is taken back without asking. */
  ours: readonly number[];
  /** Somebody else has it: may it be taken away? */
  consent: (owner: SolOwner) => boolean | Promise<boolean>;
}

/** What the BMC granted. */
export interface Activation {
  /** Characters that a packet of ours may carry. */
  size: number;
  clear: boolean;
  /** The UDP port that it wants SOL on, as it says it. */
  port: number;
  /** Whom it was taken from. */
  takenFrom?: SolOwner;
}

interface Answer {
  completionCode: number;
  data: Uint8Array;
}

/** Activates SOL in the session; takes it over from who has it when `consent` allows it. */
export class Activator {
  readonly #session: Session;
  readonly #options: ActivateOptions;
  #clear = false;

  constructor(session: Session, options: ActivateOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Throws ConsoleTakenError, ConsoleDisabledError, ConsoleStuckError, CompletionCodeError and what the session throws. */
  async run(): Promise<Activation> {
    const first = await this.#activate();
    if (first.completionCode !== Code.alreadyActive) return this.#granted(first);
    const takenFrom = await this.#mayTake();
    const answer = (await this.#free()) ?? (await this.#toggle());
    if (answer.completionCode === Code.alreadyActive) throw new ConsoleStuckError(this.#session.subject, rounds);
    return { ...this.#granted(answer), ...(takenFrom ? { takenFrom } : {}) };
  }

  async #activate(): Promise<Answer> {
    const answer = await this.#ask(ActivatePayload, {
      ...solInstance,
      encrypt: !this.#clear,
      authenticate: true,
      alerts: "deferred",
      startupHandshake: false,
    });
    const other = this.#clear ? Code.onlyEncrypted : Code.notEncrypted;
    if (answer.completionCode !== other) return answer;
    this.#clear = !this.#clear;
    return this.#ask(ActivatePayload, {
      ...solInstance,
      encrypt: !this.#clear,
      authenticate: true,
      alerts: "deferred",
      startupHandshake: false,
    });
  }

  #granted({ completionCode, data }: Answer): Activation {
    const { subject } = this.#session;
    const { completionCodes, name, response } = ActivatePayload;
    if (completionCode === Code.disabled || completionCode === Code.limit)
      throw new ConsoleDisabledError(subject, completionCodes[completionCode] ?? "");
    if (completionCode !== 0) throw new CompletionCodeError(subject, name, completionCode, completionCodes);
    const { inboundSize, outboundSize, port } = response.decode(data);
    return { size: packetSize(inboundSize, outboundSize), port, clear: this.#clear };
  }

  /** Who has it; throws ConsoleTakenError when it is somebody else and may not be taken from them. */
  async #mayTake(): Promise<SolOwner | undefined> {
    const session = this.#session;
    const owner = await ownerOf(session, this.#options.signal);
    const mine =
      owner.sessionId !== undefined && [session.managedSessionId, ...this.#options.ours].includes(owner.sessionId);
    if (mine) return undefined;
    if (!(await this.#options.consent(owner))) throw new ConsoleTakenError(session.subject, describeOwner(owner));
    return owner;
  }

  /** Some answer success to a deactivation and do nothing (H8QME), some refuse both (Dell M605): undefined when it did not help. */
  async #free(): Promise<Answer | undefined> {
    for (let round = 0; round < rounds; round++) {
      await this.#ask(DeactivatePayload, solInstance);
      await this.#options.clock.sleep(settle, this.#options.signal);
      const answer = await this.#activate();
      if (answer.completionCode !== Code.alreadyActive) return answer;
    }
    return undefined;
  }

  /** SOL off and on again. */
  async #toggle(): Promise<Answer> {
    for (const on of [0, 1]) {
      const request = { channel: presentChannel, parameter: SolParameter.enable, data: Uint8Array.of(on) };
      await this.#ask(SetSolConfiguration, request);
      await this.#options.clock.sleep(settle, this.#options.signal);
    }
    return this.#activate();
  }

  /** At the highest level there is: what SOL needs is a setting of the BMC's. */
  #ask<Q>({ netFn, code, request }: Command<Q, unknown>, values: Q): Promise<Answer> {
    const { signal } = this.#options;
    return this.#session.raw(netFn, code, request.encode(values), { effect: "sets", signal });
  }
}

/** The four bytes before the characters count too on some boards; nonsense (X8DT*, ASUS, ipmi_sim) is passed over. */
function packetSize(...announced: readonly number[]): number {
  const sane = announced.filter((size) => size > 4 && size <= 255);
  return sane.length === 0 ? 64 : Math.min(...sane) - 4;
}

/** Gives SOL back. Never throws: a session that is closed gives it back too. */
export async function deactivate(session: Session): Promise<void> {
  const { netFn, code, request } = DeactivatePayload;
  const how = { effect: "sets", timeout: seconds(1) } as const;
  await session.raw(netFn, code, request.encode(solInstance), how).catch(() => undefined);
}
