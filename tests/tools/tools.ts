/** How each tool is run without a terminal, and what it can do. */
import type { ToolServer } from "../../cli/serve/tool_settings.ts";
import type { FakeToolCall } from "../../testing/mod.ts";

/** A tool as the scenes run it. */
export interface Tool {
  /** The name that `--serve --print` takes. */
  settings: string;
  /** What its package puts into `.bin`. */
  bin: string;
  /** The arguments that set it up, where files and variables do not. */
  setUp?(server: ToolServer): string[];
  /** The arguments that ask a prompt and end. */
  args(prompt: string): string[];
  /** Whether it takes no prompt, but makes a message for staged changes. */
  commits?: boolean;
  /** Variables that keep it from anything but the server. */
  env?: Record<string, string>;
  /** Makes it read a file. */
  readFile?(path: string): FakeToolCall;
  /** Makes it start a subagent with a prompt. */
  startSubagent?(prompt: string): FakeToolCall;
  /** Makes it wait for the subagent, where it does not do so anyway. */
  waitForSubagent?(conversation: string): FakeToolCall;
}

/** Why a tool, or its newest version, was not run. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "opencommit 3.3.10":
    "in an empty home it sent nothing and did not end within 60 seconds; the cause was not found",
  "pi as @earendil-works/pi-coding-agent":
    "npm did not find one of its dependencies; the older name was run",
};

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

  pi: {
    settings: "pi",
    bin: "pi",
    args: (prompt) => [
      ...["--provider", "copilot", "--model", "gpt-5-mini"],
      ...["-p", prompt],
    ],
    readFile: (path) => ({ name: "read", arguments: { path } }),
  },

  "copilot-cli": {
    settings: "copilot-cli",
    bin: "copilot",
    args: (prompt) => ["--allow-all-tools", "--allow-all-paths", "-p", prompt],
    readFile: (path) => ({ name: "view", arguments: { path } }),
    startSubagent: (prompt) => ({
      name: "task",
      arguments: {
        name: "find-word",
        description: "Find the word",
        agent_type: "explore",
        mode: "sync",
        prompt,
      },
    }),
  },

  "qwen-code": {
    settings: "qwen-code",
    bin: "qwen",
    args: (prompt) => ["--yolo", prompt],
    readFile: (path) => ({
      name: "read_file",
      arguments: { file_path: path },
    }),
    startSubagent: (prompt) => ({
      name: "agent",
      arguments: {
        description: "Find the word",
        prompt,
        subagent_type: "general-purpose",
      },
    }),
  },

  continue: {
    settings: "continue",
    bin: "cn",
    args: (prompt) => [
      ...["--config", "../.continue/config.yaml"],
      ...["--auto", "-p", prompt],
    ],
    readFile: (path) => ({ name: "Read", arguments: { filepath: path } }),
  },

  cline: {
    settings: "cline",
    bin: "cline",
    setUp: ({ url, key }) => [
      ...["auth", "--provider", "openai-compatible", "--apikey", key],
      ...["--baseurl", `${url}/v1`, "--modelid", "gpt-5-mini"],
    ],
    args: (prompt) => [prompt],
    readFile: (path) => ({
      name: "read_files",
      arguments: { files: [{ path }] },
    }),
  },

  aicommits: {
    settings: "aicommits",
    bin: "aicommits",
    args: () => ["--yes"],
    commits: true,
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
