import { privileges } from "#protocols/ipmi/command.ts";
import { CloseSession, GetSessionInfo, SetSessionPrivilegeLevel } from "#protocols/ipmi/commands.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import type { CommandContext, Face } from "../context.ts";
import { rawResponder, refuse, responder } from "../responder.ts";
import type { SessionRow } from "../session-table.ts";

const invalidSessionId = 0x87;
const invalidHandle = 0x88;
const levelOverLimit = 0x81;
const levelNames = ["highest", "callback", "user", "operator", "administrator", "oem"] as const;
const levels = { highest: 0, ...privileges };
/** High nibble: the session speaks RMCP+; low nibble: the LAN channel. */
const rmcpPlusOnLan = 0x11;

/** Index of Get Session Info: the asker's own, the n-th open one, or by handle or id. */
function asked(data: Uint8Array, { face, session }: CommandContext): SessionRow | undefined {
  const { index, id } = GetSessionInfo.request.decode(data);
  if (index === 0x00) return session;
  if (index === 0xfe) return face.sessions.open.find((row) => row.handle === id[0]);
  if (index === 0xff) return id.length < 4 ? undefined : face.sessions.find(Buffer.from(id).readUInt32LE());
  return face.sessions.open[index - 1];
}

function describe(row: SessionRow | undefined, face: Face): Uint8Array {
  const head = [row?.handle ?? 0, face.settings.sessionSlots & 0x3f, face.sessions.open.length & 0x3f];
  if (!row) return Uint8Array.from(head);
  const address = row.peer.address.split(".").map(Number);
  const { port } = row.peer;
  const mac = [0, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    ...head,
    row.challenge?.userId ?? 0,
    row.level,
    rmcpPlusOnLan,
    ...address,
    ...mac,
    port & 0xff,
    port >> 8,
  ]);
}

export const sessionResponders = [
  responder(SetSessionPrivilegeLevel, ({ privilege }, { face, session }) => {
    if (!session) return refuse(CompletionCode.insufficientPrivilege);
    const level = levels[privilege];
    const { administratorRefused } = face.faults;
    if (privilege === "administrator" && administratorRefused !== undefined) return refuse(administratorRefused);
    if (level > session.limit) return refuse(levelOverLimit);
    if (face.faults.session.levels === "limit-only" && level > 0 && level < session.limit)
      return refuse(CompletionCode.insufficientPrivilege);
    if (level > 0) session.level = level;
    return { privilege: levelNames[session.level] ?? "user" };
  }),

  responder(CloseSession, ({ managedSessionId, handle }, { face, session }) => {
    const byHandle = managedSessionId === 0 && handle !== undefined;
    const row = byHandle
      ? face.sessions.open.find((one) => one.handle === handle)
      : face.sessions.find(managedSessionId);
    if (!row) return refuse(byHandle ? invalidHandle : invalidSessionId);
    if (row !== session && (session?.level ?? 0) < privileges.administrator)
      return refuse(CompletionCode.insufficientPrivilege);
    face.sessions.remove(row);
    if (row.keys) face.counts.sessions.closed++;
    return {};
  }),

  rawResponder(GetSessionInfo, (data, context) => describe(asked(data, context), context.face)),
];
