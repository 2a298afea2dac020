import { readFileSync } from "node:fs";
import { Secret } from "#base/secret.ts";
import { GetChassisStatus } from "#protocols/ipmi/commands.ts";
import { Session } from "#protocols/ipmi/session.ts";

/**
 * A process that asks a list of BMCs for their power: `ipmi-worker.ts TARGETS POLLS`. All at once, sessions known before. With POLLS it keeps the
 * sessions and asks again so many times. Prints one line of JSON.
 */
const [file = "", polls = "0"] = process.argv.slice(2);
const password = new Secret("secret");
const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
const targets = lines.map((line) => {
  const [host = "", port = "623"] = line.split(":");
  return { host, port: Number(port), username: "admin", password, known: { cipherSuite: 17, answersWithin: 5 } };
});

/** Milliseconds of CPU, all threads. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const rss = () => process.memoryUsage.rss() / 1e6;

async function settled<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}

/** So many at a time: what waits for an answer cannot be collected, and 5,000 at once gain nothing over 500. */
const together = 500;

/** Does the work for each, at most {@link together} at once. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(together, items.length) }, lane));
  return results;
}

const powerOf = async (session: Session) => (await session.send(GetChassisStatus)).power;

interface Answer {
  /** When it came, counted from the beginning; 0: silence. */
  answered: number;
  silent: number;
}

async function once(target: (typeof targets)[number], begun: number): Promise<Answer> {
  const session = await settled(Session.open(target));
  const status = session && (await settled(powerOf(session)));
  const now = performance.now() - begun;
  await session?.close();
  return status ? { answered: now, silent: 0 } : { answered: 0, silent: now };
}

async function cold() {
  const [before, begun] = [cpu(), performance.now()];
  const all = await each(targets, (target) => once(target, begun));
  const wall = performance.now() - begun;
  const answers = all.filter(({ answered }) => answered > 0);
  const [lastAnswer, lastSilence] = [
    Math.max(0, ...all.map((one) => one.answered)),
    Math.max(0, ...all.map((one) => one.silent)),
  ];
  return { cpu: cpu() - before, wall, answers: answers.length, lastAnswer, lastSilence };
}

async function kept(count: number) {
  const idle = rss();
  const opened = await each(targets, (target) => settled(Session.open(target)));
  const sessions = opened.filter((session) => session !== undefined);
  const rounds: { cpu: number; wall: number; answers: number }[] = [];
  for (let n = 0; n < count; n++) {
    const [before, begun] = [cpu(), performance.now()];
    const answers = await each(sessions, (session) => settled(powerOf(session)));
    rounds.push({ cpu: cpu() - before, wall: performance.now() - begun, answers: answers.filter(Boolean).length });
  }
  const grown = rss() - idle;
  await each(sessions, (session) => session.close());
  return { rounds, grown };
}

process.stdout.write(`${JSON.stringify(polls === "0" ? await cold() : await kept(Number(polls)))}\n`);
