import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { Secret } from "#base/secret.ts";
import { connect } from "#bmc/connect.ts";
import type { BareBmcTarget } from "#bmc/bmc.ts";
import { sendMagicPacket } from "#protocols/wol/send.ts";
import { needs } from "../support/needs.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const mac = "52:54:00:12:34:56";
const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.close()));

/** Hears datagrams to any address of 127/8, also its broadcast address. */
async function listener(): Promise<{ port: number; next: () => Promise<string> }> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  const heard: string[] = [];
  socket.on("message", (message) => heard.push(message.toString("hex")));
  socket.bind(0, "0.0.0.0");
  await once(socket, "listening");
  const next = async () => {
    if (heard.length === 0) await once(socket, "message");
    return heard.shift() ?? "";
  };
  return { port: socket.address().port, next };
}

test("the packet is, byte for byte, that of wakeonlan", async () => {
  needs("wakeonlan");
  const { port, next } = await listener();
  await run("wakeonlan", ["-i", "127.255.255.255", "-p", String(port), mac]);
  const theirs = await next();
  await sendMagicPacket({ mac, address: "127.255.255.255", port });
  expect(await next()).toBe(theirs);
});

test("a SecureOn password is appended as ether-wake appends it", async () => {
  needs("etherwake", "unshare", "ip");
  const { port, next } = await listener();
  const script = 'ip link set lo up; exec etherwake -D -i lo -p 01:23:45:67:89:ab "$1"';
  const { stdout, stderr } = await run("unshare", [
    "--user",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    script,
    "sh",
    mac,
  ]);
  const said = stdout + stderr;
  const bytes = [...(/Packet is ([^.]*)/.exec(said)?.[1] ?? "").matchAll(/[0-9a-f]{2}/gi)]
    .map(([byte]) => byte)
    .join("");
  await sendMagicPacket({ mac, address: "127.0.0.1", port, secureOn: new Secret("01:23:45:67:89:ab") });
  const ours = await next();
  const ethernetHeader = 14;
  expect(bytes.slice(2 * ethernetHeader)).toBe(ours.slice(0, -12));
  // Of the password it prints the first four bytes, and of the whole frame the length.
  expect(said).toContain("password is 01 23 45 67");
  expect(said).toContain(`Sendto worked ! ${ethernetHeader + ours.length / 2}`);
});

test("nobody needs root for it, and a few copies go out", async () => {
  const { port, next } = await listener();
  await sendMagicPacket({ mac, address: "127.255.255.255", port });
  const copies = [await next(), await next(), await next()];
  expect(new Set(copies).size).toBe(1);
});

test("a broadcast goes out to the subnet in a network of our own", async () => {
  needs("unshare", "ip");
  const script = `
    import { createSocket } from "node:dgram";
    import { once } from "node:events";
    import { sendMagicPacket } from "${root}/src/protocols/wol/send.ts";
    const socket = createSocket("udp4");
    socket.bind(9, "0.0.0.0");
    await once(socket, "listening");
    const heard = once(socket, "message");
    await sendMagicPacket({ mac: "${mac}", address: "192.0.2.255", port: 9 });
    console.log((await heard)[0].length);
    socket.close();
  `;
  const setup =
    'ip link set lo up; ip link add near type veth peer name far; ip addr add 192.0.2.1/24 brd + dev near; ip link set near up; ip link set far up; exec "$@"';
  const args = [
    "--user",
    "--map-root-user",
    "--net",
    "sh",
    "-c",
    setup,
    "sh",
    process.execPath,
    "--input-type=module",
    "-e",
    script,
  ];
  const { stdout } = await run("unshare", args);
  expect(stdout.trim()).toBe("102");
});

test("an address that cannot be sent to is wol.not-sent, exit 3", async () => {
  await expect(sendMagicPacket({ mac, address: "subnet.invalid", port: 9 })).rejects.toMatchObject({
    code: "wol.not-sent",
    exitCode: 3,
  });
});

test("a machine without a controller is woken by the packet, seen by its probe and shut down by its command", async () => {
  const { port, next } = await listener();
  let up = false;
  const target: BareBmcTarget = {
    kind: "bare",
    machine: "htpc",
    wake: { mac: mac.toUpperCase(), address: "127.0.0.1", port },
    answers: async () => up,
    shutDown: async () => {
      up = false;
    },
  };
  await using bmc = connect(target);
  expect([bmc.key, bmc.power.actions, bmc.boot]).toEqual([`wol:${mac}`, ["on", "soft"], undefined]);
  expect(await bmc.power.status()).toBe("off");
  await bmc.power.act("on");
  expect(await next()).toHaveLength(204);
  up = true;
  expect(await bmc.power.status()).toBe("on");
  await bmc.power.act("soft");
  expect(await bmc.power.status()).toBe("off");
  await expect(bmc.power.act("reset")).rejects.toMatchObject({ code: "power.unsupported", exitCode: 2 });
});
