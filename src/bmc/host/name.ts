import { createHash } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { userInfo } from "node:os";

/** The kernel's limit for a unix socket's name, the leading NUL included. */
const longest = 107;

/**
 * An abstract unix socket's name: owned by one process of this network namespace at a time, whoever its user is and whatever its state directory, and free
 * again the moment that process is gone, also after kill -9. Names too long for the kernel end in a hash.
 */
export function hostName(kind: "bmc" | "claim", key: string): string {
  const name = `\0rackhand/${kind}/${key}`;
  if (Buffer.byteLength(name) <= longest) return name;
  return `\0rackhand/${kind}/sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** Owns the name, or gives undefined when somebody else does. `greet` gets each caller. Neither the name nor a caller keeps the process alive. */
export function bindName(name: string, greet: (caller: Socket) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((caller) => {
      caller.on("error", () => caller.destroy());
      caller.unref();
      greet(caller);
    });
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(name, () => resolve(server.unref()));
  });
}

/** Calls the name's owner. `line` gets each line it says (of bounded length), `gone` is called once, when the owner is gone or has hung up. */
export function callName(name: string, on: { line: (text: string) => void; gone: () => void }): Socket {
  let rest = "";
  const socket = connect(name);
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, 8192);
    lines.forEach(on.line);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", on.gone);
  return socket;
}

/** Text from another user's process, made fit for a terminal. */
export function printable(value: unknown, limit = 120): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const clean = String(value)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .trim();
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean || undefined;
}

/** The fields of one JSON line, or none when it is no JSON object. */
export function readFields(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Who runs this process, by name where the system knows one. */
export function processUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}`;
  }
}
