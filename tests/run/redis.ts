/** Whether the tests that need a Redis server can run. */
import { spawnSync } from "node:child_process";
import process from "node:process";

/** Whether `redis-server` is installed. */
export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/** CI on Linux installs it, so that the tests are not skipped unnoticed. */
export const mustHaveRedis = Boolean(process.env.CI) &&
  process.platform === "linux";

/** What the last line of a run says where tests were skipped. */
export const WITHOUT_REDIS =
  "the tests with Redis were skipped, as redis-server is not installed";
