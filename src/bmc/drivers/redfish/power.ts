import { deadline } from "#base/clock.ts";
import { RackhandError, TimeoutError, UsageError } from "#base/errors.ts";
import { seconds } from "#base/units.ts";
import type { RedfishClient } from "#protocols/redfish/client.ts";
import { ResponseError } from "#protocols/redfish/errors.ts";
import { text, type Resource } from "#protocols/redfish/resource.ts";
import { powerActions, type PowerAction, type PowerFacet, type PowerState } from "../../bmc.ts";
import { offered } from "./actions.ts";
import type { RedfishLine } from "./line.ts";
import type { Places } from "./places.ts";

/** One request to the controller that changes power. */
export interface Press {
  target: string;
  body: Record<string, string>;
  /** Only in this state: a push of the button does the opposite in the other. */
  when?: PowerState;
}

/** Presses that a vendor has besides the standard's, tried after those. */
export type MorePresses = (system: Resource, action: PowerAction) => readonly Press[];

/** What each word is in ResetType, the best first (handbook 3.3). `Off` is HPE Cray's word for a shutdown. */
const types: Record<PowerAction, readonly string[]> = {
  on: ["On", "ForceOn", "PushPowerButton"],
  off: ["ForceOff", "Off"],
  soft: ["GracefulShutdown", "Off", "PushPowerButton"],
  reset: ["ForceRestart", "PowerCycle"],
  cycle: ["PowerCycle", "ForcePowerCycle"],
  nmi: ["Nmi"],
};
/** ComputerSystem 1.0, for those who offer the action and do not say with which values. */
const usual = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi"];

/** ComputerSystem.Reset by what the controller advertises; reset and cycle become off and on where they are not offered. */
export class RedfishPower implements PowerFacet {
  readonly #line: RedfishLine;
  readonly #places: Places;
  readonly #more: MorePresses;

  constructor(line: RedfishLine, places: Places, more: MorePresses) {
    this.#line = line;
    this.#places = places;
    this.#more = more;
  }

  get actions(): readonly PowerAction[] {
    return this.#line.known.redfish?.actions ?? powerActions;
  }

  status(signal?: AbortSignal): Promise<PowerState> {
    return this.#line.use(signal, async (client) => this.#stateOf(await this.#places.system(client, signal)));
  }

  act(action: PowerAction, signal?: AbortSignal): Promise<void> {
    return this.#line.use(signal, async (client) => {
      const system = await this.#places.system(client, signal);
      const presses = await this.pressesFor(client, system, action, signal);
      if (presses.length > 0) return this.#first(client, system, action, presses, signal);
      if ((action === "reset" || action === "cycle") && (await this.#can(client, system, ["on", "off"], signal)))
        return this.#offAndOn(client, system, signal);
      throw unable(this.#line.target.machine, action, this.actions);
    });
  }

  /** What this controller can be asked for. */
  async offers(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<readonly PowerAction[]> {
    const able = new Set<PowerAction>();
    for (const action of powerActions)
      if ((await this.pressesFor(client, system, action, signal)).length > 0) able.add(action);
    if (able.has("on") && able.has("off")) able.add("reset").add("cycle");
    return powerActions.filter((action) => able.has(action));
  }

  async pressesFor(client: RedfishClient, system: Resource, action: PowerAction, signal?: AbortSignal) {
    const offer = await offered(client, system, "#ComputerSystem.Reset", "ResetType", signal);
    const values = offer ? (offer.values ?? usual) : [];
    const standard = types[action].flatMap((type): Press[] => {
      const value = values.find((one) => one.toLowerCase() === type.toLowerCase());
      if (value === undefined || offer === undefined) return [];
      const press = { target: offer.target, body: { ResetType: value } };
      return [type === "PushPowerButton" ? { ...press, when: action === "on" ? "off" : "on" } : press];
    });
    return [...standard, ...this.#more(system, action)];
  }

  async #can(client: RedfishClient, system: Resource, actions: readonly PowerAction[], signal?: AbortSignal) {
    for (const action of actions)
      if ((await this.pressesFor(client, system, action, signal)).length === 0) return false;
    return true;
  }

  /** The first press that the controller does not refuse as something that it does not know. */
  async #first(
    client: RedfishClient,
    system: Resource,
    action: PowerAction,
    presses: readonly Press[],
    signal?: AbortSignal,
  ): Promise<void> {
    for (const [index, press] of presses.entries()) {
      if (press.when !== undefined && this.#stateOf(system) !== press.when) continue;
      try {
        return await this.#press(client, press, signal);
      } catch (error) {
        const unknown = error instanceof ResponseError && unknownValue.has(error.code);
        if (unknown && index + 1 < presses.length) continue;
        throw notNow(error, action, this.#line.target.machine);
      }
    }
  }

  async #press(client: RedfishClient, press: Press, signal?: AbortSignal): Promise<void> {
    const answer = await client.post(press.target, press.body, { signal });
    try {
      await client.settle(answer, { within: taskPatience, signal });
    } catch (error) {
      // The state that is read afterwards is what counts, not a task that takes its time.
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  /** Where neither reset nor cycle is offered (iDRAC 7 and 8, early iDRAC 9). */
  async #offAndOn(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<void> {
    const { clock } = this.#line;
    if (this.#stateOf(system) === "on")
      await this.#first(client, system, "off", await this.pressesFor(client, system, "off", signal), signal);
    const limit = deadline(clock, offPatience);
    for (let offs = 0; offs < 2;) {
      offs = this.#stateOf(await client.get(system.path, { signal })) === "off" ? offs + 1 : 0;
      if (limit.passed() && offs === 0) throw stillOn(this.#line.target.machine);
      await clock.sleep(seconds(1), signal);
    }
    await this.#first(client, system, "on", await this.pressesFor(client, system, "on", signal), signal);
  }

  /** A machine on its way is still what it was going away from, or on already. */
  #stateOf(system: Resource): PowerState {
    const word = text(system, "PowerState")?.toLowerCase();
    if (word === "off") return "off";
    if (word === "on" || word === "poweringon" || word === "poweringoff" || word === "paused") return "on";
    throw new RackhandError("power.not-told", "the controller does not say whether the machine is on", {
      subject: this.#line.target.machine,
      advice: "it may be starting; try again in a minute",
      retryable: true,
    });
  }
}

const taskPatience = seconds(30);
const offPatience = seconds(60);
const unknownValue: ReadonlySet<string> = new Set([
  "redfish.action-value",
  "redfish.not-supported",
  "redfish.property-value",
]);
/** Refusals that speak of the machine's state: nothing was done. */
const ofState: ReadonlySet<string> = new Set([
  "redfish.conflict",
  "redfish.post-window",
  "redfish.not-supported",
  "redfish.busy",
]);

function notNow(error: unknown, action: PowerAction, machine: string): unknown {
  if (!(error instanceof ResponseError) || !ofState.has(error.code)) return error;
  return new RackhandError("power.not-now", `the controller does not do '${action}' now: ${error.message}`, {
    subject: machine,
    advice: "look at the power state, and try again",
    retryable: true,
    cause: error,
  });
}

function unable(machine: string, action: PowerAction, actions: readonly PowerAction[]): UsageError {
  return new UsageError("power.unsupported", `this controller does not offer '${action}'`, {
    subject: machine,
    advice: `it can do: ${actions.filter((one) => one !== action).join(", ") || "nothing"}`,
  });
}

function stillOn(machine: string): TimeoutError {
  return new TimeoutError(
    "power.not-reached",
    "power is not off a minute after switching off; it was not switched on again",
    {
      subject: machine,
      advice: "look at the controller's event log",
      retryable: false,
    },
  );
}
