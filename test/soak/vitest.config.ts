import { defineConfig } from "vitest/config";

/** What is too long for every change: `npm run soak`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    isolate: false,
    pool: "forks",
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    reporters: ["default"],
  },
});
