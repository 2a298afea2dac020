import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { scaledClock } from "#base/clock.ts";
import { RackhandError } from "#base/errors.ts";
import { minutes, seconds } from "#base/units.ts";
import type { Bmc, BmcFacts, BootDevice, RedfishBmcTarget } from "#bmc/bmc.ts";
import { connectAny } from "#bmc/connect.ts";
import { ensurePower, pressPower } from "#bmc/power.ts";
import { probeBmc } from "#bmc/probe.ts";
import { startBmc, type RedfishMachine } from "#simulator/machine.ts";
import { describeShared } from "../support/shared.ts";

/** Who each recorded tree is, in words that must appear. */
const who: Record<string, { vendor: RegExp; model: RegExp; firmware: RegExp; driver: string | undefined }> = {
  "ami-dgxh100": { vendor: /AMI/, model: /DGXH100/, firmware: /23\.11\.20/, driver: "ami" },
  "ami-gigabyte-h262": { vendor: /AMI/, model: /H262-Z63-00/, firmware: /12\.84\.13/, driver: "ami" },
  "dell-fc630-idrac8-2.41-blade": {
    vendor: /Dell/,
    model: /PowerEdge FC630/,
    firmware: /2\.41\.40\.40/,
    driver: "dell",
  },
  "dell-r720-idrac7-2.50": { vendor: /Dell/, model: /PowerEdge R720/, firmware: /2\.50\.50\.50/, driver: "dell" },
  "dell-r740-idrac9-3.15": { vendor: /Dell/, model: /PowerEdge R740/, firmware: /3\.15\.15\.15/, driver: "dell" },
  "dell-r750-idrac9-6.00": { vendor: /Dell/, model: /PowerEdge R750/, firmware: /6\.00\.30\.00/, driver: "dell" },
  "dell-r750-idrac9-7.10": { vendor: /Dell/, model: /PowerEdge R750/, firmware: /7\.10\.30\.00/, driver: "dell" },
  "dell-t630-idrac8-2.50": { vendor: /Dell/, model: /PowerEdge T630/, firmware: /2\.50\.50\.50/, driver: "dell" },
  "dmtf-rackmount1": { vendor: /Contoso/, model: /3500/, firmware: /1\.45\.455b66-rev4/, driver: undefined },
  "hpe-cray-ex425-multinode": { vendor: /Cray/, model: /EX425/, firmware: /./, driver: "cray" },
  "hpe-dl325gen10plus-ilo5-2.46": { vendor: /HPE/, model: /DL325/, firmware: /2\.46/, driver: "hpe" },
  "hpe-dl360-ilo6-1.66-emulator": { vendor: /HPE/, model: /DL380a/, firmware: /1\.66/, driver: "hpe" },
  "hpe-dl385gen10plusv2-ilo5-2.72": { vendor: /HPE/, model: /DL385/, firmware: /2\.72/, driver: "hpe" },
  "lenovo-sr670v2-xcc": { vendor: /Lenovo/, model: /SR670 V2/, firmware: /2\.83/, driver: "lenovo" },
  "lenovo-xcc-bmclib": { vendor: /Lenovo/, model: /SR650/, firmware: /2\.41/, driver: "lenovo" },
  "openbmc-bluefield3-dpu": { vendor: /NVIDIA/, model: /BlueField-3/, firmware: /BF-24\.10-10/, driver: "nvidia" },
  "openbmc-intel-s2600bpb": { vendor: /Intel/, model: /S2600BPB/, firmware: /1\.93/, driver: "intel" },
  "openbmc-nvidia-gb200": { vendor: /NVIDIA/, model: /GB200/, firmware: /GB200Nvl-24\.12-8/, driver: "nvidia" },
  "openbmc-stock-2.15": { vendor: /OpenBMC/, model: /OpenBmc/, firmware: /2\.15\.0-dev/, driver: "openbmc" },
  "supermicro-sys821ge-x13": {
    vendor: /Supermicro/,
    model: /SYS-821GE-TNHR/,
    firmware: /11\.01\.01/,
    driver: "supermicro",
  },
  "supermicro-x10-119": { vendor: /Supermicro/, model: /Super Server/, firmware: /4\.0/, driver: "supermicro" },
  "supermicro-x10sdv": { vendor: /Supermicro/, model: /Super Server/, firmware: /4\.0/, driver: "supermicro" },
};

const clock = scaledClock(15);
const machines: RedfishMachine[] = [];
afterAll(async () => {
  for (const machine of machines) await machine[Symbol.asyncDispose]();
});

interface Behind {
  machine: RedfishMachine;
  learnt: BmcFacts;
  open: (more?: Partial<RedfishBmcTarget>) => Promise<Bmc>;
}

async function behind(tree: string, name: string): Promise<Behind> {
  const machine = await startBmc({ name, clock, redfish: { tree } });
  machines.push(machine);
  const { address, port } = machine.redfish;
  const it: Behind = {
    machine,
    learnt: {},
    open: (more = {}) =>
      connectAny(
        {
          kind: "redfish",
          machine: name,
          address,
          port,
          username: "admin",
          password: new Secret("correct horse"),
          known: it.learnt,
          ...(name.includes("cray") ? { system: "Node0" } : {}),
          ...more,
        },
        { clock, onFacts: (_, facts) => void (it.learnt = facts) },
      ),
  };
  return it;
}

const options = { clock, within: minutes(5) };

describeShared("redfish", "behind each recorded tree", (dir) => {
  const trees = readdirSync(dir, { withFileTypes: true }).filter((one) => one.isDirectory() && one.name !== "misc");

  test("every recorded tree is known here", () => {
    expect(trees.map(({ name }) => name).toSorted()).toEqual(Object.keys(who).toSorted());
  });

  test.each(trees.map(({ name }) => name))(
    "%s: vendor, model and firmware are named; power and boot work and are read back; what it lacks is absent",
    { timeout: 60_000 },
    async (name) => {
      const expected = who[name];
      const it = await behind(join(dir, name), name);
      await using bmc = await it.open();
      const info = await bmc.identity?.read();
      expect([info?.vendor, info?.manufacturer].join(" ")).toMatch(expected?.vendor ?? /./);
      expect(info?.product).toMatch(expected?.model ?? /./);
      expect(info?.firmware).toMatch(expected?.firmware ?? /./);
      await bmc.rest();
      expect(it.learnt.redfish?.driver).toBe(expected?.driver);

      expect(bmc.power.actions).toEqual(expect.arrayContaining(["on", "off", "soft", "reset", "cycle"]));
      expect(await ensurePower(bmc, "off", options)).toBe("off");
      expect(it.machine.server.power).toBe("off");
      expect(await ensurePower(bmc, "on", options)).toBe("on");
      expect(it.machine.server.power).toBe("on");
      expect(await pressPower(bmc, "reset", options)).toBe("on");
      expect(await pressPower(bmc, "cycle", options)).toBe("on");

      // An override that is set in POST may be used up by the boot that is under way.
      while (it.machine.server.state !== "ready") await clock.sleep(seconds(1));
      expect(bmc.boot === undefined).toBe(name.includes("cray"));
      if (bmc.boot) await bootWorks(bmc, it.machine);
      await readsAll(bmc);
      await bmc.rest();
      expect(it.machine.redfish.openSessions).toEqual([]);
    },
  );
});

describeShared("redfish", "a controller of several systems", (dir) => {
  const cray = join(dir, "hpe-cray-ex425-multinode");

  test("is named all the same when nobody said which; what needs one system says how to name it", async () => {
    const it = await behind(cray, "compute7");
    await using bmc = await it.open();
    const { info, problem } = await probeBmc(bmc);
    expect(info.vendor).toBe("HPE Cray EX");
    expect(problem).toMatchObject({ code: "redfish.which-system", details: { systems: ["Node0", "Node1"] } });
    await expect(bmc.power.status()).rejects.toMatchObject({ exitCode: 2 });
  });

  test("each of them is switched by itself", async () => {
    const it = await behind(cray, "compute8");
    await using bmc = await it.open({ system: "Node1" });
    await ensurePower(bmc, "off", options);
    const powers = [...it.machine.redfish.servers].map(([path, server]) => [path.split("/").at(-1), server.power]);
    expect(Object.fromEntries(powers)).toMatchObject({ Node1: "off", Node0: it.machine.server.power });
    expect(it.machine.redfish.servers.get("/redfish/v1/Systems/Node1")?.power).toBe("off");
  });

  test("the one that is called like the machine is it", async () => {
    const it = await behind(cray, "node1");
    await using bmc = await it.open();
    expect(["on", "off"]).toContain(await bmc.power.status());
    expect(it.learnt.redfish?.system).toMatch(/Node1$/);
  });
});

async function bootWorks(bmc: Bmc, { server }: RedfishMachine): Promise<void> {
  const boot = bmc.boot;
  if (!boot) return;
  await boot.set({ device: "pxe", persistence: "once" });
  expect((await boot.get()).override).toMatchObject({ device: "pxe", persistence: "once" });
  expect(server.override.get()).toMatchObject({ source: "pxe", persistent: false });
  await boot.set({ device: "none", persistence: "once" });
  expect((await boot.get()).override.device).toBe("none");
  expect(server.override.get()?.source ?? "none").toBe("none");
  for (const device of ["disk", "cd", "bios", "http"] as const satisfies readonly BootDevice[]) {
    const set = await boot.set({ device, persistence: "once" }).catch((error: unknown) => error);
    if (set instanceof RackhandError) expect(`${device}: ${set.code}`).toBe(`${device}: boot.unsupported`);
    else expect(server.override.get()?.source, device).toBe(device);
  }
  await boot.set({ device: "none", persistence: "once" });
}

/** Nothing that is offered fails. */
async function readsAll(bmc: Bmc): Promise<void> {
  await bmc.inventory?.read();
  await bmc.sensors?.read();
  await bmc.events?.read({ most: 5 });
  await bmc.network?.read();
  await bmc.accounts?.list();
}
