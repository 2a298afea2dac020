import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "#base/errors.ts";
import { EstateError, formatProblem } from "./errors.ts";
import { machineNamed, selectMachines, type Estate } from "./estate.ts";
import { findEstate, loadEstate } from "./load.ts";
import { parseFile } from "./reading/parse.ts";

let root: string;
let cacheDir: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "rackhand-estate-")));
  cacheDir = join(root, ".cache");
  write("rackhand.yaml", "");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Sets a file's times back, as if it had been written some time ago; its change time stays, so wait for the clock to tick over it. */
async function settle(): Promise<void> {
  for (const name of readdirSync(root)) if (name.endsWith(".yaml")) utimesSync(join(root, name), 1, 1);
  await new Promise((resolve) => setTimeout(resolve, 80));
}

function load(options: { cacheDir?: string } = {}): Promise<Estate> {
  return loadEstate({ root, ...options });
}

/** Every problem as people see it. */
async function problems(): Promise<string[]> {
  const error: unknown = await load().catch((thrown: unknown) => thrown);
  if (!(error instanceof EstateError)) throw new Error(`expected problems, got ${String(error)}`);
  expect(error).toMatchObject({ code: "estate.invalid", exitCode: 2 });
  return error.problems.map(formatProblem);
}

const credentials = `kind: Credentials
name: ipmi-home
for: [bmc]
username: admin
password: { env: IPMI_PASSWORD }
`;

describe("a valid estate", () => {
  test("gives machines with everything filled in", async () => {
    write("c.yaml", credentials);
    write(
      "machines/backup01.yaml",
      `kind: Machine
name: backup01
bmc: { address: '192.0.2.10:624', credentials: ipmi-home }
probes:
  ready: { tcp: 'nas.example.net:22', within: 180s }
jobs:
  pull: { schedule: '0 3 * * *', command: [pyznap, send], after: stop }
`,
    );
    const estate = await load();
    expect(machineNamed(estate, "backup01")).toEqual({
      kind: "Machine",
      name: "backup01",
      type: "physical",
      tags: [],
      bmc: { address: "192.0.2.10", port: 624, protocol: "auto", credentials: "ipmi-home" },
      probes: {
        ready: {
          check: { kind: "tcp", host: "nas.example.net", port: 22 },
          kind: "readiness",
          within: 180_000,
          every: 5000,
          timeout: 5000,
          successes: 1,
          failures: 1,
        },
      },
      wake: { tries: 6, between: "reset" },
      stop: { within: 300_000 },
      jobs: { pull: { schedule: "0 3 * * *", command: ["pyznap", "send"], where: "local", after: "stop" } },
    });
    expect(estate.places.get("Machine/backup01")).toBe("machines/backup01.yaml:1");
    expect(estate.warnings).toEqual([]);
  });

  test("a machine without a controller is woken by a magic packet", async () => {
    write("m.yaml", "kind: Machine\nname: m\npower: { on: { wol: 52-54-00-AB-CD-EF } }\n");
    expect(machineNamed(await load(), "m").power).toEqual({
      on: { wol: { mac: "52:54:00:ab:cd:ef", address: "255.255.255.255", port: 9 } },
    });
  });

  test("several documents in a file, anchors and merge keys are read; empty documents are not missed", async () => {
    write(
      "all.yaml",
      `---\n---\n${credentials}---\nkind: Machine\nname: a\nbmc: &bmc { address: 192.0.2.1, credentials: ipmi-home }\n---\n# nothing\n`,
    );
    write("b.yaml", "kind: Machine\nname: b\nwake: &w { tries: 3 }\njobs: { x: { command: [a], timeout: 5m } }\n");
    const estate = await load();
    expect([...estate.machines.keys()]).toEqual(["a", "b"]);
  });
});

describe("what is wrong", () => {
  test("is told with file, line, column and the nearest key, all at once", async () => {
    write("c.yaml", credentials);
    write(
      "m.yaml",
      `kind: Machine
name: backup01
site: hom
bmc:
  adress: 192.0.2.10
  address: 192.0.2.10
  credentials: ipmi-hom
probes:
  ready: { tcp: nas.example.net, within: 180 }
  other: { every: 5s }
wake: { tries: six, between: rest }
---
kind: Machin
name: x
---
name: y
`,
    );
    write("s.yaml", "kind: Site\nname: home\ntimezone: Mars/Olympus\n");
    expect(await problems()).toEqual([
      "m.yaml:3:7: site: there is no Site 'hom' (did you mean 'home'?)",
      "m.yaml:5:3: bmc.adress: unknown key (did you mean 'address'?)",
      "m.yaml:9:17: probes.ready.tcp: must be written host:port ([address]:port for IPv6)",
      "m.yaml:9:42: probes.ready.within: 180 of what? write a duration like 180s, 5m or 1h30m",
      "m.yaml:10:10: probes.other: needs exactly one of tcp, ssh, http, icmp",
      "m.yaml:11:16: wake.tries: must be a number, not text",
      "m.yaml:11:30: wake.between: must be one of reset, cycle, off-on (did you mean 'reset'?)",
      "m.yaml:13:7: kind: unknown kind 'Machin' (did you mean 'Machine'?)",
      "m.yaml:16:1: kind: the document does not say its kind (known are Machine, Credentials, Site)",
      "s.yaml:3:11: timezone: is not a time zone (Europe/Vienna)",
    ]);
  });

  test("a name declared twice is told with both places", async () => {
    write("a.yaml", credentials);
    write("b.yaml", `# a copy\n${credentials}`);
    expect(await problems()).toEqual([
      "b.yaml:3:7: name: Credentials 'ipmi-home' is declared twice: the first stands in a.yaml:1",
    ]);
  });

  test("credentials must exist and be meant for that use", async () => {
    write("c.yaml", credentials);
    write(
      "m.yaml",
      "kind: Machine\nname: m\nbmc: { address: x, credentials: ipmi-hom }\nprobes:\n  ready:\n    ssh: { host: h, credentials: ipmi-home, command: uptime }\n",
    );
    expect(await problems()).toEqual([
      "m.yaml:3:33: bmc.credentials: there are no Credentials 'ipmi-hom' (did you mean 'ipmi-home'?)",
      "m.yaml:6:34: probes.ready.ssh.credentials: Credentials 'ipmi-home' are not for ssh (add ssh to their `for:` in c.yaml:1)",
    ]);
  });

  test("credentials for a controller have a password: an empty one would be a wrong one, which counts towards a lock-out", async () => {
    write("c.yaml", credentials.replace("password: { env: IPMI_PASSWORD }\n", ""));
    write("m.yaml", "kind: Machine\nname: m\nbmc: { address: x, credentials: ipmi-home }\n");
    expect(await problems()).toEqual([
      "m.yaml:3:33: bmc.credentials: Credentials 'ipmi-home' have no password (say in c.yaml:1 where it is read from)",
    ]);
  });

  test("no pause between looks, or no time for a try, is refused: it would press reset as fast as it can", async () => {
    write(
      "m.yaml",
      "kind: Machine\nname: m\nprobes: { ready: { tcp: 'x:22', within: 0s, every: 0ms } }\nwake: { within: 10ms }\n",
    );
    expect(await problems()).toEqual([
      "m.yaml:3:41: probes.ready.within: must be at least 1.0 s",
      "m.yaml:3:52: probes.ready.every: must be at least 100 ms",
      "m.yaml:4:17: wake.within: must be at least 1.0 s",
    ]);
  });

  test("a key that stands twice, or no end of brackets, is told in words", async () => {
    write("a.yaml", "kind: Site\nname: a\nname: b\n");
    write("b.yaml", `kind: Site\nname: ${"[".repeat(9000)}\n`);
    const found = await problems();
    expect(found).toContain("a.yaml:3:1: this key stands here twice");
    expect(found.join("\n")).toContain("is nested too deeply");
  });

  test("a secret written out is refused with the reason, and is not repeated", async () => {
    write("c.yaml", credentials.replace("{ env: IPMI_PASSWORD }", "canary-5fe1"));
    const [problem] = await problems();
    expect(problem).toContain("c.yaml:5:11: password: a secret is never written into the estate");
    expect(problem).not.toContain("canary");
  });

  test("a number that should be text is told to be quoted", async () => {
    write("m.yaml", "kind: Machine\nname: 17\n");
    expect(await problems()).toEqual(["m.yaml:2:7: name: must be text, not a number: put it in quotes"]);
  });

  test("broken YAML is told where it breaks, and the other documents are checked all the same", async () => {
    write("a.yaml", "kind: Machine\nname: [\n");
    write("b.yaml", "kind: Site\nname: s\nname: t\n");
    write("c.yaml", "- a list\n");
    write("d.yaml", credentials.replace("for:", "fro:"));
    const found = await problems();
    expect(found.map((each) => each.split(" ")[0])).toEqual([
      "a.yaml:3:1:",
      "b.yaml:3:1:",
      "c.yaml:1:1:",
      "d.yaml:1:1:",
      "d.yaml:3:1:",
    ]);
  });

  test("both a controller and the means of a machine without one are refused", async () => {
    write("c.yaml", credentials);
    write(
      "m.yaml",
      "kind: Machine\nname: m\nbmc: { address: x, credentials: ipmi-home }\npower: { on: { wol: '52:54:00:00:00:01' } }\n",
    );
    expect(await problems()).toEqual([
      "m.yaml:4:1: power: a machine has either a bmc or this: `power` is for machines without a controller",
    ]);
  });

  test("more than the reader can take is refused", async () => {
    const bomb = [
      "a: &a [x, x, x, x, x, x, x, x, x, x]",
      ..."bcdefgh"
        .split("")
        .map((each, index) => `${each}: &${each} [${Array(10).fill(`*${"abcdefg"[index]}`).join(", ")}]`),
    ];
    write("bomb.yaml", `kind: Machine\nname: bomb\n${bomb.join("\n")}\n`);
    expect((await problems())[0]).toContain("bomb.yaml:1:1");
  });

  test("no text makes the parser fail", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(..."a:&*-[]{}#|>\n \t'\"<?!%@") })),
        (text) => {
          expect(() => parseFile("x.yaml", text)).not.toThrow();
        },
      ),
    );
  });
});

describe("defaults", () => {
  const site = `kind: Site
name: home
defaults:
  bmc: { credentials: ipmi-home, spacing: 100ms }
  probes: { ready: { every: 2s, tcp: 'default.example.net:22' }, patience: { timeout: 1s } }
  wake: { tries: 3, screens: [no-boot-device] }
roles:
  db: { wake: { tries: 2, between: cycle }, bmc: { privilege: operator } }
`;

  beforeEach(() => {
    write("c.yaml", credentials);
    write("s.yaml", site);
  });

  test("come from site, then role; the machine outranks both", async () => {
    write(
      "m.yaml",
      "kind: Machine\nname: m\nsite: home\nrole: db\nbmc: { address: x, spacing: 50ms }\nwake: { between: off-on }\n",
    );
    const machine = machineNamed(await load(), "m");
    expect(machine.bmc).toEqual({
      address: "x",
      protocol: "auto",
      credentials: "ipmi-home",
      spacing: 50,
      privilege: "operator",
    });
    expect(machine.wake).toEqual({ tries: 2, between: "off-on", screens: ["no-boot-device"] });
    expect(machine.probes["ready"]).toMatchObject({ check: { kind: "tcp", host: "default.example.net" }, every: 2000 });
  });

  test("a probe that says what it looks at takes only the default's patience", async () => {
    write("m.yaml", "kind: Machine\nname: m\nsite: home\nprobes: { ready: { icmp: h }, patience: { icmp: h } }\n");
    const { probes } = machineNamed(await load(), "m");
    expect(probes["ready"]).toMatchObject({ check: { kind: "icmp", host: "h" }, every: 2000 });
    expect(probes["patience"]).toMatchObject({ timeout: 1000 });
  });

  test("a bmc's defaults, and a probe of patience only, are for machines that have such", async () => {
    write("m.yaml", "kind: Machine\nname: m\nsite: home\n");
    const machine = machineNamed(await load(), "m");
    expect(machine.bmc).toBeUndefined();
    expect(Object.keys(machine.probes)).toEqual(["ready"]);
  });

  test("without them a machine's bmc must name its credentials", async () => {
    write("m.yaml", "kind: Machine\nname: m\nbmc:\n  address: x\n");
    expect(await problems()).toEqual(["m.yaml:3:1: bmc.credentials: is missing"]);
  });

  test("what is wrong in them is told where they stand, once", async () => {
    write("s.yaml", site.replace("ipmi-home", "ipmi-hom").replace("tries: 2", "tries: 99"));
    for (const name of ["m", "n"])
      write(`${name}.yaml`, `kind: Machine\nname: ${name}\nsite: home\nrole: db\nbmc: { address: ${name} }\n`);
    expect(await problems()).toEqual(["s.yaml:8:24: roles.db.wake.tries: must be at most 20"]);
    write("s.yaml", site.replace("ipmi-home", "ipmi-hom"));
    expect(await problems()).toEqual([
      "s.yaml:4:23: defaults.bmc.credentials: there are no Credentials 'ipmi-hom' (did you mean 'ipmi-home'?)",
    ]);
  });
});

describe("which files are read", () => {
  test("encrypted files, dot files and what SOPS wrote are not documents; what looks like one is warned about", async () => {
    for (const path of ["a.enc.yaml", ".sops.yaml", ".git/x.yaml", "node_modules/x.yaml"])
      write(path, "not: a document\n");
    write("s.yaml", "kind: Machine\nname: m\nsops: { mac: x }\n");
    write("machine.yml", "kind: Machine\nname: m\n");
    const estate = await load();
    expect(estate.machines.size).toBe(0);
    expect([...estate.warnings].sort()).toEqual([
      "machine.yml is not read: documents are *.yaml",
      "s.yaml is encrypted by SOPS, so its Machine is not read",
    ]);
  });

  test("links are followed within the estate and not out of it", async () => {
    const outside = mkdtempSync(join(tmpdir(), "rackhand-outside-"));
    writeFileSync(join(outside, "x.yaml"), "kind: Site\nname: x\n");
    write("..data/in.yaml", "kind: Site\nname: in\n");
    symlinkSync("..data/in.yaml", join(root, "in.yaml"));
    symlinkSync(join(outside, "x.yaml"), join(root, "x.yaml"));
    symlinkSync(root, join(root, "loop"));
    const estate = await load();
    expect([...estate.sites.keys()]).toEqual(["in"]);
    expect(estate.warnings).toEqual([
      "loop is not read: it is a link to a folder",
      "x.yaml is not read: it is a link that leaves the estate",
    ]);
    rmSync(outside, { recursive: true });
  });

  test("the same controller address twice is warned about", async () => {
    write("c.yaml", credentials);
    for (const name of ["m", "n"])
      write(`${name}.yaml`, `kind: Machine\nname: ${name}\nbmc: { address: 192.0.2.1, credentials: ipmi-home }\n`);
    expect((await load()).warnings).toEqual(["machines 'm' and 'n' have the same bmc address 192.0.2.1"]);
  });
});

describe("the cache", () => {
  const machine = (name: string) => `kind: Machine\nname: ${name}\n`;

  beforeEach(async () => {
    write("a.yaml", machine("a"));
    write("b.yaml", machine("b"));
    await settle();
  });

  test("gives the same estate as reading does", async () => {
    const cold = await load({ cacheDir });
    const warm = await load({ cacheDir });
    expect(warm).toEqual(cold);
    expect(readdirSync(cacheDir).map((name) => name.split("-")[0])).toEqual(["documents", "estate"]);
    expect(statSync(cacheDir).mode & 0o077).toBe(0);
  });

  test("notices a changed, a new and a removed file", async () => {
    await load({ cacheDir });
    write("a.yaml", machine("a2"));
    write("c.yaml", machine("c"));
    rmSync(join(root, "b.yaml"));
    expect([...(await load({ cacheDir })).machines.keys()]).toEqual(["a2", "c"]);
  });

  test("does not trust a file that was touched just now: it may change again within the same tick", async () => {
    write("a.yaml", machine("a"));
    await load({ cacheDir });
    expect(readdirSync(cacheDir).map((name) => name.split("-")[0])).toEqual(["documents"]);
  });

  test("is not believed when others could have written it, or when it is damaged", async () => {
    await load({ cacheDir });
    const name = readdirSync(cacheDir).find((each) => each.startsWith("estate-")) ?? "";
    const path = join(cacheDir, name);
    const forged = readFileSync(path, "utf8").replaceAll('"a"', '"forged"');
    writeFileSync(path, forged);
    expect((await load({ cacheDir })).machines.has("forged")).toBe(true);
    rmSync(path);
    writeFileSync(path, forged, { mode: 0o600 });
    const { chmodSync } = await import("node:fs");
    chmodSync(path, 0o666);
    expect((await load({ cacheDir })).machines.has("forged")).toBe(false);
    writeFileSync(path, "{");
    expect((await load({ cacheDir })).machines.has("a")).toBe(true);
  });

  test("that cannot be written harms nobody", async () => {
    write("file", "");
    expect((await load({ cacheDir: join(root, "file/cache") })).machines.size).toBe(2);
  });

  test("of a broken estate is not kept", async () => {
    write("a.yaml", "kind: Machine\nnam: a\n");
    await settle();
    await expect(load({ cacheDir })).rejects.toThrow(EstateError);
    await expect(load({ cacheDir })).rejects.toThrow(EstateError);
  });
});

describe("the estate's root", () => {
  test("is the flag's, else the environment's, else the nearest folder upwards with a rackhand.yaml", () => {
    const deep = join(root, "a/b");
    mkdirSync(deep, { recursive: true });
    expect(findEstate({ env: {}, cwd: deep })).toBe(root);
    expect(findEstate({ env: { RACKHAND_ESTATE: deep }, cwd: "/" })).toBe(deep);
    expect(findEstate({ flag: "a", env: { RACKHAND_ESTATE: deep }, cwd: root })).toBe(join(root, "a"));
  });

  test("that is nowhere, or no folder, is told with what to do", () => {
    expect(() => findEstate({ env: {}, cwd: "/proc" })).toThrow(
      expect.objectContaining({ code: "estate.not-found", exitCode: 2 }),
    );
    expect(() => findEstate({ flag: "gone", env: {}, cwd: root })).toThrow(/--estate says gone/);
  });
});

describe("selecting machines", () => {
  beforeEach(() => {
    write("s.yaml", "kind: Site\nname: home\n");
    write(
      "m.yaml",
      ["a", "b", "c"]
        .map(
          (name) =>
            `kind: Machine\nname: ${name}\nsite: home\nrole: ${name === "c" ? "db" : "web"}\ntags: [t${name}]\n`,
        )
        .join("---\n"),
    );
  });

  test("goes by names, site, role and tag", async () => {
    const estate = await load();
    const names = (...args: Parameters<typeof selectMachines> extends [Estate, ...infer Rest] ? Rest : never) =>
      selectMachines(estate, ...args).map(({ name }) => name);
    expect(names({ names: ["c", "a", "c"] })).toEqual(["c", "a"]);
    expect(names({ site: "home", role: "web" })).toEqual(["a", "b"]);
    expect(names({ tag: "tb", names: ["c"] })).toEqual(["c", "b"]);
    expect(names({ all: true })).toHaveLength(3);
  });

  test("refuses what there is not, with the nearest name", async () => {
    const estate = await load();
    expect(() => selectMachines(estate, { names: ["d"] })).toThrow(UsageError);
    expect(() => selectMachines(estate, { site: "hom" })).toThrow(
      expect.objectContaining({ code: "site.unknown", advice: "did you mean 'home'?" }),
    );
    expect(() => selectMachines(estate, { role: "x" })).toThrow(expect.objectContaining({ code: "machine.none" }));
    expect(() => selectMachines(estate, {})).toThrow(expect.objectContaining({ code: "machine.none" }));
  });
});
