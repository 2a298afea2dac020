import { answerChallenge } from "../challenge.ts";
import { CredentialsMissingError } from "../errors.ts";
import type { Opening } from "./opening.ts";

/** RFC 6143 §7.2.2. */
export async function vncAuthentication({ wire, subject, password }: Opening): Promise<void> {
  if (password === undefined) throw new CredentialsMissingError(subject, "a password");
  const challenge = await wire.read(16);
  await wire.send(answerChallenge(challenge, password));
}
