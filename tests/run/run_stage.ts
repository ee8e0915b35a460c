/** Runs one stage, and counts what has passed and failed. */
import { runCommand } from "./command.ts";
import { readReport } from "./report.ts";
import type { Stage } from "./stages.ts";

/** What became of a stage; a check counts as one test. */
export interface Result {
  passed: number;
  /** What failed, by name. */
  failed: string[];
  /** What the command has printed. */
  output: string;
}

/** Runs a stage. One whose command fails, or that finds no test, has failed. */
export async function runStage({ command, tests }: Stage): Promise<Result> {
  if (tests?.files.length === 0) {
    return { passed: 0, failed: ["there is no such test file"], output: "" };
  }
  const { code, output } = await runCommand(command);
  const isSuccess = code === 0;
  if (!tests) {
    return isSuccess
      ? { passed: 1, failed: [], output }
      : { passed: 0, failed: ["its output is above"], output };
  }
  const { passed, failed } = readReport(tests.report);
  if (failed.length === 0 && !isSuccess) {
    failed.push(`the command ended with code ${code}`);
  } else if (failed.length === 0 && passed === 0) {
    failed.push("no test was found");
  }
  return { passed, failed, output };
}
