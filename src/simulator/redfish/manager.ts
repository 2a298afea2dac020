import { at, isResource, keyOf, resource, text, type Resource } from "./json.ts";
import { refused, success, type Reply } from "./refusal.ts";
import type { Living, Request, Service } from "./service.ts";
import { allowedValues } from "./tree.ts";

/** IPMI over LAN of the same controller, for NetworkProtocol. */
export interface IpmiSwitch {
  readonly enabled: boolean;
  readonly port: number;
  set(enabled: boolean): void;
}

const resetActions = /(^|\.)(Manager|ManagerConfig|SmcManagerConfig|Manager\w*)\.Reset$|iDRACReset$/;

/** Restart of the controller, and the switch for IPMI over LAN. */
export class ManagerFace implements Living {
  readonly #service: Service;
  readonly #ipmi: IpmiSwitch | undefined;
  readonly #protocols: ReadonlySet<string>;

  constructor(service: Service, ipmi: IpmiSwitch | undefined) {
    this.#service = service;
    this.#ipmi = ipmi;
    const { tree } = service;
    const told = tree.managers.map((path) => text(tree.read(path), "NetworkProtocol", "@odata.id") ?? "");
    this.#protocols = new Set(told.filter((path) => isResource(at(tree.read(path), "IPMI"))).map(keyOf));
  }

  view(key: string, body: Resource | undefined): Resource | undefined {
    if (!body || !this.#ipmi || !this.#protocols.has(key)) return body;
    const { enabled, port } = this.#ipmi;
    return { ...body, IPMI: { ...resource(body, "IPMI"), ProtocolEnabled: enabled, Port: port } };
  }

  handle(request: Request): Reply | undefined {
    if (request.method === "POST") return this.#reset(request);
    const wanted = at(request.body, "IPMI", "ProtocolEnabled");
    if (request.method === "PATCH" && this.#protocols.has(request.key) && typeof wanted === "boolean")
      this.#ipmi?.set(wanted);
    return undefined;
  }

  #reset({ key, body }: Request): Reply | undefined {
    const action = this.#service.tree.actions.find(({ target }) => keyOf(target) === key);
    if (!action || !resetActions.test(action.name)) return undefined;
    const values = allowedValues(action.body, "ResetType", (path) => this.#service.tree.read(path));
    const type = text(body, "ResetType");
    if (type !== undefined && values && !values.includes(type))
      throw refused(400, "ActionParameterNotSupported", `The value ${type} is not supported.`, type, "ResetType");
    return { ...success(204), after: () => this.#service.restart() };
  }
}
