import type { Command } from "#protocols/ipmi/command.ts";
import { CompletionCode } from "#protocols/ipmi/completion-codes.ts";
import { MalformedError } from "#protocols/ipmi/errors.ts";
import type { CommandContext } from "./context.ts";

/** A completion code other than 00h instead of an answer. */
export class Refusal {
  readonly completionCode: number;

  constructor(completionCode: number) {
    this.completionCode = completionCode;
  }
}

/** Refuses a command. */
export const refuse = (completionCode: number) => new Refusal(completionCode);

/** How one command is obeyed. */
export interface Responder {
  readonly command: Pick<Command<unknown, unknown>, "name" | "netFn" | "code" | "privilege">;
  answer(data: Uint8Array, context: CommandContext): Uint8Array | Refusal;
}

/** Obeys a command with what its description decodes and encodes. A request that cannot be decoded is answered CCh. */
export function responder<Q, R>(
  command: Command<Q, R>,
  act: (request: Q, context: CommandContext) => R | Refusal,
): Responder {
  return rawResponder(command, (data, context) => {
    const result = act(command.request.decode(data), context);
    return result instanceof Refusal ? result : command.response.encode(result);
  });
}

/** For answers whose length depends on what they say. */
export function rawResponder(
  command: Responder["command"],
  act: (data: Uint8Array, context: CommandContext) => Uint8Array | Refusal,
): Responder {
  return {
    command,
    answer(data, context) {
      try {
        return act(data, context);
      } catch (error) {
        if (error instanceof MalformedError) return refuse(CompletionCode.invalidField);
        throw error;
      }
    },
  };
}
