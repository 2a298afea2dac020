import {
  CredentialsMissingError,
  GarbageError,
  LockedOutError,
  NoCommonSecurityError,
  ProtocolError,
  TurnedAwayError,
  WrongPasswordError,
} from "../errors.ts";
import { Security, securityNames } from "../numbers.ts";
import { early, readText, type Opening } from "./opening.ts";
import { secure } from "./tls.ts";
import { veNCrypt } from "./vencrypt.ts";
import { vncAuthentication } from "./vnc-authentication.ts";
import type { Minor } from "./version.ts";

/** How the server was satisfied, in words: `None`, `VNC authentication`, `VeNCrypt TLS with VNC authentication`. */
export type SecurityStory = string;

/** RFC 6143 §7.1.2 and §7.2: agrees on a log-in and goes through it; the password is sent at most one time. */
export async function logIn(opening: Opening, version: Minor): Promise<SecurityStory> {
  const { story, sure } = await throughType(await chooseType(opening, version), opening, version);
  if (sure || version === 8) await result(opening, version, story !== "None");
  return story;
}

/** `sure`: a result follows in any version. */
interface Passed {
  story: SecurityStory;
  sure: boolean;
}

async function throughType(type: number, opening: Opening, version: Minor): Promise<Passed> {
  if (type === Security.none) return { story: "None", sure: false };
  if (type === Security.vnc) {
    await vncAuthentication(opening);
    return { story: "VNC authentication", sure: true };
  }
  if (type === Security.veNCrypt) return { story: `VeNCrypt ${await veNCrypt(opening)}`, sure: true };
  const { wire, subject, peer } = opening;
  await wire.upgrade(
    (plain) => secure(plain, { ...peer, anonymous: true }),
    () => early(subject),
  );
  const inner = await throughType(await chooseType(opening, version, true), opening, version);
  return { story: `TLS with ${inner.story}`, sure: inner.sure };
}

async function chooseType(opening: Opening, version: Minor, within = false): Promise<number> {
  const offered = version === 3 && !within ? await typeOf33(opening) : await typesOf37(opening);
  const { subject, mode } = opening;
  const order = within ? [] : mode === "offered" || mode === "required" ? [Security.veNCrypt, Security.tls] : [];
  const plain = mode === "required" && !within ? [] : [Security.vnc, Security.none];
  // With a password at hand it is used; without one, the server that wants none is asked first.
  if (opening.password === undefined) plain.reverse();
  const chosen = [...order, ...plain].find((type) => offered.includes(type));
  if (chosen === undefined) {
    const why = mode === "required" && !within ? "TLS is required and not offered" : "no common log-in";
    throw new NoCommonSecurityError(
      subject,
      offered.map((type) => securityNames[type] ?? `type ${type}`),
      why,
    );
  }
  if (chosen === Security.vnc && opening.password === undefined)
    throw new CredentialsMissingError(subject, "a password");
  if (version !== 3 || within) await opening.wire.send(Buffer.of(chosen));
  return chosen;
}

/** In 3.3 the server decides. */
async function typeOf33(opening: Opening): Promise<number[]> {
  const { wire, subject } = opening;
  await wire.need(4);
  const type = wire.u32();
  if (type === 0) throw await turnedAway(opening);
  if (type > 255) throw new GarbageError(subject, `security type ${type}`);
  return [type];
}

async function typesOf37(opening: Opening): Promise<number[]> {
  const { wire } = opening;
  const count = (await wire.read(1)).readUInt8();
  if (count === 0) throw await turnedAway(opening);
  return [...(await wire.read(count))];
}

async function turnedAway(opening: Opening): Promise<Error> {
  const { subject } = opening;
  const said = await reason(opening);
  return /too many|locked|blacklist/i.test(said)
    ? new LockedOutError(subject, said)
    : new TurnedAwayError(subject, said);
}

function reason({ wire, subject }: Opening): Promise<string> {
  return readText(wire, (length) => new ProtocolError(subject, `a reason of ${length} bytes`));
}

/** RFC 6143 §7.1.3. Before 3.8 no reason is told. */
async function result(opening: Opening, version: Minor, secret: boolean): Promise<void> {
  const { wire, subject } = opening;
  await wire.need(4);
  const code = wire.u32();
  if (code === 0) return;
  if (code > 2) throw new ProtocolError(subject, `a log-in with result ${code}`);
  // Many servers close at once, and what they would say is then lost: the code says enough.
  const said = version === 8 ? await reason(opening).catch(() => "") : "";
  if (code === 2 || /too many|locked|blacklist/i.test(said))
    throw new LockedOutError(subject, said || "too many tries");
  throw secret ? new WrongPasswordError(subject, said) : new TurnedAwayError(subject, said);
}
