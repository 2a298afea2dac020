import { readFile } from "node:fs/promises";
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

interface Route {
  device: string;
  network: bigint;
  length: number;
  metric: number;
}

const rejecting = 0x200;
const inUse = 0x1;

/**
 * The interface that packets to `address` leave by, when its link is down: the cable, the switch port or the interface of *this* host, so silence says
 * nothing about the other side. Undefined when the link is up, or when the routing tables do not tell.
 */
export async function downLinkTo(address: string): Promise<string | undefined> {
  const [bits, routes] = isIPv4(address) ? ([32, await routes4()] as const) : ([128, await routes6()] as const);
  const target = isIPv4(address) ? number4(address) : number6(address);
  const covers = (route: Route) => (target ^ route.network) >> BigInt(bits - route.length) === 0n;
  const [best] = routes.filter(covers).toSorted((a, b) => b.length - a.length || a.metric - b.metric);
  // The system lists only interfaces that are up and have a carrier.
  return best && best.device !== "lo" && !Object.hasOwn(networkInterfaces(), best.device) ? best.device : undefined;
}

async function table(file: string): Promise<string[][]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").map((line) => line.trim().split(/\s+/));
}

async function routes4(): Promise<Route[]> {
  const lines = await table("/proc/net/route");
  return lines.slice(1).flatMap(([device = "", network = "", , flags = "", , , metric = "", mask = ""]) => {
    const state = Number.parseInt(flags, 16);
    if (!device || !(state & inUse) || state & rejecting) return [];
    const ones = [...hostOrder(mask).toString(2)].filter((bit) => bit === "1").length;
    return [{ device, network: hostOrder(network), length: ones, metric: Number(metric) }];
  });
}

async function routes6(): Promise<Route[]> {
  const lines = await table("/proc/net/ipv6_route");
  return lines.flatMap(([network = "", length = "", , , , metric = "", , , flags = "", device = ""]) => {
    const state = Number.parseInt(flags, 16);
    if (!device || !(state & inUse) || state & rejecting) return [];
    return [
      {
        device,
        network: BigInt(`0x${network}`),
        length: Number.parseInt(length, 16),
        metric: Number.parseInt(metric, 16),
      },
    ];
  });
}

/** The kernel prints IPv4 words as they lie in memory. */
function hostOrder(hex: string): bigint {
  const bytes = Buffer.from(hex.padStart(8, "0"), "hex");
  return BigInt(bytes.readUInt32LE(0));
}

const number4 = (address: string): bigint => address.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);

function number6(address: string): bigint {
  const [plain = ""] = address.split("%");
  if (!isIPv6(plain)) return 0n;
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const words = (text: string) => (text ? text.split(":") : []);
  const [front, back] = [words(head), words(tail ?? "")];
  const gap = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => "0");
  return [...front, ...gap, ...back].reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n);
}
