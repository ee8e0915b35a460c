/**
 * What GitHub and Copilot expect to see on the wire, in one place. None of it
 * is documented by GitHub; the values are those of the client that this
 * package was brought over from, and of VS Code's Copilot Chat.
 *
 * @module
 */

/** What VS Code says of itself, without which Copilot refuses a request. */
const IDENTITY = {
  "user-agent": "GitHubCopilotChat/0.35.0",
  "editor-version": "vscode/1.107.0",
  "editor-plugin-version": "copilot-chat/0.35.0",
  "copilot-integration-id": "vscode-chat",
};

/** What an inference request says beside who sends it. */
export const OPENAI_INTENT = "conversation-edits";

/** What stands for `{EDITOR}` in the URLs that GitHub sends. */
export const EDITOR = "vscode";

/** How the credential reaches Copilot: traded for a token, or itself. */
export type CopilotAuth = "exchange" | "direct";

/** The identity headers for one kind of auth, `extra` laid over them. */
export function identityHeaders(
  auth: CopilotAuth | undefined,
  extra: RequestInit["headers"],
): Record<string, string> {
  return {
    ...IDENTITY,
    // The integration that GitHub documents for credentials sent to Copilot.
    ...(auth === "direct" &&
      { "copilot-integration-id": "copilot-developer-cli" }),
    ...Object.fromEntries(new Headers(extra)), // names in lower case
  };
}

/** Where GitHub says which host the seat lives on. */
export function accountURL(domain: string, auth?: CopilotAuth): string {
  return `https://api.${domain}/copilot_internal/` +
    (auth === "direct" ? "user" : "v2/token");
}

/** The host that is used when GitHub names none. */
export function defaultBaseURL(domain: string, auth?: CopilotAuth): string {
  return "https://" +
    (domain !== "github.com"
      ? `copilot-api.${domain}`
      : auth === "direct"
      ? "api.githubcopilot.com"
      : "api.individual.githubcopilot.com");
}

/**
 * The origin of a host, where that means itself and nothing else: a name of two
 * or more labels, with or without a port.
 */
export function originOf(host: string | undefined): string | undefined {
  const origin = "https://" + host;
  return /^([a-z\d-]+\.)+[a-z][a-z\d-]*(:\d+)?$/i.test(`${host}`) &&
      URL.canParse(origin)
    ? origin
    : undefined;
}
