/** What is tried: each row of the page, and the packages that it needs. */

/** A row: what is tried, with the packages of `package.json`. */
export interface Row {
  title: string;
  /** A row is run only if the folder has all of them. */
  packages: readonly string[];
  /** The test files that are run. */
  files: readonly string[];
  /** What a user has to know. */
  note?: string;
}

/** The Node on which the newest packages run, as most need 22. */
export const NODE_OF_PROGRAMS = "node24";

/** SDKs, which run the contract of tests/helpers/sdk_contract.ts. */
export const SDKS: readonly Row[] = [
  {
    title: "OpenAI SDK",
    packages: ["openai"],
    files: [
      "tests/sdk/openai_test.ts",
      "tests/sdk/openai_responses_test.ts",
    ],
  },
  {
    title: "AI SDK",
    packages: ["ai", "@ai-sdk/openai-compatible", "zod"],
    files: ["tests/sdk/ai_sdk_test.ts"],
  },
  {
    title: "AI SDK, OpenAI",
    packages: ["@ai-sdk/openai", "ai", "zod"],
    files: ["tests/compat/programs/ai_openai.ts"],
  },
  {
    title: "AI SDK, Anthropic",
    packages: ["@ai-sdk/anthropic", "ai", "zod"],
    files: ["tests/compat/programs/ai_anthropic.ts"],
    note: "For requests with tools, remove the header `anthropic-beta`, " +
      "as the program does: it asks for `structured-outputs-2025-11-13`, " +
      "and Copilot refuses a request for a beta feature that it does not know.",
  },
  {
    title: "Anthropic SDK",
    packages: ["@anthropic-ai/sdk"],
    files: ["tests/sdk/anthropic_test.ts"],
  },
  {
    title: "LangChain, OpenAI",
    packages: ["@langchain/openai", "@langchain/core", "zod"],
    files: ["tests/sdk/langchain_test.ts"],
  },
  {
    title: "LangChain, Anthropic",
    packages: ["@langchain/anthropic", "@langchain/core", "zod"],
    files: ["tests/compat/programs/langchain_anthropic.ts"],
  },
  {
    title: "OpenAI Agents",
    packages: ["@openai/agents", "openai", "zod"],
    files: ["tests/compat/programs/openai_agents.ts"],
    note: "Set `tracingDisabled`, or its traces go to OpenAI.",
  },
  {
    title: "Mastra",
    packages: ["@mastra/core", "@ai-sdk/openai-compatible", "zod"],
    files: ["tests/compat/programs/mastra.ts"],
    note:
      "An aborted call resolves with the answer so far, and a retry waits " +
      "for up to a minute, whatever the response says. The tests of these " +
      "are not run.",
  },
  {
    title: "LlamaIndex",
    packages: ["llamaindex", "@llamaindex/openai"],
    files: ["tests/compat/programs/llamaindex.ts"],
    note: "It takes no signal, and with the Responses API it yields the last " +
      "word of a stream several times. The tests of these are not run. " +
      "Its packages are deprecated.",
  },
];

/** What replaces or watches `fetch`. */
export const WRAPPERS: readonly Row[] = [
  {
    title: "MSW",
    packages: ["msw"],
    files: ["tests/compat/programs/msw.ts"],
    note: "`http.all` sees the exchange, which is a GET of `api.github.com`, " +
      "as well as the requests.",
  },
  {
    title: "nock",
    packages: ["nock"],
    files: ["tests/compat/programs/nock.ts"],
    note: "To a request that no interceptor matches, it responds with that " +
      "request's headers. Of an exchange, the error shows them without the " +
      "credential; of a request to Copilot, the response is returned as it is.",
  },
  {
    title: "undici's MockAgent",
    packages: ["undici"],
    files: ["tests/compat/programs/mock_agent.ts"],
    note: "As the global dispatcher, and as `dispatcher` of a call, which is " +
      "used for its exchange too. It needs undici's own `fetch` in the option " +
      "`fetch`: on Node.js 24, whose `fetch` is of undici 7, a request with an " +
      "agent of undici 8 does not end, with or without this package.",
  },
  {
    title: "OpenTelemetry, undici",
    packages: [
      "@opentelemetry/instrumentation-undici",
      "@opentelemetry/instrumentation",
      "@opentelemetry/sdk-trace",
      "@opentelemetry/api",
    ],
    files: ["tests/compat/programs/opentelemetry.ts"],
    note: "No span has the credential or a token, also if the request fails. " +
      "Do not name `authorization` in `headersToSpanAttributes`.",
  },
  {
    title: "OpenTelemetry, fetch",
    packages: [
      "@opentelemetry/instrumentation-fetch",
      "@opentelemetry/sdk-trace",
      "@opentelemetry/api",
      "happy-dom",
    ],
    files: ["tests/compat/programs/opentelemetry_fetch.ts"],
    note: "It is for browsers, and runs with the document of happy-dom.",
  },
  {
    title: "Next.js",
    packages: ["next", "react", "react-dom"],
    files: ["tests/compat/programs/next.ts"],
    note: "A page with `revalidate = 60` is built and requested. The token " +
      "and the credential are in no file of `.next`, though another response " +
      "is stored there.",
  },
  {
    title: "Other realms",
    packages: ["jsdom", "happy-dom", "undici"],
    files: ["tests/compat/programs/realms.ts"],
    note:
      "A `Request`, `Headers`, an `AbortSignal` or a form that is not the " +
      "runtime's own, and headers and bytes of `node:vm`.",
  },
];

/** Other versions of Node. */
export const NODES: readonly string[] = ["node22", "node24", "node-newest"];

/**
 * The tests whose outcome another Node can change: fetch and its errors,
 * streams, signals, timers, cryptography, TLS, child processes and servers.
 */
export const TESTS_OF_NODES: readonly RegExp[] = [
  /^tests\/(credential|errors|exchange|network|store)\//,
  /^tests\/cache\/(aborts|liveness|shared_task|signals|time_limits|waiting)_test/,
  /^tests\/cli\/(node_fetch|process_command|program_\w+|program|proxy|signals)_test/,
  /^tests\/cli\/serve\//,
  /^tests\/sdk\/(anthropic|openai)_test/,
];

/** The check of the types of all programs. */
export const TYPES = "types";
