import { runs } from "./0001-runs.ts";

/** In order; a released one is never changed. The schema's version is how many of them have run. */
export const migrations: readonly string[] = [runs];
