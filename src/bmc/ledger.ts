import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import { systemClock, type Clock } from "#base/clock.ts";
import { minutes, seconds } from "#base/units.ts";

/**
 * Which sessions this process has open, on disk, so that those of a process that was killed are closed by the next one that talks to the same BMC
 * (BMCs have 4 to 15 places and keep a dead session for a minute or more). Holds addresses and session ids, no secrets.
 */
export interface SessionLedger {
  /** The BMC gave us this session: written before it is used. */
  opened(bmc: string, sessionId: SessionId): void;
  /** The session is still used; keeps the note fresh. */
  used(bmc: string): void;
  closed(bmc: string, sessionId: SessionId): void;
  /** Sessions with this BMC whose process is gone and that the BMC may still have. */
  orphans(bmc: string): readonly Orphan[];
  /** When a command last went to this BMC, by any process of this state directory; milliseconds since the epoch, 0: never. */
  lastCommand(bmc: string): number;
  /** Notes a command; asked for only where a least time between commands is kept. */
  commanded(bmc: string): void;
}

/** A number over IPMI, a path over Redfish. */
export type SessionId = number | string;

export interface Orphan {
  readonly sessionId: SessionId;
  /** It is closed, or the BMC does not know it any more. */
  readonly forget: () => void;
}

/** BMCs drop an idle session after about a minute (IPMI 2.0 §6.12.15), over Redfish after 30 s to 30 min; past this its id may belong to somebody else. */
const livesAtMost = { number: minutes(3), path: minutes(30) };
const freshenEvery = seconds(15);

/** The ledger under `STATE/sessions`. Where nothing can be written it keeps nothing and says nothing: reading verbs work without a state directory. */
export function openLedger(stateDir: string, options: { clock?: Clock; pid?: number } = {}): SessionLedger {
  const { clock = systemClock, pid = process.pid } = options;
  const dir = path.join(stateDir, "sessions");
  const mine = path.join(dir, `${pidSpace()}-${pid}-${processStart(pid) ?? "0"}.log`);
  const open = new Set<string>();
  let fresh = 0;

  function note(line: string): void {
    quietly(() => {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      appendFileSync(mine, `${line}\n`, { mode: 0o600 });
    });
  }

  return {
    opened(bmc, sessionId) {
      open.add(`${bmc} ${sessionId}`);
      note(`open ${bmc} ${sessionId}`);
    },
    used() {
      if (open.size === 0 || clock.now() - fresh < freshenEvery) return;
      fresh = clock.now();
      quietly(() => utimesSync(mine, fresh / 1000, fresh / 1000));
    },
    closed(bmc, sessionId) {
      open.delete(`${bmc} ${sessionId}`);
      if (open.size === 0) quietly(() => rmSync(mine, { force: true }));
      else note(`close ${bmc} ${sessionId}`);
    },
    orphans: (bmc) => leftBehind(dir, bmc, clock),
    lastCommand: (bmc) => quietly(() => statSync(stamp(dir, bmc)).mtimeMs) ?? 0,
    commanded(bmc) {
      quietly(() => {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        appendFileSync(stamp(dir, bmc), "", { mode: 0o600 });
        utimesSync(stamp(dir, bmc), clock.now() / 1000, clock.now() / 1000);
      });
    },
  };
}

const stamp = (dir: string, bmc: string) => path.join(dir, `${encodeURIComponent(bmc)}.last`);

/** Reads the logs of processes that are gone; removes what is too old to matter. */
function leftBehind(dir: string, bmc: string, clock: Clock): Orphan[] {
  const orphans: Orphan[] = [];
  for (const name of quietly(() => readdirSync(dir)) ?? []) {
    const owner = /^(\d+)-(\d+)-(\d+)\.log$/.exec(name);
    if (!owner || owner[1] !== pidSpace() || processStart(Number(owner[2])) === owner[3]) continue;
    const file = path.join(dir, name);
    const age = clock.now() - (quietly(() => statSync(file).mtimeMs) ?? 0);
    const young = age <= livesAtMost.number;
    const open = age <= livesAtMost.path ? openIn(file) : [];
    if (!open.some(({ sessionId }) => young || typeof sessionId === "string"))
      quietly(() => rmSync(file, { force: true }));
    for (const { owner, sessionId } of open)
      if (owner === bmc && (young || typeof sessionId === "string"))
        orphans.push({ sessionId, forget: () => forget(file, bmc, sessionId) });
  }
  return orphans;
}

/** Marks it closed without making the note look fresh; an empty log goes. */
function forget(file: string, bmc: string, sessionId: SessionId): void {
  quietly(() => {
    const { atime, mtime } = statSync(file);
    appendFileSync(file, `close ${bmc} ${sessionId}\n`);
    if (stillOpen(readFileSync(file, "utf8")).size === 0) return rmSync(file, { force: true });
    return utimesSync(file, atime, mtime);
  });
}

function openIn(file: string): { owner: string; sessionId: SessionId }[] {
  const open = stillOpen(quietly(() => readFileSync(file, "utf8")) ?? "");
  return [...open]
    .map((entry) => entry.split(" "))
    .flatMap(([owner, id]) =>
      owner === undefined || id === undefined ? [] : [{ owner, sessionId: /^\d+$/.test(id) ? Number(id) : id }],
    );
}

/** What a log says is open. A half-written last line says nothing. */
function stillOpen(log: string): Set<string> {
  const open = new Set<string>();
  for (const line of log.split("\n").slice(0, -1)) {
    const entry = /^(open|close) (\S+ (?:\d+|\/\S*))$/.exec(line);
    if (entry?.[1] === "open") open.add(entry[2] ?? "");
    else if (entry) open.delete(entry[2] ?? "");
  }
  return open;
}

/** The space in which a pid means something: a container that shares the state directory has pids of its own, whose lives cannot be seen from here. */
function pidSpace(): string {
  return /\d+/.exec(quietly(() => readlinkSync("/proc/self/ns/pid")) ?? "")?.[0] ?? "0";
}

/** Start time in clock ticks since boot: with it a pid names one process and not its successor. */
function processStart(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
