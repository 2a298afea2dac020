import { milliseconds, type Ms } from "#base/units.ts";
import { privileges, type Privilege } from "../command.ts";
import {
  codeLength,
  cipherSuite,
  sameBytes,
  sessionKeys,
  type CipherSuite,
  type Key,
  type SessionKeys,
} from "../crypto.ts";
import { encodePlain, PayloadType, type Datagram, type PlusDatagram } from "../packet.ts";
import * as rakp from "../rakp.ts";
import type { Credentials } from "./credentials.ts";
import type { Answered, Link } from "./link.ts";
import type { SessionQuirk } from "./quirks.ts";

/** Controllers compute RAKP in some 100 ms: a second Open Session costs them a second slot, and a second RAKP 1 makes some draw another nonce. */
const careful = milliseconds(250);

const nameOnlyBit = 0x10;
const longestName = 16;
const longestRakp1 = 28 + longestName;

/** What one try proposes. */
export interface Proposal {
  suite: CipherSuite;
  privilege: Privilege;
  nameOnlyLookup: boolean;
}

/** Everything that a try needs and that does not change between tries. */
export interface LoginContext {
  link: Link;
  given: Credentials;
  random: (length: number) => Uint8Array;
  quirks: ReadonlySet<SessionQuirk>;
  /** For the first answer of all, and for each later one. */
  patience: { first: Ms; later: Ms };
  signal: AbortSignal | undefined;
  /** The BMC gave out a session id. */
  opened: (managedId: number) => void;
  /** That id leads to no session. */
  ended: (managedId: number) => void;
  /** RAKP 2 said who it is; throws when it is not who it should be. */
  accept: (guid: Uint8Array) => void;
}

export interface LoggedIn extends Proposal {
  consoleId: number;
  managedId: number;
  guid: Uint8Array;
  keys: SessionKeys;
  /** What was found out about this firmware on the way. */
  oddities: readonly SessionQuirk[];
}

/** How a BMC makes its codes: of what, with which key, and what is odd about that. */
interface Reading {
  said: rakp.Handshake;
  password: Key;
  oddities: readonly SessionQuirk[];
}

/** How a try ended without a session. `repeated`: the BMC heard a datagram more than once, so that the refusal may speak of a copy. */
export type Declined =
  | { why: "status"; stage: "open" | "rakp2" | "rakp4"; status: number; repeated: boolean }
  | { why: "password" }
  | { why: "kg" };

interface Step<T extends { ok: true }> {
  send: number;
  payload: Uint8Array;
  receive: number;
  decode: (payload: Uint8Array) => T | rakp.Refusal;
  patience: Ms;
  /** Sees what came while waiting and was no answer. */
  meanwhile?: (from: PlusDatagram) => void;
}

/** One log-in try: a class only so that the four messages can share what they say. */
class Try {
  readonly #context: LoginContext;
  readonly #proposal: Proposal;
  readonly #tag: number;
  readonly #consoleId: number;
  #repeated = false;

  constructor(context: LoginContext, proposal: Proposal, number: number) {
    this.#context = context;
    this.#proposal = proposal;
    // Another tag and id for each try: a late answer to an earlier one is not taken for this one's.
    this.#tag = number & 0xff;
    const id = context.random(4);
    this.#consoleId = new DataView(id.buffer, id.byteOffset, 4).getUint32(0, true) || 1;
  }

  async run(): Promise<LoggedIn | Declined> {
    const opened = await this.#open();
    if (!opened.ok) return this.#declined("open", opened.status);
    const { managedId } = opened;
    this.#context.opened(managedId);
    try {
      const outcome = await this.#authenticate(managedId);
      if ("why" in outcome) this.#context.ended(managedId);
      return outcome;
    } catch (error) {
      this.#giveUp(managedId, rakp.RakpStatus.insufficientResources);
      this.#context.ended(managedId);
      throw error;
    }
  }

  #open(): Promise<rakp.OpenResponse | rakp.Refusal> {
    const { suite, privilege } = this.#proposal;
    const level = this.#context.quirks.has("open-privilege-highest") ? 0 : privileges[privilege];
    const request = { tag: this.#tag, privilege: level, consoleId: this.#consoleId, ...rakp.algorithmsOf(suite) };
    return this.#exchange({
      send: PayloadType.openRequest,
      payload: rakp.encodeOpenRequest(request),
      receive: PayloadType.openResponse,
      decode: rakp.decodeOpenResponse,
      patience: this.#context.patience.first,
    });
  }

  async #authenticate(managedId: number): Promise<LoggedIn | Declined> {
    const { given, quirks } = this.#context;
    const role = privileges[this.#proposal.privilege] | (this.#proposal.nameOnlyLookup ? nameOnlyBit : 0);
    const consoleRandom = this.#context.random(16);
    const name = quirks.has("name-padded") ? padded(given.name, longestName) : given.name;
    const second = await this.#exchange({
      send: PayloadType.rakp1,
      payload: this.#rakp1({ tag: this.#tag, managedId, consoleRandom, role, name }),
      receive: PayloadType.rakp2,
      decode: rakp.decodeRakp2,
      patience: this.#context.patience.later,
    });
    if (!second.ok) return this.#declined("rakp2", second.status);
    const { managedRandom, guid } = second;
    const said = {
      suite: this.#proposal.suite,
      consoleId: this.#consoleId,
      managedId,
      consoleRandom,
      managedRandom,
      guid,
      role,
      name,
    };
    // Who it is comes before whether the password fits: a BMC that took another's address must not look like a wrong password.
    this.#context.accept(guid);
    const reading = this.#readings(said).find(({ said: read, password }) =>
      this.#codeFits(second.code, rakp.rakp2Code(read, password)),
    );
    if (reading) return this.#finish(reading);
    this.#giveUp(managedId, rakp.RakpStatus.invalidIntegrityCheck);
    return { why: "password" };
  }

  #rakp1(message: rakp.Rakp1): Uint8Array {
    const encoded = rakp.encodeRakp1(message);
    return this.#context.quirks.has("rakp1-padded") ? padded(encoded, longestRakp1) : encoded;
  }

  /** The specification's way first, then those of some firmware. Which one it is shows in the code that came: nothing is tried on the BMC. */
  #readings(said: rakp.Handshake): Reading[] {
    const { password, cut } = this.#context.given;
    const unhashed = { ...said, role: said.role & ~nameOnlyBit };
    const whole: Reading[] = [
      { said, password, oddities: [] },
      { said: unhashed, password, oddities: ["role-bits-unhashed"] },
    ];
    if (cut === undefined) return whole;
    return [
      ...whole,
      { said, password: cut, oddities: ["password-cut"] },
      { said: unhashed, password: cut, oddities: ["password-cut", "role-bits-unhashed"] },
    ];
  }

  #codeFits(received: Uint8Array, computed: Uint8Array): boolean {
    const longer = this.#context.quirks.has("rakp2-code-longer");
    return sameBytes(
      longer ? received.subarray(0, codeLength[this.#proposal.suite.authentication]) : received,
      computed,
    );
  }

  async #finish({ said, password, oddities }: Reading): Promise<LoggedIn | Declined> {
    const { given, quirks } = this.#context;
    const fourth = await this.#exchange({
      send: PayloadType.rakp3,
      payload: rakp.encodeRakp3({
        tag: this.#tag,
        status: 0,
        managedId: said.managedId,
        code: rakp.rakp3Code(said, password),
      }),
      receive: PayloadType.rakp4,
      decode: rakp.decodeRakp4,
      patience: this.#context.patience.later,
      meanwhile: (from) => this.#noteOther(from, said.managedRandom),
    });
    if (!fourth.ok) return this.#declined("rakp4", fourth.status);
    const sik = rakp.sessionIntegrityKey(said, given.kg ?? password);
    // Suite 0 proves nothing; some firmware sends a value all the same.
    const unchecked = quirks.has("rakp4-unchecked") || said.suite.authentication === "none";
    if (!unchecked && !sameBytes(fourth.check, rakp.rakp4Check(said, sik))) return { why: "kg" };
    const { consoleId, managedId, guid } = said;
    const padsWithoutTrailer = quirks.has("integrity-pad-uncounted");
    const keys = { ...sessionKeys(said.suite, sik), padsWithoutTrailer };
    return { ...this.#proposal, consoleId, managedId, guid, keys, oddities };
  }

  /** Frees the slot at once instead of after the BMC's time-out; nobody answers this. */
  #giveUp(managedId: number, status: number): void {
    const message = rakp.encodeRakp3({ tag: this.#tag, status, managedId, code: new Uint8Array(0) });
    this.#context.link.tell(encodePlain(PayloadType.rakp3, message));
  }

  async #exchange<T extends { ok: true; tag: number; consoleId: number }>(step: Step<T>): Promise<T | rakp.Refusal> {
    const datagram = encodePlain(step.send, step.payload);
    const answer = (from: Datagram): T | rakp.Refusal | undefined => {
      if (from.kind !== "plus") return undefined;
      if (from.payloadType !== step.receive) {
        step.meanwhile?.(from);
        return undefined;
      }
      const decoded = step.decode(from.payload);
      // A refusal need not carry our id: some firmware writes 0 there.
      const ours = decoded.consoleId === this.#consoleId || (!decoded.ok && decoded.consoleId === 0);
      return ours && decoded.tag === this.#tag ? decoded : undefined;
    };
    const { signal, link } = this.#context;
    const { value, sent }: Answered<T | rakp.Refusal> = await link.ask({
      datagram: () => datagram,
      answer,
      repeat: true,
      patience: step.patience,
      careful,
      signal,
    });
    this.#repeated ||= sent > 1;
    return value;
  }

  /** A second RAKP 2 with another nonce: the network doubled RAKP 1, and the BMC now thinks of a nonce that we did not answer. */
  #noteOther(from: PlusDatagram, managedRandom: Uint8Array): void {
    if (from.payloadType !== PayloadType.rakp2) return;
    const other = rakp.decodeRakp2(from.payload);
    const ours = other.ok && other.tag === this.#tag && other.consoleId === this.#consoleId;
    this.#repeated ||= ours && !sameBytes(other.managedRandom, managedRandom);
  }

  #declined(stage: "open" | "rakp2" | "rakp4", status: number): Declined {
    return { why: "status", stage, status, repeated: this.#repeated };
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

/** One try: Open Session and RAKP 1 to 4. Throws `Silence` and what `accept` throws. */
export function tryLogin(context: LoginContext, proposal: Proposal, number: number): Promise<LoggedIn | Declined> {
  return new Try(context, proposal, number).run();
}

/** The suites that may be proposed, the one that worked last time first. */
export function proposableSuites(ids: readonly number[], known: number | undefined): CipherSuite[] {
  const order = known !== undefined && ids.includes(known) ? [known, ...ids.filter((one) => one !== known)] : ids;
  return order.map(cipherSuite).filter((one) => one !== undefined);
}
