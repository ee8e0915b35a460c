/**
 * The headers that identify the client to GitHub and Copilot, and the headers
 * that neither receives.
 *
 * GitHub documents almost none of them. The values are those that VS Code's
 * Copilot Chat extension sends, last checked in November 2026.
 *
 * @module
 */

/** Replaces `{EDITOR}` in the URLs that GitHub returns. */
export const EDITOR = "vscode";

const EDITOR_HEADERS = {
  "user-agent": "GitHubCopilotChat/0.35.0",
  "editor-version": "vscode/1.107.0",
  "editor-plugin-version": "copilot-chat/0.35.0",
};

/** Which client a request claims to come from. */
export type Identity = "editor" | "cli";

/** The headers of each identity. Copilot rejects requests without them. */
export const IDENTITY_HEADERS: Readonly<
  Record<Identity, Readonly<Record<string, string>>>
> = {
  editor: { ...EDITOR_HEADERS, "copilot-integration-id": "vscode-chat" },
  cli: {
    ...EDITOR_HEADERS,
    // The only id with which Copilot accepts fine-grained and Actions' tokens.
    "copilot-integration-id": "copilot-developer-cli",
  },
};

/** The identity that Copilot, or `/copilot_internal/user`, wants of a bearer. */
export function identityOf(bearer: string): Identity {
  return /^(github_pat|ghs)_/.test(bearer) ? "cli" : "editor";
}

/** Headers that requests to Copilot carry, and exchanges do not. */
export const INFERENCE_HEADERS = { "openai-intent": "conversation-edits" };

/** Names the version of Copilot's API; Copilot accepts requests without it. */
export const API_VERSION_HEADER = "x-github-api-version";

/** The version of `/models` that lists long context windows and prices. */
export const MODELS_API_VERSION = "2026-06-01";

/** Headers that do not go to Copilot, whoever set them. */
const REMOVED_HEADERS: ReadonlySet<string> = new Set([
  // Credentials of other providers.
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "ocp-apim-subscription-key",
  "cookie",
  "proxy-authorization",
  // About the connection of a request that a server passes on: RFC 9110, 7.6.1.
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  // About the client of such a request.
  "host",
  "forwarded",
  "x-real-ip",
  "via",
  // Would set the prototype of a record of headers.
  "__proto__",
]);

/** Whether a header, in lower case, does not go to Copilot. */
export function isRemovedHeader(name: string): boolean {
  return REMOVED_HEADERS.has(name) || name.startsWith("x-forwarded-");
}
