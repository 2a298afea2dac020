import { RackhandError } from "#base/errors.ts";
import { workflow, type Json, type Looked, type StepContext, type Workflow } from "#engine/flow.ts";
import type { AccountsFacet } from "#bmc/facets.ts";
import type { Fleet, Subject } from "#workflows/fleet.ts";

/** `source`: where the new password is read from, as the estate writes secrets; never the password. */
export type BmcPasswordInput = { account: string; source: Json };
export type BmcPasswordResult = { account: string };

/** Sets the password of one of the controller's accounts, and proves it by logging in. */
export const bmcPassword = (fleet: Fleet): Workflow<BmcPasswordInput, BmcPasswordResult> =>
  workflow("bmc-password", async ({ step, machine }, { account, source }) => {
    const subject = await fleet.subject(machine);
    const once = {
      effect: "once",
      look: (context: StepContext): Promise<Looked<void>> => opensAlready(fleet, subject, { account, source }, context),
    } as const;
    await step(
      `Set the password of '${account}', log in with it`,
      (context) => set(fleet, subject, { account, source }, context),
      once,
    );
    return { account };
  });

async function set(fleet: Fleet, subject: Subject, input: BmcPasswordInput, context: StepContext): Promise<void> {
  const password = await fleet.secret(input.source);
  await withAccounts(subject, context, async (accounts) => {
    await context.mayChange();
    await accounts.setPassword(input.account, password, context.signal);
  });
}

/** One try with the new one tells: at most one wrong password at the controller. */
async function opensAlready(
  fleet: Fleet,
  subject: Subject,
  { account, source }: BmcPasswordInput,
  context: StepContext,
): Promise<Looked<void>> {
  const password = await fleet.secret(source);
  await using bmc = await subject.open();
  const { accounts } = bmc;
  if (accounts && (await accounts.opens(account, password, context.signal)))
    return { happened: true, result: undefined };
  return { happened: false };
}

async function withAccounts(
  subject: Subject,
  context: StepContext,
  act: (accounts: AccountsFacet) => Promise<void>,
): Promise<void> {
  await using bmc = await subject.open();
  await bmc.contact?.(context.signal);
  if (bmc.accounts) return await act(bmc.accounts);
  throw new RackhandError("bmc.accounts.absent", "its controller's accounts cannot be reached: that takes Redfish", {
    subject: subject.name,
    advice: "change the password on the controller's own page",
  });
}
