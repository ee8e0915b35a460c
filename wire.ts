/**
 * What GitHub and Copilot expect to see on the wire, in one place. None of it
 * is documented by GitHub; the values are those of the client that this
 * package was brought over from, and of VS Code's Copilot Chat.
 *
 * @module
 */

/** What VS Code says of itself, without which Copilot refuses a request. */
const IDENTITY: Readonly<Record<string, string>> = {
  "User-Agent": "GitHubCopilotChat/0.35.0",
  "Editor-Version": "vscode/1.107.0",
  "Editor-Plugin-Version": "copilot-chat/0.35.0",
  "Copilot-Integration-Id": "vscode-chat",
};

/** The integration that GitHub documents for credentials sent to Copilot. */
const DIRECT_INTEGRATION = "copilot-developer-cli";

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
): Headers {
  const headers = new Headers(IDENTITY);
  if (auth === "direct") {
    headers.set("Copilot-Integration-Id", DIRECT_INTEGRATION);
  }
  new Headers(extra).forEach((value, name) => headers.set(name, value));
  return headers;
}

/** Where GitHub says which host the seat lives on. */
export function accountURL(domain: string, auth?: CopilotAuth): string {
  const path = auth === "direct" ? "user" : "v2/token";
  return `https://api.${domain}/copilot_internal/${path}`;
}

/** The host that is used when GitHub names none. */
export function defaultBaseURL(domain: string, auth?: CopilotAuth): string {
  if (domain !== "github.com") return `https://copilot-api.${domain}`;
  return auth === "direct"
    ? "https://api.githubcopilot.com"
    : "https://api.individual.githubcopilot.com";
}

/** Matches a bare host name of two or more labels, with or without a port. */
const CLEAN_HOST =
  /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z](?:[a-z\d-]*[a-z\d])?(?::\d{1,5})?$/i;

/** Whether `host` can follow `https://` and mean itself and nothing else. */
export function isCleanHost(host: string): boolean {
  return host.length <= 253 && CLEAN_HOST.test(host) &&
    URL.canParse(`https://${host}`);
}
