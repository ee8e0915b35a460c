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
  /** The path at Copilot that it uses. */
  path: string;
  /** The model that it asks for, as Copilot lists it. */
  model: string;
  /** What is run where npm cannot install the newest version. */
  olderVersion?: string;
  /** The arguments that ask a prompt and end. */
  args(prompt: string): string[];
  /** Whether it takes no prompt, but makes a message for staged changes. */
  commits?: boolean;
  /** Variables that keep it from anything but the server. */
  env?: Record<string, string>;
  /** Makes it read a file. */
  readFile?(path: string): FakeToolCall;
  /** The arguments that ask a prompt about an image. */
  argsWithImage?(prompt: string, image: string): string[];
  /** Whether it sends the image that {@linkcode readFile} reads. */
  readsImages?: boolean;
  /** Makes it start a subagent with a prompt. */
  startSubagent?(prompt: string): FakeToolCall;
  /** Whether nothing marks the requests of its subagents. */
  isSubagentUnmarked?: boolean;
  /** Makes it wait for the subagent, where it does not do so anyway. */
  waitForSubagent?(conversation: string): FakeToolCall;
}

/** Every tool, by the name of its row. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  "claude-code": claudeCode("claude-opus-5.5", []),
  "claude-code-model": claudeCode("claude-haiku-4.5", [
    "--model",
    "claude-haiku-4.5",
  ]),

  codex: {
    settings: "codex",
    path: "/responses",
    model: "gpt-5.3-codex",
    bin: "codex",
    args: (prompt) => [
      "exec",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      prompt,
    ],
    argsWithImage: (prompt, image) => [
      "exec",
      "--skip-git-repo-check",
      "--dangerously-bypass-approvals-and-sandbox",
      prompt,
      "--image",
      image,
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
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "opencode",
    args: (prompt) => ["run", prompt],
    argsWithImage: (prompt, image) => ["run", prompt, "--file", image],
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
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "pi",
    args: (prompt) => [
      ...["--provider", "copilot", "--model", "gpt-5-mini"],
      ...["-p", prompt],
    ],
    argsWithImage: (prompt, image) => [
      ...["--provider", "copilot", "--model", "gpt-5-mini"],
      ...["-p", `@${image}`, prompt],
    ],
    olderVersion: "1.3.0",
    readFile: (path) => ({ name: "read", arguments: { path } }),
  },

  "copilot-cli": {
    settings: "copilot-cli",
    path: "/responses",
    model: "gpt-5-mini",
    bin: "copilot",
    args: (prompt) => ["--allow-all-tools", "--allow-all-paths", "-p", prompt],
    argsWithImage: (prompt, image) => [
      ...["--allow-all-tools", "--allow-all-paths"],
      ...["--attachment", image, "-p", prompt],
    ],
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
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "qwen",
    args: (prompt) => ["--yolo", prompt],
    argsWithImage: (prompt, image) => ["--yolo", `${prompt} @${image}`],
    readFile: (path) => ({
      name: "read_file",
      arguments: { file_path: path },
    }),
    isSubagentUnmarked: true,
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
    path: "/responses",
    model: "gpt-5-mini",
    bin: "cn",
    args: (prompt) => [
      ...["--config", "../.continue/config.yaml"],
      ...["--auto", "-p", prompt],
    ],
    readFile: (path) => ({ name: "Read", arguments: { filepath: path } }),
  },

  cline: {
    settings: "cline",
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "cline",
    setUp: ({ url, key }) => [
      ...["auth", "--provider", "openai-compatible", "--apikey", key],
      ...["--baseurl", `${url}/v1`, "--modelid", "gpt-5-mini"],
    ],
    args: (prompt) => [prompt],
    readsImages: true,
    readFile: (path) => ({
      name: "read_files",
      arguments: { files: [{ path }] },
    }),
    isSubagentUnmarked: true,
    startSubagent: (prompt) => ({
      name: "spawn_agent",
      arguments: { systemPrompt: "You find words.", task: prompt },
    }),
  },

  opencommit: {
    settings: "opencommit",
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "oco",
    args: () => ["--yes"],
    commits: true,
    // It asks npm for its newest version, and pushes what it has committed.
    env: { OCO_TEST_SKIP_VERSION_CHECK: "true", OCO_GITPUSH: "false" },
  },

  aicommits: {
    settings: "aicommits",
    path: "/chat/completions",
    model: "gpt-5-mini",
    bin: "aicommits",
    args: () => ["--yes"],
    commits: true,
  },
};

function claudeCode(model: string, more: string[]): Tool {
  return {
    settings: "claude-code",
    path: "/v1/messages",
    model,
    bin: "claude",
    args: (prompt) => ["-p", prompt, "--allowedTools", "Read,Task", ...more],
    readFile: (path) => ({ name: "Read", arguments: { file_path: path } }),
    readsImages: true,
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
