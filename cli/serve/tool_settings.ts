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
            models: {
              "gpt-5-mini": OPENCODE_MODEL,
              "claude-haiku-4.5": OPENCODE_MODEL,
            },
          },
        },
      }),
    },
    commands: ["opencode"],
  }),

  pi: ({ url, key }) => ({
    title: "pi",
    package: "@earendil-works/pi-coding-agent",
    env: { PI_OFFLINE: "1" },
    files: {
      "~/.pi/agent/models.json": json({
        providers: {
          copilot: {
            baseUrl: `${url}/v1`,
            api: "openai-completions",
            apiKey: key,
            models: [{ id: "gpt-5-mini", input: ["text", "image"] }],
          },
        },
      }),
    },
    commands: ["pi --provider copilot --model gpt-5-mini"],
  }),

  "copilot-cli": ({ url, key }) => ({
    title: "GitHub Copilot CLI",
    package: "@github/copilot",
    env: {
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_API_KEY: key,
      COPILOT_PROVIDER_WIRE_API: "responses",
      COPILOT_MODEL: "gpt-5-mini",
    },
    files: {},
    commands: ["copilot"],
  }),

  "qwen-code": ({ url, key }) => ({
    title: "Qwen Code",
    package: "@qwen-code/qwen-code",
    env: {
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: key,
      OPENAI_MODEL: "gpt-5-mini",
    },
    files: {
      "~/.qwen/settings.json": json({
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: "openai" } },
      }),
    },
    commands: ["qwen"],
  }),

  continue: ({ url, key }) => ({
    title: "Continue",
    package: "@continuedev/cli",
    env: { CONTINUE_CLI_ENABLE_TELEMETRY: "0" },
    files: {
      "~/.continue/config.yaml": `name: Copilot
version: 1.0.0
schema: v1
models:
  - name: GPT-5 mini
    provider: openai
    model: gpt-5-mini
    apiBase: ${url}/v1
    apiKey: ${key}
    useResponsesApi: false
    roles: [chat]
    capabilities: [tool_use]
`,
    },
    commands: ["cn --config ~/.continue/config.yaml"],
  }),

  cline: ({ url, key }) => ({
    title: "Cline",
    package: "cline",
    env: { CLINE_TELEMETRY_DISABLED: "1" },
    files: {},
    commands: [
      `cline auth --provider openai-compatible --baseurl ${url}/v1 --apikey ${key} --modelid gpt-5-mini`,
      "cline",
    ],
  }),

  opencommit: ({ url, key }) => ({
    title: "opencommit",
    package: "opencommit",
    env: {
      OCO_AI_PROVIDER: "openai",
      OCO_API_URL: `${url}/v1`,
      OCO_API_KEY: key,
      OCO_MODEL: "gpt-5-mini",
    },
    files: {},
    commands: ["oco"],
  }),

  aicommits: ({ url, key }) => ({
    title: "aicommits",
    package: "aicommits",
    env: {},
    files: {
      "~/.aicommits": `provider=custom
OPENAI_BASE_URL=${url}/v1
OPENAI_API_KEY=${key}
OPENAI_MODEL=gpt-5-mini
`,
    },
    commands: ["aicommits"],
  }),
};

/** A model that takes images: opencode knows none of those of Copilot. */
const OPENCODE_MODEL = {
  attachment: true,
  modalities: { input: ["text", "image"], output: ["text"] },
};

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
