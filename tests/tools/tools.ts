/** How each tool is run without a terminal, and what it can do. */
import type { FakeToolCall } from "../../testing/mod.ts";

/** A tool as the scenes run it. */
export interface Tool {
  /** The name that `--serve --print` takes. */
  settings: string;
  /** What its package puts into `.bin`. */
  bin: string;
  /** The arguments that ask a prompt and end. */
  args(prompt: string): string[];
  /** Variables that keep it from anything but the server. */
  env?: Record<string, string>;
  /** Makes it read a file. */
  readFile?(path: string): FakeToolCall;
  /** Makes it start a subagent with a prompt. */
  startSubagent?(prompt: string): FakeToolCall;
  /** Makes it wait for the subagent, where it does not do so anyway. */
  waitForSubagent?(conversation: string): FakeToolCall;
}

/** Every tool, by the name of its row. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  "claude-code": claudeCode([]),
  "claude-code-model": claudeCode(["--model", "claude-haiku-4.5"]),

  codex: {
    settings: "codex",
    bin: "codex",
    args: (prompt) => [
      "exec",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      prompt,
    ],
    readFile: (path) => ({
      name: "exec_command",
      arguments: { cmd: `cat ${path}` },
    }),
    startSubagent: (prompt) => ({
      name: "spawn_agent",
      arguments: { message: prompt },
    }),
    waitForSubagent: (text) => ({
      name: "wait_agent",
      arguments: { targets: [/agent_id\W+([\w-]+)/.exec(text)?.[1] ?? ""] },
    }),
  },

  opencode: {
    settings: "opencode",
    bin: "opencode",
    args: (prompt) => ["run", prompt],
    readFile: (path) => ({ name: "read", arguments: { filePath: path } }),
    startSubagent: (prompt) => ({
      name: "task",
      arguments: {
        description: "Find the word",
        prompt,
        subagent_type: "general",
      },
    }),
  },
};

function claudeCode(more: string[]): Tool {
  return {
    settings: "claude-code",
    bin: "claude",
    args: (prompt) => ["-p", prompt, "--allowedTools", "Read,Task", ...more],
    readFile: (path) => ({ name: "Read", arguments: { file_path: path } }),
    startSubagent: (prompt) => ({
      name: "Agent",
      arguments: {
        description: "Find the word",
        prompt,
        subagent_type: "general-purpose",
      },
    }),
  };
}
