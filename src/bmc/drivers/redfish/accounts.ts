import { RackhandError, UsageError } from "#base/errors.ts";
import { didYouMean } from "#base/nearest.ts";
import type { Secret } from "#base/secret.ts";
import { seconds } from "#base/units.ts";
import { forgetWrongPasswords, type RedfishClient } from "#protocols/redfish/client.ts";
import { flag, link, number, text, texts, type Resource } from "#protocols/redfish/resource.ts";
import type { Account, AccountsFacet } from "../../facets.ts";
import type { RedfishLine } from "./line.ts";
import { given } from "./read.ts";
import { listed } from "./reading.ts";

/** Pauses before the log-in that proves a new password: some controllers take a moment to spread it. */
const beforeProof = seconds(1);

/** AccountService: who may get in, and a password change that is proven by a log-in. */
export function redfishAccounts(line: RedfishLine): AccountsFacet {
  const { machine } = line.target;

  async function all(client: RedfishClient, signal?: AbortSignal): Promise<readonly Resource[]> {
    const service = await accountService(client, signal);
    return listed(client, link(service, "Accounts"), { signal, most: 256, whole: ["Id", "UserName", "RoleId"] });
  }

  async function named(client: RedfishClient, name: string, signal?: AbortSignal): Promise<Resource> {
    // A controller that demands a new password shows nothing but the account itself.
    if (client.passwordChange) return client.get(client.passwordChange, { signal });
    const accounts = await all(client, signal);
    const account = accounts.find((one) => text(one, "UserName") === name);
    if (account) return account;
    throw noAccount(
      machine,
      name,
      accounts.flatMap((one) => text(one, "UserName") ?? []),
    );
  }

  async function change(client: RedfishClient, name: string, password: Secret, signal?: AbortSignal): Promise<void> {
    await checkLength(client, machine, password, signal);
    const account = await named(client, name, signal);
    const answer = await client.patch(account.path, { Password: password.reveal() }, { resource: account, signal });
    await client.settle(answer, { within: seconds(60), signal });
  }

  async function setPassword(name: string, password: Secret, signal?: AbortSignal): Promise<void> {
    await line.use(signal, (client) => change(client, name, password, signal));
    // Sessions that were opened with the old one go first: some tables have four places.
    await line.rest();
    forgetWrongPasswords(line.target.address, line.target.port);
    await line.clock.sleep(beforeProof, signal);
    if (!(await line.opens(name, password, signal))) throw notKept(machine, name);
    if (name === line.target.username) line.replacePassword(password);
  }

  return {
    list: (signal) => line.use(signal, async (client) => (await all(client, signal)).flatMap(accountOf)),
    setPassword,
    opens: (name, password, signal) => line.opens(name, password, signal),
  };
}

export async function accountService(client: RedfishClient, signal?: AbortSignal): Promise<Resource | undefined> {
  return client.find(link(await client.root({ signal }), "AccountService"), { signal });
}

/** Empty slots (iDRAC, Supermicro) are no accounts. */
function accountOf(one: Resource): Account[] {
  const name = text(one, "UserName");
  if (name === undefined) return [];
  const types = [...texts(one, "AccountTypes"), ...texts(one, "OEMAccountTypes")];
  const fields = { role: text(one, "RoleId"), enabled: flag(one, "Enabled"), locked: flag(one, "Locked") };
  return [{ id: text(one, "Id") ?? one.path, name, types, ...given(fields) }];
}

/** Controllers cut a password that is too long, or refuse it in words that say nothing. */
async function checkLength(client: RedfishClient, machine: string, password: Secret, signal?: AbortSignal) {
  const length = Buffer.byteLength(password.reveal());
  if (client.passwordChange) return;
  const service = await accountService(client, signal);
  const [least, most] = [number(service, "MinPasswordLength"), number(service, "MaxPasswordLength")];
  const wrong = (least !== undefined && length < least) || (most !== undefined && most > 0 && length > most);
  if (!wrong) return;
  throw new UsageError(
    "bmc.password.length",
    `this controller takes passwords of ${least ?? 0} to ${most ?? "any number of"} bytes; this one has ${length}`,
    { subject: machine, advice: "16 to 19 characters suit IPMI too" },
  );
}

function noAccount(machine: string, name: string, known: readonly string[]): UsageError {
  return new UsageError("bmc.account.none", `the controller has no account '${name}'`, {
    subject: machine,
    advice: didYouMean(name, known) || `it has: ${known.join(", ") || "none that it shows"}`,
  });
}

function notKept(machine: string, name: string): RackhandError {
  return new RackhandError(
    "bmc.password.not-kept",
    `the controller took the new password of '${name}', but does not open with it`,
    {
      subject: machine,
      advice:
        "the old one may still hold; it is not tried here, since controllers lock accounts. Wait a minute and probe with either",
    },
  );
}
