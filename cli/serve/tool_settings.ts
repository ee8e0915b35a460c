/**
 * How coding tools are set up to use the server.
 *
 * Every entry was tried with the tool itself: `npm --prefix tests run tools`.
 *
 * @module
 */

/** The server that a tool is to use. */
export interface ToolServer {
  /** Without a path or a slash at the end. */
  url: string;
  /** What the server requires; any other text where it requires none. */
  key: string;
}

/** What makes a tool use the server. */
export interface ToolSettings {
  /** The tool's name as its makers write it. */
  title: string;
  /** Its package on npm. */
  package: string;
  /** Environment variables. */
  env: Readonly<Record<string, string>>;
  /** Files by path, with their contents. */
  files: Readonly<Record<string, string>>;
  /** Commands that start it. */
  commands: readonly string[];
}

/** The settings of each tool, by the name that `--print` takes. */
export const TOOL_SETTINGS: Readonly<
  Record<string, (server: ToolServer) => ToolSettings>
> = {
  "claude-code": ({ url, key }) => ({
    title: "Claude Code",
    package: "@anthropic-ai/claude-code",
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    },
    files: {},
    commands: ["claude", "claude --model claude-haiku-4.5"],
  }),

  codex: ({ url, key }) => ({
    title: "Codex",
    package: "@openai/codex",
    env: { COPILOT_SERVE_KEY: key },
    files: {
      "~/.codex/config.toml": `model = "gpt-5.3-codex"
model_provider = "copilot"
check_for_update_on_startup = false

[model_providers.copilot]
name = "GitHub Copilot"
base_url = "${url}/v1"
env_key = "COPILOT_SERVE_KEY"
wire_api = "responses"

[analytics]
enabled = false
`,
    },
    commands: ["codex"],
  }),

  opencode: ({ url, key }) => ({
    title: "opencode",
    package: "opencode-ai",
    env: { OPENCODE_DISABLE_MODELS_FETCH: "1" },
    files: {
      "~/.config/opencode/opencode.json": json({
        $schema: "https://opencode.ai/config.json",
        autoupdate: false,
        share: "disabled",
        model: "copilot/gpt-5-mini",
        small_model: "copilot/gpt-5-mini",
        provider: {
          copilot: {
            npm: "@ai-sdk/openai-compatible",
            name: "GitHub Copilot",
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { "gpt-5-mini": {}, "claude-haiku-4.5": {} },
          },
        },
      }),
    },
    commands: ["opencode"],
  }),
};

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
