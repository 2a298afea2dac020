import { defineConfig } from "vitest/config";

/** The lab: real firmware, a real kernel, a real sshd behind a BMC. Started by `lab/run`, which gives it a network of its own. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    isolate: false,
    pool: "forks",
    // One server at a time: QEMU without KVM wants a core for itself.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ["verbose", "../test/support/reporter.ts"],
  },
});
