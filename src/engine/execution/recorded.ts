import { NotOwner, recordedStep } from "#engine/durable/dbos.ts";
import { type Execution, isLost, lose, standStill } from "./execution.ts";

/** A recorded step of one execution. Never returns when the run is lost, so that nothing is recorded of what goes on elsewhere. */
export async function recorded<T>(execution: Execution, name: string, act: (seq: number) => Promise<T>): Promise<T> {
  if (isLost(execution)) return standStill(execution);
  try {
    return await recordedStep(name, (seq) =>
      act(seq).catch((error: unknown) => {
        if (isLost(execution)) return standStill(execution);
        throw error;
      }),
    );
  } catch (error) {
    if (error instanceof NotOwner) lose(execution);
    if (isLost(execution)) return standStill(execution);
    throw error;
  }
}
