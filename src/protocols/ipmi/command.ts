import { codec, type Codec, type Layout, type Values } from "./fields.ts";

/** Network functions of requests (IPMI 2.0 table 5-1); the response's is one more. */
export const NetFn = {
  chassis: 0x00,
  bridge: 0x02,
  sensor: 0x04,
  app: 0x06,
  firmware: 0x08,
  storage: 0x0a,
  transport: 0x0c,
} as const;

/** Privilege levels in rising order (IPMI 2.0 table 6-1). */
export const privileges = { callback: 1, user: 2, operator: 3, administrator: 4, oem: 5 } as const;
export type Privilege = keyof typeof privileges;

/**
 * What a repetition of the command would do: `reads` nothing; `sets` the same again, harmless; `once` it would act a second time
 * (reset, cycle, soft, NMI), so that it is sent one time only and a lost answer is reported as `ipmi.answer-lost`.
 */
export type CommandEffect = "reads" | "sets" | "once";

/** One IPMI command: the session encodes it, the simulated BMC decodes it. */
export interface Command<Request, Response> {
  readonly name: string;
  readonly netFn: number;
  readonly code: number;
  /** The least level at which a BMC does it (IPMI 2.0 appendix G). `none`: also without a session. */
  readonly privilege: Privilege | "none";
  readonly effect: (request: Request) => CommandEffect;
  /** Section of the IPMI 2.0 specification. */
  readonly spec: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
  /** Completion codes 80h..BEh as this command means them. */
  readonly completionCodes: Readonly<Record<number, string>>;
}

interface Description<Q extends Layout, R extends Layout> {
  netFn: number;
  code: number;
  privilege: Privilege | "none";
  effect: CommandEffect | ((request: Values<Q>) => CommandEffect);
  spec: string;
  request: Q;
  response: R;
  completionCodes?: Readonly<Record<number, string>>;
}

/** Describes a command. */
export function command<const Q extends Layout, const R extends Layout>(
  name: string,
  description: Description<Q, R>,
): Command<Values<Q>, Values<R>> {
  const { effect, request, response, completionCodes = {}, ...plain } = description;
  return {
    name,
    ...plain,
    effect: typeof effect === "function" ? effect : () => effect,
    request: codec(request),
    response: codec(response),
    completionCodes,
  };
}
