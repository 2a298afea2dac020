import { keyOf, link, list, resource, text, type Resource } from "./json.ts";
import { refused, success, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";
import { allowedValues, type TreeAction } from "./tree.ts";
import type { ServerAction, SimulatedServer } from "../server.ts";

type Kind = ServerAction | "push" | "graceful";

/** What the types of reset do to the machine. `push` is the button on its front. */
const resets: Readonly<Record<string, Kind>> = {
  On: "on",
  ForceOn: "on",
  ForceOff: "off",
  // Cray's word for a shutdown
  Off: "soft",
  GracefulShutdown: "soft",
  GracefulRestart: "graceful",
  GracefulPowerCycle: "graceful",
  ForceRestart: "reset",
  PowerCycle: "cycle",
  FullPowerCycle: "cycle",
  ForcePowerCycle: "cycle",
  ACCycle: "cycle",
  ACPowerCycle: "cycle",
  AuxCycle: "cycle",
  ACReset: "cycle",
  PushPowerButton: "push",
  Nmi: "nmi",
};
/** Taken where a recording does not say (DSP2046, ComputerSystem 1.0). */
const usual = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "ForceOn"];
const parameterName = /ResetType$/;

/** PowerState and Reset of one System, bound to the server behind it. */
export class PowerFace implements Living {
  readonly #service: Service;
  readonly #server: SimulatedServer;
  readonly #path: string;
  readonly #chassis: ReadonlySet<string>;
  readonly #actions: readonly TreeAction[];
  #lastChange = { at: Number.NEGATIVE_INFINITY, off: false };

  constructor(service: Service, path: string, server: SimulatedServer) {
    this.#service = service;
    this.#server = server;
    this.#path = path;
    this.#chassis = new Set(list(service.tree.read(path), "Links", "Chassis").flatMap((one) => keyOf(link(one) ?? "")));
    this.#actions = service.tree.actions.filter((action) => keyOf(action.owner) === keyOf(path) && isReset(action));
    let power = server.power;
    server.on((event) => {
      if (event.type !== "state" || server.power === power) return;
      power = server.power;
      this.#lastChange = { at: service.clock.monotonic(), off: power === "off" };
    });
  }

  /** Whether the controller is in the moments after a power change in which it takes no writes. */
  get busy(): boolean {
    return this.#since() < this.#service.faults.power.busyAfterChange;
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    if (key === `${keyOf(this.#path)}/simulatedresetactioninfo`) return this.#actionInfo();
    if (!body) return body;
    if (this.#chassis.has(key) && "PowerState" in body) return { ...body, PowerState: this.#state() };
    return key === keyOf(this.#path) ? this.#withActions({ ...body, PowerState: this.#state() }) : body;
  }

  handle(request: Request): Reply | undefined {
    const action = this.#actions.find(({ target }) => keyOf(target) === request.key);
    if (!action || request.method !== "POST") return undefined;
    if (this.#service.faults.power.noAction) throw refused(404, "ResourceMissingAtURI", "There is no such action.");
    this.#reset(action, request);
    return success(this.#service.vendor.startsWith("hpe") ? 200 : 204);
  }

  #reset(action: TreeAction, { body, user }: Request): void {
    const { power } = this.#service.faults;
    const name = Object.keys(body).find((one) => parameterName.test(one));
    const type = text(body, name ?? "");
    if (name === undefined || type === undefined)
      throw refused(
        400,
        "ActionParameterMissing",
        "The action requires the parameter ResetType.",
        action.name,
        "ResetType",
      );
    const kind = resets[type];
    if (!this.#values(action, name).includes(type) || kind === undefined)
      throw refused(400, "ActionParameterNotSupported", `The value ${type} is not supported.`, type, name);
    if (kind === "on" && this.#lastChange.off && this.#since() < power.onRefusedAfterOff)
      throw refused(409, "ActionParameterValueConflict", "The value conflicts with the state.", "ResetType", type);
    if (power.commands === "obeyed") this.#act(kind, `Redfish ${user?.name ?? "nobody"}`);
  }

  #act(kind: Kind, by: string): void {
    const { unchanged } = this.#service.faults.power;
    const power = this.#server.power;
    if (unchanged === "refused" && kind === power)
      throw refused(409, "InvalidOperationForSystemState", `The server is powered ${power} already.`);
    const action = power === "off" ? this.#whenOff(kind) : this.#whenOn(kind);
    if (action !== undefined && !this.#server.act(action, by))
      throw refused(409, "ActionNotSupported", "The action is not possible while the system is powered off.");
  }

  /** Undefined: nothing happens. */
  #whenOff(kind: Kind): ServerAction | undefined {
    if (kind === "push") return "on";
    if (kind !== "graceful" && kind !== "reset" && kind !== "cycle") return kind;
    const { restartWhenOff } = this.#service.faults.power;
    if (restartWhenOff === "refused") return "reset"; // which the server refuses
    return restartWhenOff === "starts" ? "on" : undefined;
  }

  #whenOn(kind: Kind): ServerAction | undefined {
    if (kind === "push") return "soft";
    if (kind !== "graceful") return kind;
    // A system that does not listen does not restart gracefully either.
    return this.#server.behaviour.softOff === "ignored" ? undefined : "reset";
  }

  #state(): string {
    const { reportedLate, transitions } = this.#service.faults.power;
    if (reportedLate > 0) return this.#server.powerHistory.ago(reportedLate) === "on" ? "On" : "Off";
    if (transitions && this.#server.state === "shutting-down") return "PoweringOff";
    if (transitions && this.#server.state === "post") return "PoweringOn";
    return this.#server.power === "on" ? "On" : "Off";
  }

  #values(action: TreeAction, parameter: string): readonly string[] {
    const { values } = this.#service.faults.power;
    if (values && action.name === "ComputerSystem.Reset") return values;
    return allowedValues(action.body, parameter, (path) => this.#service.tree.read(path)) ?? usual;
  }

  /** The actions as the switches want them to be advertised. */
  #withActions(system: Resource): Resource {
    const { noAction, valuesIn, values } = this.#service.faults.power;
    const name = "#ComputerSystem.Reset";
    const recorded = resource(system, "Actions", name);
    if (!recorded) return system;
    if (noAction) {
      const { [name]: _gone, ...others } = resource(system, "Actions") ?? {};
      return { ...system, Actions: others };
    }
    const place = valuesIn === "as-recorded" && values ? "action" : valuesIn;
    if (place === "as-recorded") return system;
    const { "ResetType@Redfish.AllowableValues": _own, "@Redfish.ActionInfo": _info, ...bare } = recorded;
    const told = {
      action: { "ResetType@Redfish.AllowableValues": this.#resetValues() },
      "action-info": { "@Redfish.ActionInfo": this.#infoPath },
      nowhere: {},
    };
    return { ...system, Actions: { ...resource(system, "Actions"), [name]: { ...bare, ...told[place] } } };
  }

  get #infoPath(): string {
    return `${this.#path}/SimulatedResetActionInfo`;
  }

  #resetValues(): string[] {
    const action = this.#actions.find(({ name }) => name === "ComputerSystem.Reset");
    return action ? [...this.#values(action, "ResetType")] : usual;
  }

  #actionInfo(): Resource | undefined {
    if (this.#service.faults.power.valuesIn !== "action-info") return undefined;
    const parameter = { Name: "ResetType", Required: true, DataType: "String", AllowableValues: this.#resetValues() };
    const fixed = {
      "@odata.id": this.#infoPath,
      "@odata.type": "#ActionInfo.v1_1_2.ActionInfo",
      Id: "ResetActionInfo",
    };
    return { ...fixed, Name: "Reset Action Info", Parameters: [parameter] };
  }

  #since(): number {
    return this.#service.clock.monotonic() - this.#lastChange.at;
  }
}

/** `ComputerSystem.Reset` and what vendors put beside it (`FTSComputerSystem.Reset`, `OemSystemExtensions.Reset`, …). */
function isReset({ name }: TreeAction): boolean {
  return /(ComputerSystem|SystemExtensions|ComputerSystemExt)\.\w*Reset$/.test(name);
}
