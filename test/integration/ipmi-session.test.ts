import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { milliseconds, seconds } from "#base/units.ts";
import * as commands from "#protocols/ipmi/commands.ts";
import { formatGuid } from "#protocols/ipmi/guid.ts";
import { decodeDatagram, encodePlain, PayloadType } from "#protocols/ipmi/packet.ts";
import { encodeRefusal, RakpStatus } from "#protocols/ipmi/rakp.ts";
import { closeSessionById, Session, type IpmiTarget } from "#protocols/ipmi/session.ts";
import { startFleet } from "../support/fleetsim.ts";
import { startIpmiSim } from "../support/ipmi-sim.ts";
import { describeNeeding, needs } from "../support/needs.ts";
import { describeShared } from "../support/shared.ts";
import { startRelay, type Tamper } from "../support/udp-relay.ts";

const code = (error: unknown) => (error instanceof Error && "code" in error ? error.code : error);
const failure = (attempt: Promise<unknown>) => attempt.then(() => "no error", code);

/** The RMCP+ payload type of a datagram; -1 for one outside RMCP+. */
function type(datagram: Uint8Array): number {
  const read = decodeDatagram(datagram);
  return read.kind === "plus" ? read.payloadType : -1;
}

const isInSession = (datagram: Uint8Array) => {
  const read = decodeDatagram(datagram);
  return read.kind === "plus" && read.sessionId !== 0;
};

describeNeeding("ipmi_sim")("against OpenIPMI's ipmi_sim", () => {
  const sim = () => startIpmiSim({ power: "on" });
  const at = (where: { address: string; port: number }, more: Partial<IpmiTarget> = {}): IpmiTarget => {
    return { host: where.address, port: where.port, username: "root", password: new Secret("calvin"), ...more };
  };

  test("17 is refused, 3 is taken, and power is read and set", async () => {
    await using bmc = await sim();
    await using session = await Session.open(at(bmc));
    expect(session.cipherSuite).toBe(3);
    expect(session.guid).toBe(bmc.guid);
    expect((await session.send(commands.GetChassisStatus)).power).toBe("on");
    await session.send(commands.ChassisControl, { action: "powerDown" });
    expect((await session.send(commands.GetChassisStatus)).power).toBe("off");
    await session.send(commands.ChassisControl, { action: "powerUp" });
    await session.send(commands.ChassisControl, { action: "hardReset" });
    expect(bmc.orders()).toEqual(["power 0", "power 1", "reset 1"]);
  });

  test("the GUID reads as ipmitool prints it", async () => {
    needs("ipmitool");
    await using bmc = await sim();
    await using session = await Session.open(at(bmc));
    const { stdout } = await promisify(execFile)("ipmitool", bmc.ipmitool("mc", "guid"));
    expect(stdout).toContain(formatGuid(session.guid));
  });

  test("cold, and known before: Open Session, RAKP, one command are four round trips, and Close is the fifth datagram", async () => {
    await using bmc = await sim();
    await using relay = await startRelay({ host: bmc.address, port: bmc.port });
    const session = await Session.open({ ...at(bmc), host: relay.host, port: relay.port, known: { cipherSuite: 3 } });
    await session.send(commands.GetChassisStatus);
    expect(relay.sent.map(type)).toEqual([
      PayloadType.openRequest,
      PayloadType.rakp1,
      PayloadType.rakp3,
      PayloadType.message,
    ]);
    await session.close();
    expect(relay.sent).toHaveLength(5);
  });

  test("a wrong password is said once, and the BMC is not asked again with it", async () => {
    await using bmc = await sim();
    await using relay = await startRelay({ host: bmc.address, port: bmc.port });
    const wrong = { ...at(bmc, { password: new Secret("calvin0") }), host: relay.host, port: relay.port };
    expect(await failure(Session.open(wrong))).toBe("bmc.auth.password");
    const sent = relay.sent.length;
    expect(relay.sent.map(type).filter((one) => one === PayloadType.rakp1)).toHaveLength(1);
    expect(await failure(Session.open(wrong))).toBe("bmc.auth.password");
    expect(await failure(Session.open({ ...wrong, password: new Secret("calvin1") }))).toBe("bmc.auth.password");
    expect(relay.sent).toHaveLength(sent);
  });

  test("unknown user, K_g given where none is set, no common suite: each its own error", async () => {
    const open = async (more: Partial<IpmiTarget>) => {
      await using bmc = await sim();
      return await failure(Session.open(at(bmc, more)));
    };
    expect(await open({ username: "nobody" })).toBe("bmc.auth.user");
    expect(await open({ kg: new Secret("0x0102030405") })).toBe("bmc.auth.kg");
    expect(await open({ cipherSuites: [17] })).toBe("bmc.auth.cipher");
  });

  test("with the right K_g the session works", async () => {
    const kg = "0123456789abcdef";
    await using bmc = await startIpmiSim({ kg });
    await using session = await Session.open(at(bmc, { kg: new Secret(kg) }));
    expect((await session.send(commands.GetChassisStatus)).power).toBe("off");
    expect(await failure(Session.open(at(bmc)))).toBe("bmc.auth.kg");
  });

  test("suites 1, 2 and 0 work where they are configured", async () => {
    await using bmc = await sim();
    for (const suite of [1, 2, 0]) {
      await using session = await Session.open(at(bmc, { cipherSuites: [suite] }));
      expect(session.cipherSuite).toBe(suite);
      expect((await session.send(commands.GetDeviceId)).ipmiVersion).toBe(2);
    }
  });

  test("a session that somebody else closed is opened anew for the next command, once", async () => {
    await using bmc = await sim();
    const seen: string[] = [];
    const options = {
      onSession: (id: number) => seen.push(`open ${id}`),
      onSessionEnd: (id: number) => seen.push(`end ${id}`),
    };
    await using session = await Session.open(at(bmc), options);
    const first = session.managedSessionId;
    await using other = await Session.open(at(bmc, { known: { cipherSuite: 3 } }));
    expect(await closeSessionById(other, first)).toBe(true);
    expect(await closeSessionById(other, first)).toBe(false);
    expect((await session.send(commands.GetChassisStatus, {}, { timeout: milliseconds(300) })).power).toBe("on");
    expect(seen).toEqual([`open ${first}`, `end ${first}`, `open ${session.managedSessionId}`]);
    expect((await session.send(commands.GetSessionInfo, { index: 0, id: new Uint8Array(0) })).active).toBe(2);
  });

  test("a completion code is an error with its words, and raw gives it back as it is", async () => {
    await using bmc = await sim();
    await using session = await Session.open(at(bmc));
    const nonsense = { ...commands.GetDeviceId, name: "Nonsense", code: 0x7f };
    await expect(session.send(nonsense)).rejects.toMatchObject({
      code: "ipmi.completion-code",
      completionCode: 0xc1,
      message: expect.stringContaining("Nonsense: command not known (C1h)"),
    });
    expect((await session.raw(0x06, 0x7f, new Uint8Array(0))).completionCode).toBe(0xc1);
  });

  test("commands given at once are answered in order", async () => {
    await using bmc = await sim();
    await using session = await Session.open(at(bmc));
    const answers = await Promise.all(Array.from({ length: 80 }, () => session.send(commands.GetDeviceId)));
    expect(answers.map(({ deviceId }) => deviceId)).toEqual(Array.from({ length: 80 }, () => 1));
  });
});

describeShared("fleetsim", "against fleetsim, by a line that tampers", (source) => {
  beforeEach(() => needs("cc", "libssl-dev"));
  let net = 0;
  /** One BMC on an address of its own, and a relay in front of it. */
  async function behind(how: Tamper, options: readonly string[] = []) {
    net += 1;
    const fleet = await startFleet(source, 1, `127.${60 + (process.pid % 60)}.${net}.1`, [
      "--port",
      "9623",
      ...options,
    ]);
    const relay = await startRelay(fleet.targets[0] ?? { host: "", port: 0 }, how);
    const target: IpmiTarget = {
      host: relay.host,
      port: relay.port,
      username: "admin",
      password: new Secret("secret"),
    };
    const dispose = async () => {
      await relay[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
    };
    return { fleet, relay, target, [Symbol.asyncDispose]: dispose };
  }
  const refuse =
    (answer: number, status: number): Tamper =>
    (direction, datagram) => {
      if (direction === "out" || type(datagram) !== answer) return undefined;
      const { payload } = decodeDatagramPlus(datagram);
      const consoleId = new DataView(payload.buffer, payload.byteOffset).getUint32(4, true);
      return [encodePlain(answer, encodeRefusal(payload[0] ?? 0, status, consoleId))];
    };

  test("suite 17 is the first choice; 3 where 17 is not offered", async () => {
    await using newer = await behind(() => undefined);
    await using older = await behind(() => undefined, ["--no17"]);
    for (const [bmc, suite] of [
      [newer, 17],
      [older, 3],
    ] as const) {
      await using session = await Session.open(bmc.target);
      expect(session.cipherSuite).toBe(suite);
      expect((await session.send(commands.GetChassisStatus)).power).toBe("off");
    }
  });

  test("each datagram lost once, either way: nothing is taken for a refusal and the command is done", async () => {
    const lost = new Set<string>();
    await using bmc = await behind((direction, datagram) => {
      const kind = `${direction} ${isInSession(datagram) ? "session" : type(datagram)}`;
      if (lost.has(kind)) return undefined;
      lost.add(kind);
      return [];
    });
    await using session = await Session.open(bmc.target);
    await session.send(commands.ChassisControl, { action: "powerUp" });
    expect((await session.send(commands.GetChassisStatus)).power).toBe("on");
    expect([session.cipherSuite, session.privilege]).toEqual([17, "administrator"]);
    expect(lost.size).toBe(10);
  });

  test("every datagram doubled, and every answer also repeated much later, changes nothing", async () => {
    const earlier: Buffer[] = [];
    let asked = 0;
    await using bmc = await behind((direction, datagram) => {
      // fleetsim draws a new nonce for each RAKP 1: doubled every time, no log-in could work; doubled once, it must.
      if (direction === "out")
        return type(datagram) === PayloadType.rakp1 && asked++ > 0 ? undefined : [datagram, datagram];
      earlier.push(datagram);
      return [...earlier.slice(-6), datagram].toReversed();
    });
    await using session = await Session.open(bmc.target);
    for (let n = 0; n < 20; n++) {
      const action = n % 2 ? "powerUp" : "powerDown";
      await session.send(commands.ChassisControl, { action });
      const { power } = await session.send(commands.GetChassisStatus);
      expect(power).toBe(action === "powerUp" ? "on" : "off");
    }
  });

  test("damaged, foreign and senseless datagrams in an open session are not heard", async () => {
    await using bmc = await behind((direction, datagram) => {
      if (direction === "out" || !isInSession(datagram)) return undefined;
      const damaged = Buffer.from(datagram);
      damaged[20] = (damaged[20] ?? 0) ^ 0x10;
      return [
        Buffer.from("hello"),
        Buffer.alloc(0),
        damaged,
        encodePlain(PayloadType.message, Buffer.from("abc")),
        datagram,
      ];
    });
    await using session = await Session.open(bmc.target);
    expect((await session.send(commands.GetDeviceId)).deviceId).toBe(0x20);
  });

  test("a reset whose answer is lost is sent one time, and is an error that says so", async () => {
    await using bmc = await behind(() => undefined);
    const session = await Session.open(bmc.target);
    await session.raw(0x06, 0x01, new Uint8Array(0));
    bmc.relay.tamper((direction) => (direction === "back" ? [] : undefined));
    const reset = session.send(commands.ChassisControl, { action: "hardReset" }, { timeout: milliseconds(900) });
    await expect(reset).rejects.toMatchObject({ code: "ipmi.answer-lost", retryable: false });
    expect(await bmc.fleet.counts()).toMatchObject({ chassis_control: 1 });
    bmc.relay.tamper(() => undefined);
    expect((await session.send(commands.GetChassisStatus)).power).toBe("off");
    await session.close();
    expect(await bmc.fleet.counts()).toMatchObject({ chassis_control: 1, open: 2 });
  });

  test("power on, whose repetition is harmless, is said again until it is answered", async () => {
    await using bmc = await behind(() => undefined);
    await using session = await Session.open(bmc.target);
    await session.raw(0x06, 0x01, new Uint8Array(0));
    let lose = 2;
    bmc.relay.tamper((direction) => (direction === "back" && lose-- > 0 ? [] : undefined));
    await session.send(commands.ChassisControl, { action: "powerUp" });
    expect(await bmc.fleet.counts()).toMatchObject({ chassis_control: 3, open: 1 });
  });

  test.each([
    ["insufficientResources", PayloadType.openResponse, "bmc.sessions-full"],
    ["noCipherSuiteMatch", PayloadType.openResponse, "bmc.auth.cipher"],
    ["illegalParameter", PayloadType.openResponse, "bmc.auth.cipher"],
    ["unauthorizedRole", PayloadType.openResponse, "bmc.auth.role"],
    ["unauthorizedName", PayloadType.rakp2, "bmc.auth.user"],
    ["invalidRole", PayloadType.rakp2, "bmc.auth.role"],
    ["insufficientResourcesForRole", PayloadType.rakp2, "bmc.sessions-full"],
    ["invalidIntegrityCheck", PayloadType.rakp4, "bmc.auth.password"],
    ["invalidPayloadType", PayloadType.rakp4, "bmc.auth.refused"],
  ] as const)("%s in payload %i is %s", async (status, answer, expected) => {
    await using bmc = await behind(refuse(answer, RakpStatus[status]));
    expect(await failure(Session.open(bmc.target))).toBe(expected);
  });

  test("one refused log-in by name only is tried by name and level; a refused level one lower", async () => {
    const roles: number[] = [];
    await using bmc = await behind((direction, datagram) => {
      if (direction === "out") {
        if (type(datagram) === PayloadType.rakp1) roles.push(datagram[16 + 24] ?? 0);
        return undefined;
      }
      return type(datagram) === PayloadType.rakp2 && roles.length < 4
        ? refuse(PayloadType.rakp2, RakpStatus.unauthorizedRole)(direction, datagram, 0)
        : undefined;
    });
    await using session = await Session.open(bmc.target);
    expect(roles).toEqual([0x14, 0x04, 0x13, 0x03]);
    expect([session.privilege, session.nameOnlyLookup]).toEqual(["operator", false]);
  });

  test("a RAKP 3 that was repeated because its answer got lost may be refused as stale: the log-in starts over", async () => {
    let lost = false;
    await using bmc = await behind((direction, datagram, n) => {
      if (direction === "out" || type(datagram) !== PayloadType.rakp4) return undefined;
      const first = !lost;
      lost = true;
      if (first) return [];
      return n < 5 ? refuse(PayloadType.rakp4, RakpStatus.invalidSessionId)(direction, datagram, n) : undefined;
    });
    await using session = await Session.open(bmc.target);
    expect((await session.send(commands.GetChassisStatus)).power).toBe("off");
    expect(await bmc.fleet.counts()).toMatchObject({ open: 2 });
  });

  test("a stranger is refused before anything is sent under its identity", async () => {
    await using bmc = await behind(() => undefined);
    const accept = () => {
      throw new Error("a stranger");
    };
    await expect(Session.open(bmc.target, { accept })).rejects.toThrow("a stranger");
    expect(await bmc.fleet.counts()).toMatchObject({ rakp1: 1, chassis_status: 0, setpriv: 0 });
  });

  test("a controller that is another one after the session died is not spoken to", async () => {
    await using bmc = await behind(() => undefined);
    await using session = await Session.open(bmc.target);
    bmc.relay.tamper((direction, datagram) => {
      if (isInSession(datagram)) return [];
      if (direction === "out" || type(datagram) !== PayloadType.rakp2) return undefined;
      const other = Buffer.from(datagram);
      other.fill(0x77, 16 + 24, 16 + 40);
      return [other];
    });
    const status = session.send(commands.GetChassisStatus, {}, { timeout: milliseconds(200) });
    await expect(status).rejects.toMatchObject({ code: "bmc.stranger", exitCode: 4 });
  });

  test("silence, port unreachable, garbage and an unknown name are four errors, all exit code 3", async () => {
    await using silent = await behind(() => []);
    await using garbage = await behind((direction) =>
      direction === "back" ? [Buffer.from("HTTP/1.0 400")] : undefined,
    );
    const cases: [IpmiTarget, string][] = [
      [silent.target, "bmc.silent"],
      [garbage.target, "bmc.garbage"],
      [{ ...silent.target, host: "127.251.9.9", port: 9 }, "bmc.port-unreachable"],
      [{ ...silent.target, host: "no-such-host.invalid" }, "bmc.name"],
    ];
    for (const [target, expected] of cases) {
      const opening = Session.open(target, { timeout: milliseconds(700) });
      await expect(opening).rejects.toMatchObject({ code: expected, exitCode: 3, retryable: true });
    }
  });

  test.each([
    ["a password of 21 bytes", { password: new Secret("123456789012345678901") }, "21 bytes"],
    ["a password of 11 letters in 22 bytes", { password: new Secret("ääääääääääü") }, "22 bytes"],
    ["a user name of 17 bytes", { username: "seventeen-letters" }, "17 bytes"],
    ["half a byte of K_g", { kg: new Secret("0x0") }, "not hex digits in pairs"],
    ["a K_g of 21 bytes", { kg: new Secret(`0x${"ab".repeat(21)}`) }, "21 bytes"],
  ])("%s is refused before anything is sent, and said in bytes", async (_what, more, words) => {
    const target = { host: "192.0.2.1", port: 623, username: "admin", password: new Secret("secret"), ...more };
    const message = expect.stringContaining(words);
    await expect(Session.open(target)).rejects.toMatchObject({ code: "bmc.credentials", exitCode: 2, message });
  });

  test("an abort ends the wait at once, while opening and while sending", async () => {
    await using bmc = await behind(() => undefined);
    await using session = await Session.open(bmc.target);
    bmc.relay.tamper(() => []);
    const reason = new Error("enough");
    const abort = new AbortController();
    const waits = [
      Session.open(bmc.target, { signal: abort.signal }),
      session.send(commands.GetDeviceId, {}, { signal: abort.signal }),
    ];
    setTimeout(() => abort.abort(reason), 50);
    expect(await Promise.all(waits.map((wait) => wait.catch((error: unknown) => error)))).toEqual([reason, reason]);
    bmc.relay.tamper(() => undefined);
    expect((await session.send(commands.GetDeviceId)).deviceId).toBe(0x20);
  });

  test("sixty BMCs at once with 5 % loss: every one answers", async () => {
    net += 1;
    await using fleet = await startFleet(source, 60, `127.${60 + (process.pid % 60)}.${net}.1`, [
      "--port",
      "9623",
      "--loss-permille",
      "50",
    ]);
    const powers = await Promise.all(
      fleet.targets.map(async (target) => {
        await using session = await Session.open(
          { ...target, username: "admin", password: new Secret("secret") },
          { timeout: seconds(5) },
        );
        return (await session.send(commands.GetChassisStatus)).power;
      }),
    );
    expect(powers).toEqual(powers.map((_, i) => (i % 3 ? "on" : "off")));
  });
});

function decodeDatagramPlus(datagram: Uint8Array) {
  const read = decodeDatagram(datagram);
  if (read.kind !== "plus") throw new Error("not RMCP+");
  return read;
}
