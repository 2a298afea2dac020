import { randomBytes } from "node:crypto";
import { checkLength, hmac, sameBytes, sessionKeys, type SessionKeys } from "#protocols/ipmi/crypto.ts";
import {
  decodeOpenRequest,
  decodeRakp1,
  decodeRakp3,
  encodeOpenResponse,
  encodeRakp2,
  encodeRakp4,
  encodeRefusal,
  rakp2Code,
  rakp3Code,
  rakp4Check,
  RakpStatus,
  sessionIntegrityKey,
  suiteOf,
  type Handshake,
  type Rakp1,
} from "#protocols/ipmi/rakp.ts";
import { privilegeLevels } from "./accounts.ts";
import type { Face } from "./context.ts";
import type { Peer } from "./peer.ts";
import type { Challenge, SessionRow } from "./session-table.ts";

const nameOnlyBit = 0x10;
const secretLength = 20;

/** Password or K_g as the BMC holds it: 20 bytes and no more. Hex only for a K_g written with 0x. */
function secretBytes(text: string): Uint8Array {
  const bytes = /^0x(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), "hex") : Buffer.from(text);
  return bytes.subarray(0, secretLength);
}

const passwordBytes = (face: Face, password: string) =>
  Buffer.from(password).subarray(0, face.faults.session.passwordsCut ? 16 : secretLength);

/** Open Session (IPMI 2.0 §13.17): a row of the table, or a refusal that says why not. Each request takes a row, a repeated one too. */
export function openSession(face: Face, payload: Uint8Array, peer: Peer): Uint8Array {
  const request = decodeOpenRequest(payload);
  const { tag, consoleId, privilege } = request;
  const suite = suiteOf(request);
  if (!suite || !face.settings.cipherSuites.includes(suite.id))
    return encodeRefusal(tag, face.faults.session.suiteRefusal, consoleId);
  if (face.faults.session.openLevels === "highest-only" && privilege > 0)
    return encodeRefusal(tag, RakpStatus.unauthorizedRole, consoleId);
  if (privilege > privilegeLevels[face.settings.channelPrivilege])
    return encodeRefusal(tag, RakpStatus.unauthorizedRole, consoleId);
  const row = face.faults.noFreeSlot
    ? undefined
    : face.sessions.begin({ consoleId, suite, requestedLevel: privilege, peer });
  if (!row) {
    face.counts.sessions.refused++;
    return encodeRefusal(tag, RakpStatus.insufficientResources, consoleId);
  }
  return encodeOpenResponse({
    ...request,
    privilege: privilege || privilegeLevels[face.settings.channelPrivilege],
    managedId: row.id,
  });
}

/** RAKP 1 → RAKP 2. The same RAKP 1 gets the same RAKP 2, so that a repeated or doubled datagram does no harm. */
export function answerRakp1(face: Face, payload: Uint8Array, peer: Peer): Uint8Array | undefined {
  const { faults } = face;
  const message = decodeRakp1(payload);
  if (faults.session.rakp1 !== "any" && payload.length < rakp1Length) return undefined;
  const row = face.sessions.find(message.managedId);
  if (!row) return encodeRefusal(message.tag, RakpStatus.invalidSessionId, 0);
  if (row.keys) return undefined; // too late: this session is open
  face.sessions.heard(row, peer);
  const challenge = admit(face, row, message);
  if (typeof challenge === "number") {
    face.sessions.remove(row);
    return challenge === silently ? undefined : encodeRefusal(message.tag, challenge, row.consoleId);
  }
  row.challenge = challenge;
  const handshake = handshakeOf(face, row, challenge);
  const code = rakp2Code(handshake, passwordBytes(face, challenge.account.password));
  return encodeRakp2({
    tag: message.tag,
    consoleId: row.consoleId,
    managedRandom: challenge.bmcRandom,
    guid: handshake.guid,
    code: faults.session.rakp2Code === "longer" ? Uint8Array.of(...code, 0) : code,
  });
}

/** Of a RAKP 1 with room for the longest name. */
const rakp1Length = 44;

/** Not an RMCP+ status: no answer at all. */
const silently = -1;

/** Who it shall be, or the status that says why nobody. */
function admit(face: Face, row: SessionRow, message: Rakp1): Challenge | number {
  const level = message.role & 0x0f;
  if (level < privilegeLevels.callback || level > privilegeLevels.administrator) return RakpStatus.invalidRole;
  const { rakp1, lookupRefusal } = face.faults.session;
  const padded = rakp1 === "padded";
  if (padded && message.name.length < 16) return RakpStatus.unauthorizedName;
  const name = Buffer.from(message.name)
    .toString()
    .replace(padded ? /\0+$/ : "", "");
  const lock = face.accounts.locked(name);
  if (lock) return lock === "silent" ? silently : RakpStatus.unauthorizedName;
  const byName = (message.role & nameOnlyBit) !== 0;
  const { userLookup } = face.faults;
  const barred = byName && userLookup === "role-only";
  const user = barred
    ? undefined
    : face.accounts.find(name, level, byName ? "name" : userLookup === "exact-role" ? "exactly" : "privilege");
  if (!user) {
    face.counts.unknownUsers++;
    return lookupRefusal;
  }
  const limit = Math.min(privilegeLevels[user.account.privilege], privilegeLevels[face.settings.channelPrivilege]);
  if (level > limit) return RakpStatus.unauthorizedRole;
  const again =
    row.challenge && sameBytes(row.challenge.consoleRandom, message.consoleRandom) ? row.challenge : undefined;
  return {
    consoleRandom: Uint8Array.from(message.consoleRandom),
    bmcRandom: again?.bmcRandom ?? randomBytes(16),
    role: message.role,
    name,
    sentName: Uint8Array.from(message.name),
    userId: user.id,
    account: user.account,
  };
}

/** RAKP 3 → RAKP 4: the password is proved, or it is not. */
export function answerRakp3(face: Face, payload: Uint8Array, peer: Peer): Uint8Array | undefined {
  const message = decodeRakp3(payload);
  const row = face.sessions.find(message.managedId);
  if (!row?.challenge) return encodeRefusal(message.tag, RakpStatus.invalidSessionId, row?.consoleId ?? 0);
  face.sessions.heard(row, peer);
  const handshake = handshakeOf(face, row, row.challenge);
  const password = passwordBytes(face, row.challenge.account.password);
  const proved =
    message.status === RakpStatus.ok && sameBytes(message.code, rakp3Code(inRakp3(face, handshake), password));
  if (!proved) {
    if (row.keys) return undefined; // an open session is not closed by what anybody can send
    return turnAway(face, row, row.challenge, message.status === RakpStatus.ok ? message.tag : undefined);
  }
  const sik = sessionIntegrityKey(handshake, face.settings.kg === undefined ? password : secretBytes(face.settings.kg));
  if (!row.keys) activate(face, row, row.challenge, sik);
  return encodeRakp4({ tag: message.tag, consoleId: row.consoleId, check: checkValue(face, handshake, sik) });
}

function checkValue({ faults }: Face, handshake: Handshake, sik: Uint8Array): Uint8Array {
  const { rakp4Check: how } = faults.session;
  const { suite } = handshake;
  if (how === "in-suite-0" && suite.authentication === "none") return randomBytes(12);
  if (how !== "by-integrity") return rakp4Check(handshake, sik);
  const covered = [handshake.consoleRandom, idBytes(handshake.managedId), handshake.guid];
  return hmac(suite.integrity, sik, ...covered).subarray(0, checkLength[suite.integrity]);
}

function idBytes(id: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(id);
  return bytes;
}

/** A console that found the password wrong by itself says so in RAKP 3 and gets no answer (`tag` undefined). */
function turnAway(face: Face, row: SessionRow, challenge: Challenge, tag: number | undefined): Uint8Array | undefined {
  face.sessions.remove(row);
  face.counts.wrongPasswords++;
  face.accounts.wrongPassword(challenge.name);
  return tag === undefined ? undefined : encodeRefusal(tag, RakpStatus.invalidIntegrityCheck, row.consoleId);
}

function activate(face: Face, row: SessionRow, challenge: Challenge, sik: Uint8Array): void {
  row.keys = keysOf(face, row, sik);
  row.limit = challenge.role & 0x0f;
  const { levels } = face.faults.session;
  if (levels === "limit-only") row.limit = privilegeLevels[challenge.account.privilege];
  if (levels === "callback") row.limit = privilegeLevels.callback;
  row.level = Math.min(row.limit, privilegeLevels.user);
  face.counts.sessions.opened++;
  face.accounts.rightPassword(challenge.name);
}

function keysOf({ faults }: Face, { suite }: SessionRow, sik: Uint8Array): SessionKeys {
  const padsWithoutTrailer = faults.session.integrityPad === "without-trailer";
  return { ...sessionKeys(suite, sik), ...(padsWithoutTrailer && { padsWithoutTrailer }) };
}

function inRakp3({ faults }: Face, handshake: Handshake): Handshake {
  const without = faults.session.hashedRole === "without-lookup-bit-in-rakp3";
  return without ? { ...handshake, role: handshake.role & ~nameOnlyBit } : handshake;
}

/** The role that the codes cover. */
function hashedRole({ faults }: Face, row: SessionRow, role: number): number {
  const { hashedRole: which } = faults.session;
  if (which === "without-lookup-bit") return role & ~nameOnlyBit;
  return which === "as-opened" ? (role & nameOnlyBit) | row.requestedLevel : role;
}

function handshakeOf(face: Face, row: SessionRow, challenge: Challenge): Handshake {
  return {
    suite: row.suite,
    consoleId: row.consoleId,
    managedId: row.id,
    consoleRandom: challenge.consoleRandom,
    managedRandom: challenge.bmcRandom,
    guid: Buffer.from(face.settings.guid, "hex"),
    role: hashedRole(face, row, challenge.role) | (face.faults.session.hardened ? 0x80 : 0),
    name: challenge.sentName,
  };
}
