import { CredentialsMissingError, NoCommonSecurityError, ProtocolError } from "../errors.ts";
import { VeNCrypt } from "../numbers.ts";
import { early, type Opening } from "./opening.ts";
import { secure } from "./tls.ts";
import { vncAuthentication } from "./vnc-authentication.ts";

interface SubType {
  readonly anonymous: boolean;
  readonly logIn: "none" | "vnc" | "plain";
  readonly story: string;
}

/** In our order: a certificate before none, a password before none. Plain without TLS would show the password, and is not here. */
const subTypes: ReadonlyMap<number, SubType> = new Map([
  [VeNCrypt.x509Plain, { anonymous: false, logIn: "plain", story: "X.509 with name and password" }],
  [VeNCrypt.x509Vnc, { anonymous: false, logIn: "vnc", story: "X.509 with VNC authentication" }],
  [VeNCrypt.x509None, { anonymous: false, logIn: "none", story: "X.509" }],
  [VeNCrypt.tlsPlain, { anonymous: true, logIn: "plain", story: "anonymous TLS with name and password" }],
  [VeNCrypt.tlsVnc, { anonymous: true, logIn: "vnc", story: "anonymous TLS with VNC authentication" }],
  [VeNCrypt.tlsNone, { anonymous: true, logIn: "none", story: "anonymous TLS" }],
]);

/** VeNCrypt 0.2 (the RFB community's description); 0.1 was never in a release. */
export async function veNCrypt(opening: Opening): Promise<string> {
  const { wire, subject, peer } = opening;
  const version = await wire.read(2);
  if (version.readUInt16BE() < 2) throw new ProtocolError(subject, "VeNCrypt older than 0.2");
  await wire.send(Buffer.of(0, 2));
  if ((await wire.read(1)).readUInt8() !== 0) throw new ProtocolError(subject, "it does not take VeNCrypt 0.2");
  const [number, chosen] = choose(opening, await offeredTypes(opening));
  const answer = Buffer.alloc(4);
  answer.writeUInt32BE(number);
  await wire.send(answer);
  if ((await wire.read(1)).readUInt8() !== 1)
    throw new ProtocolError(subject, "it does not take the log-in it offered");
  await wire.upgrade(
    (plain) => secure(plain, { ...peer, anonymous: chosen.anonymous }),
    () => early(subject),
  );
  if (chosen.logIn === "vnc") await vncAuthentication(opening);
  if (chosen.logIn === "plain") await plainLogIn(opening);
  return chosen.story;
}

async function offeredTypes({ wire }: Opening): Promise<number[]> {
  const count = (await wire.read(1)).readUInt8();
  const list = await wire.read(count * 4);
  return Array.from({ length: count }, (_, at) => list.readUInt32BE(at * 4));
}

/** What we have credentials for. */
function choose({ subject, username, password }: Opening, offered: readonly number[]): [number, SubType] {
  const known = [...subTypes].filter(([number]) => offered.includes(number));
  if (known.length === 0) {
    const names = offered.map((number) => `VeNCrypt ${number}`);
    throw new NoCommonSecurityError(subject, names, "no common log-in over TLS");
  }
  const able = ({ logIn }: SubType) =>
    logIn === "none" || (password !== undefined && (logIn === "vnc" || username !== undefined));
  const chosen = known.find(([, type]) => able(type));
  if (chosen) return chosen;
  const onlyPlain = known.every(([, type]) => type.logIn === "plain");
  throw new CredentialsMissingError(subject, onlyPlain ? "a user name and a password" : "a password");
}

async function plainLogIn({ wire, subject, username, password }: Opening): Promise<void> {
  if (username === undefined || password === undefined) {
    throw new CredentialsMissingError(subject, "a user name and a password");
  }
  const name = Buffer.from(username);
  const word = Buffer.from(password.reveal());
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(name.length, 0);
  lengths.writeUInt32BE(word.length, 4);
  await wire.send(Buffer.concat([lengths, name, word]));
}
