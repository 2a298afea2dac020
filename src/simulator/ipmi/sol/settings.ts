import { SolParameter } from "#protocols/ipmi/payload.ts";

/** The SOL configuration parameters, as Set SOL Configuration Parameters leaves them. Units as on the wire. */
export interface SolSettings {
  enabled: boolean;
  /** Force encryption (80h), force authentication (40h), privilege. */
  authentication: number;
  /** 5 ms units, and characters. */
  accumulate: readonly [interval: number, threshold: number];
  /** 0..7 repetitions. */
  retryCount: number;
  /** 10 ms units. */
  retryInterval: number;
  /** 6..10: 9600..115200. */
  bitRate: number;
  volatileBitRate: number;
  /** Bytes of a SOL payload, either way. */
  inboundSize: number;
  outboundSize: number;
  /** Characters of the server's that are kept for the console; older ones are lost, which the next packet says. Default 1 MiB. */
  bufferSize: number;
}

export function defaultSolSettings(): SolSettings {
  return {
    enabled: true,
    authentication: 0x04,
    accumulate: [20, 1],
    retryCount: 7,
    retryInterval: 10,
    bitRate: 10,
    volatileBitRate: 10,
    inboundSize: 255,
    outboundSize: 255,
    bufferSize: 1 << 20,
  };
}

/** A parameter's bytes; undefined: there is none of that number. */
export function readParameter(settings: SolSettings, parameter: number, port: number): readonly number[] | undefined {
  const { accumulate, retryCount, retryInterval } = settings;
  const all: Record<number, readonly number[]> = {
    [SolParameter.setInProgress]: [0],
    [SolParameter.enable]: [settings.enabled ? 1 : 0],
    [SolParameter.authentication]: [settings.authentication],
    [SolParameter.accumulate]: accumulate,
    [SolParameter.retry]: [retryCount, retryInterval],
    [SolParameter.nonVolatileBitRate]: [settings.bitRate],
    [SolParameter.volatileBitRate]: [settings.volatileBitRate],
    [SolParameter.channel]: [1],
    [SolParameter.port]: [port & 0xff, port >> 8],
  };
  return all[parameter];
}

/** `read-only` and `unknown` are refusals. */
export function writeParameter(
  settings: SolSettings,
  parameter: number,
  [first = 0, second = 0]: Uint8Array,
): "done" | "read-only" | "unknown" {
  const writes: Record<number, () => void> = {
    [SolParameter.setInProgress]: () => undefined,
    [SolParameter.enable]: () => (settings.enabled = (first & 1) === 1),
    [SolParameter.authentication]: () => (settings.authentication = first),
    [SolParameter.accumulate]: () => (settings.accumulate = [first, second]),
    [SolParameter.retry]: () => Object.assign(settings, { retryCount: first & 7, retryInterval: second }),
    [SolParameter.nonVolatileBitRate]: () => (settings.bitRate = first & 0x0f),
    [SolParameter.volatileBitRate]: () => (settings.volatileBitRate = first & 0x0f),
  };
  const write = writes[parameter];
  if (!write) return parameter === SolParameter.channel || parameter === SolParameter.port ? "read-only" : "unknown";
  write();
  return "done";
}
