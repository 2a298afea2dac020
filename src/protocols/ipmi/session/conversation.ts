import type { Ms } from "#base/units.ts";
import type { SessionKeys } from "../crypto.ts";
import { decodeResponse, encodeRequest, toBmc, type ResponseMessage } from "../message.ts";
import { PayloadType, seal, unseal, type Datagram, type PlusDatagram } from "../packet.ts";
import type { Answered, Link } from "./link.ts";
import type { LoggedIn } from "./login.ts";
import { nextSequence, SequenceWindow } from "./window.ts";

/** One request inside a session. */
export interface Saying {
  netFn: number;
  code: number;
  data: Uint8Array;
  /** May be sent again when no answer comes. */
  repeat: boolean;
  patience: Ms;
  floor?: Ms | undefined;
  signal: AbortSignal | undefined;
}

/** The BMC's answer. `data` is without the completion code. */
export interface Heard {
  completionCode: number;
  data: Uint8Array;
}

interface Means {
  link: Link;
  login: LoggedIn;
  random: (length: number) => Uint8Array;
  firstSequence: number;
  /** Answers with session id 0 are taken although nothing signs them. */
  zeroId: boolean;
}

/** Payloads of one other type (SOL) in the same session. */
export interface Lane {
  send(payload: Uint8Array): void;
  close(): void;
}

export interface LaneOptions {
  payloadType: number;
  /** Not encrypted although the session is: what 83h to Activate Payload asks for. */
  clear: boolean;
  /** `sequence`: the packet's place in what the BMC sent; a copy of the network's never comes here. */
  receive: (payload: Uint8Array, sequence: number) => void;
}

/** An open session's sequence numbers and signatures. One request at a time. */
export class Conversation {
  readonly #means: Means;
  readonly #window = new SequenceWindow();
  /** Packets without a signature are numbered apart (§6.12.13). */
  readonly #plainWindow = new SequenceWindow();
  #sequence: number;
  #message = 0;
  /** Answers whose checksums were wrong although the signature was right: some firmware does that always. */
  badChecksums = 0;
  /** Signed answers that carried session id 0. */
  zeroIds = 0;

  constructor(means: Means) {
    this.#means = means;
    this.#sequence = means.firstSequence - 1;
  }

  /**
   * A repetition is a new packet (a BMC drops a session sequence number that it has seen) with the old message sequence number, so that an answer to
   * any of them counts and a BMC that keeps track answers from memory. Throws `Silence`.
   */
  say(saying: Saying): Promise<Answered<Heard>> {
    this.#message = (this.#message + 1) & 0x3f;
    const { netFn, code, data } = saying;
    const message = { ...toBmc, netFn, code, sequence: this.#message, data };
    const request = encodeRequest(message);
    return this.#means.link.ask({
      datagram: () => this.#sealed(request),
      answer: (datagram) => this.#answer(datagram, message),
      repeat: saying.repeat,
      patience: saying.patience,
      floor: saying.floor,
      signal: saying.signal,
    });
  }

  /** One datagram, no answer waited for. */
  tell(netFn: number, code: number, data: Uint8Array): void {
    this.#message = (this.#message + 1) & 0x3f;
    this.#means.link.tell(this.#sealed(encodeRequest({ ...toBmc, netFn, code, sequence: this.#message, data })));
  }

  /** Opens the way for payloads of another type. What comes badly signed, or twice, never gets to `receive`. */
  lane({ payloadType, clear, receive }: LaneOptions): Lane {
    const { link, login, random } = this.#means;
    const keys = clear ? unencrypted(login.keys) : login.keys;
    const hear = (datagram: Datagram) => {
      if (datagram.kind !== "plus" || datagram.payloadType !== payloadType || !this.#isOurs(datagram)) return;
      const payload = unseal(datagram.encrypted ? login.keys : keys, datagram);
      const window = datagram.authenticated ? this.#window : this.#plainWindow;
      if (window.fresh(datagram.sequence)) receive(payload, datagram.sequence);
    };
    const send = (payload: Uint8Array) => {
      this.#sequence = nextSequence(this.#sequence);
      link.tell(seal(keys, login.managedId, this.#sequence, payloadType, payload, () => random(16)));
    };
    return { send, close: link.listen(hear) };
  }

  #sealed(message: Uint8Array): Uint8Array {
    const { login, random } = this.#means;
    this.#sequence = nextSequence(this.#sequence);
    return seal(login.keys, login.managedId, this.#sequence, PayloadType.message, message, () => random(16));
  }

  #answer(datagram: Datagram, to: { netFn: number; code: number; sequence: number }): ResponseMessage | undefined {
    if (datagram.kind !== "plus" || datagram.payloadType !== PayloadType.message || !this.#isOurs(datagram))
      return undefined;
    const payload = unseal(this.#means.login.keys, datagram);
    // Shorter ones are no messages: some BMCs send SOL bodies under this type.
    const window = datagram.authenticated ? this.#window : this.#plainWindow;
    if (!window.fresh(datagram.sequence) || payload.length < 8) return undefined;
    const message = decodeResponse(payload);
    if (message.netFn !== to.netFn + 1 || message.code !== to.code || message.sequence !== to.sequence)
      return undefined;
    if (datagram.sessionId === 0) this.zeroIds += 1;
    if (!message.checksumsHold) {
      // Without a signature the checksum is all there is.
      if (!datagram.authenticated) return undefined;
      this.badChecksums += 1;
    }
    return message;
  }

  /** A signature, which is checked next, says more than an id does. */
  #isOurs({ sessionId, authenticated }: PlusDatagram): boolean {
    const { login, zeroId } = this.#means;
    const signed = authenticated && login.keys.suite.integrity !== "none";
    return sessionId === login.consoleId || (sessionId === 0 && (signed || zeroId));
  }
}

function unencrypted(keys: SessionKeys): SessionKeys {
  return { ...keys, suite: { ...keys.suite, confidentiality: "none" } };
}
