import { randomBytes } from "node:crypto";
import { privileges } from "#protocols/ipmi/command.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import { checkLength, type SessionKeys } from "#protocols/ipmi/crypto.ts";
import { MalformedError } from "#protocols/ipmi/errors.ts";
import { decodeRequest, encodeResponse, type RequestMessage } from "#protocols/ipmi/message.ts";
import {
  decodeDatagram,
  encodeLegacy,
  encodePlain,
  encodePong,
  PayloadType,
  seal,
  unseal,
  type AsfDatagram,
  type PlusDatagram,
} from "#protocols/ipmi/packet.ts";
import { appResponders } from "./commands/app.ts";
import { chassisResponders } from "./commands/chassis.ts";
import { payloadResponders } from "./commands/payload.ts";
import { sessionResponders } from "./commands/session.ts";
import type { CommandContext, Face } from "./context.ts";
import { answerRakp1, answerRakp3, openSession } from "./handshake.ts";
import type { Peer } from "./peer.ts";
import { Refusal, type Responder } from "./responder.ts";
import type { SessionRow } from "./session-table.ts";

/** A datagram that was read but not yet obeyed, so that a bad network can still lose it. */
export interface Understood {
  /** Name of the command or handshake message; `?` for what is not IPMI. */
  about: string;
  /** Obeys it; undefined: no answer. Obeyed twice, it is what a doubled datagram is. */
  answer(from: Peer): Uint8Array | undefined;
}

const keyOf = (netFn: number, code: number) => (netFn << 8) | code;
const responders = new Map<number, Responder>(
  [...appResponders, ...chassisResponders, ...payloadResponders, ...sessionResponders].map((one) => [
    keyOf(one.command.netFn, one.command.code),
    one,
  ]),
);
const handshake = {
  [PayloadType.openRequest]: { about: "Open Session", act: openSession },
  [PayloadType.rakp1]: { about: "RAKP 1", act: answerRakp1 },
  [PayloadType.rakp3]: { about: "RAKP 3", act: answerRakp3 },
} as const;
const hex = (value: number) => `${value.toString(16).toUpperCase().padStart(2, "0")}h`;
const ignored: Understood = { about: "?", answer: () => undefined };

/** Datagram in, datagram out: the IPMI face of one BMC without its socket. */
export class Controller {
  readonly #face: Face;

  constructor(face: Face) {
    this.#face = face;
  }

  /** Reads any bytes. What is not IPMI, or not signed as agreed, is counted and gets no answer. */
  understand(bytes: Uint8Array): Understood {
    try {
      return this.#read(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#face.counts.malformed++;
      return ignored;
    }
  }

  #read(bytes: Uint8Array): Understood {
    const datagram = decodeDatagram(bytes);
    if (datagram.kind === "asf") return this.#readPing(datagram);
    if (datagram.kind === "plus") return this.#readPlus(datagram);
    // IPMI 1.5 sessions are switched off here, as nearly everywhere.
    if (datagram.authType !== 0 || datagram.sessionId !== 0) return ignored;
    return this.#readMessage(datagram.payload, undefined, encodeLegacy);
  }

  #readPing({ type, tag }: AsfDatagram): Understood {
    if (type !== "ping") return ignored;
    return { about: "Ping", answer: () => (this.#face.faults.session.noPong ? undefined : encodePong(tag)) };
  }

  #readPlus(datagram: PlusDatagram): Understood {
    if (datagram.sessionId !== 0) return this.#readInSession(datagram);
    const { payloadType, payload } = datagram;
    if (payloadType === PayloadType.message && this.#face.faults.session.plainFramingOnly) return ignored;
    if (payloadType === PayloadType.message)
      return this.#readMessage(payload, undefined, (answer) => encodePlain(payloadType, answer));
    if (
      payloadType !== PayloadType.openRequest &&
      payloadType !== PayloadType.rakp1 &&
      payloadType !== PayloadType.rakp3
    )
      return ignored;
    const { about, act } = handshake[payloadType];
    return { about, answer: (from) => this.#plain(payloadType, (face) => act(face, payload, from)) };
  }

  /** Answers carry the next payload type after the request's. */
  #plain(payloadType: number, act: (face: Face) => Uint8Array | undefined): Uint8Array | undefined {
    try {
      const answer = act(this.#face);
      return answer && encodePlain(payloadType + 1, answer);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#face.counts.malformed++;
      return undefined;
    }
  }

  #readInSession(datagram: PlusDatagram): Understood {
    const row = this.#face.sessions.find(datagram.sessionId);
    const keys = row?.keys;
    if (!row || !keys) return ignored;
    if (datagram.payloadType === PayloadType.sol) return this.#readSol(row, keys, datagram);
    if (datagram.payloadType !== PayloadType.message) return ignored;
    if (!padFits(keys, datagram)) return ignored;
    const message = unseal(keys, datagram);
    const kind = datagram.authenticated ? "signed" : "plain";
    const understood = this.#readMessage(message, row, (answer) =>
      this.#seal(row, keys, kind, PayloadType.message, answer),
    );
    const answerOnce = (from: Peer) => {
      const answer = this.#answerOnce(row, datagram, from, understood);
      if (answer && this.#face.faults.session.strayPackets) this.#face.stray(row, Uint8Array.of(0, 0, 0, 0x10));
      return answer;
    };
    return { about: understood.about, answer: answerOnce };
  }

  #seal(row: SessionRow, keys: SessionKeys, kind: "signed" | "plain", type: number, payload: Uint8Array): Uint8Array {
    const { zeroSessionId, sequenceStep } = this.#face.faults.session;
    row.outbound[kind] += sequenceStep;
    const id = zeroSessionId ? 0 : row.consoleId;
    return seal(keys, id, row.outbound[kind], type, payload, () => randomBytes(16));
  }

  #readSol(row: SessionRow, keys: SessionKeys, datagram: PlusDatagram): Understood {
    const payload = unseal(datagram.encrypted ? keys : unencrypted(keys), datagram);
    const act = (from: Peer) => {
      const { faults, sol, counts } = this.#face;
      if (faults.sol.onlyOnSolPort && from.at !== sol.solPort()) return undefined;
      try {
        sol.console.receive(row, payload);
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        counts.malformed++;
      }
      return undefined;
    };
    return { about: "SOL", answer: (from) => this.#answerOnce(row, datagram, from, { about: "SOL", answer: act }) };
  }

  /** A SOL payload of ours as a datagram. `stray`: under the payload type of messages, as some firmware does it. */
  sealSol(row: SessionRow, payload: Uint8Array, stray: boolean): Uint8Array | undefined {
    if (!row.keys) return undefined;
    const keys = row.solClear ? unencrypted(row.keys) : row.keys;
    const kind = keys.suite.integrity === "none" ? "plain" : "signed";
    const type = stray ? PayloadType.message : PayloadType.sol;
    return this.#seal(row, keys, kind, type, payload);
  }

  #answerOnce(row: SessionRow, datagram: PlusDatagram, from: Peer, understood: Understood): Uint8Array | undefined {
    if (this.#face.sessions.find(row.id) !== row) return undefined; // closed by the datagram before, or by a restart
    const window = row.inbound[datagram.authenticated ? "signed" : "plain"];
    if (!window.accept(datagram.sequence)) {
      this.#face.counts.replays++;
      return undefined;
    }
    if (understood.about !== "SOL" || this.#face.faults.sol.keepsSessionAlive) this.#face.sessions.heard(row, from);
    return understood.answer(from);
  }

  #readMessage(
    payload: Uint8Array,
    session: SessionRow | undefined,
    wrap: (answer: Uint8Array) => Uint8Array,
  ): Understood {
    const request = decodeRequest(payload);
    const responder = responders.get(keyOf(request.netFn, request.code));
    const about = responder?.command.name ?? `NetFn ${hex(request.netFn)} command ${hex(request.code)}`;
    return {
      about,
      answer: () => {
        const result = this.#obey(about, responder, request, { face: this.#face, session });
        if (result === undefined) return undefined;
        if (this.#face.faults.session.closeUnanswered && about === "Close Session") return undefined;
        const refused = result instanceof Refusal;
        const data = refused ? new Uint8Array(0) : result;
        const completionCode = refused ? result.completionCode : CompletionCode.ok;
        return wrap(this.#spoilt(encodeResponse(request, request.netFn, request.code, completionCode, data)));
      },
    };
  }

  #spoilt(message: Uint8Array): Uint8Array {
    const { checksums } = this.#face.faults.session;
    const at = checksums === "first-wrong" ? 2 : message.length - 1;
    if (checksums !== "right") message[at] = (message[at] ?? 0) ^ 0x55;
    return message;
  }

  #obey(
    about: string,
    responder: Responder | undefined,
    request: RequestMessage,
    context: CommandContext,
  ): Uint8Array | Refusal | undefined {
    const { counts, faults, sessions } = this.#face;
    const { session } = context;
    counts.commands.set(about, (counts.commands.get(about) ?? 0) + 1);
    faults.beforeCommand?.(about);
    if (session && sessions.find(session.id) !== session) return undefined; // the hook restarted us
    const wrong = wrongCode(this.#face, about);
    if (wrong !== undefined) return new Refusal(wrong);
    if (!responder) return new Refusal(CompletionCode.invalidCommand);
    const { privilege } = responder.command;
    if (privilege !== "none" && (session?.level ?? 0) < privileges[privilege])
      return new Refusal(CompletionCode.insufficientPrivilege);
    return responder.answer(request.data, context);
  }
}

/** Firmware with a count of its own does not hear packets that are padded otherwise. */
function padFits({ suite, padsWithoutTrailer = false }: SessionKeys, { whole, authenticated }: PlusDatagram): boolean {
  const check = checkLength[suite.integrity];
  if (!padsWithoutTrailer || !authenticated || check === 0) return true;
  const pad = whole[whole.length - check - 2] ?? 0;
  const payloadEnds = whole.length - check - 2 - pad;
  return ((payloadEnds - 4 + pad) & 3) === 0 && pad < 4;
}

function unencrypted(keys: SessionKeys): SessionKeys {
  return { ...keys, suite: { ...keys.suite, confidentiality: "none" } };
}

function wrongCode({ faults }: Face, about: string): number | undefined {
  const wrong = faults.wrongCodes.get(about);
  if (wrong?.times === undefined) return wrong?.code;
  if (wrong.times > 1) faults.wrongCodes.set(about, { ...wrong, times: wrong.times - 1 });
  else faults.wrongCodes.delete(about);
  return wrong.times > 0 ? wrong.code : undefined;
}
