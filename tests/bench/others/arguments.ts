/** What `main.ts` passes on to each benchmark. */
import { join } from "node:path";
import process from "node:process";

/** The path of a file of another client. */
export function packageFile(path: string): string {
  const flag = "--packages=";
  const word = process.argv.find((word) => word.startsWith(flag));
  if (!word) throw new Error("npm --prefix tests run bench:others starts it");
  return join(word.slice(flag.length), "node_modules", path);
}

/** A tenth of the measurements, to try the benchmark. */
export const isQuick = process.argv.includes("--quick");
