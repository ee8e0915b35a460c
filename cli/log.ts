/**
 * Prints each request on stderr, without secrets.
 *
 * @module
 */

import { redact } from "../internal/redact.ts";
import type { FetchLike } from "../mod.ts";
import { readQuota } from "../usage/quota.ts";
import type { ConnectionOptions } from "./arguments.ts";
import type { IO, Output } from "./io.ts";
import { quotaText } from "./quota_text.ts";
import { oneLine, writeLine } from "./terminal.ts";

/** The width of the column that names a line, in characters. */
const NAME_WIDTH = 10;

/** Writes a line of the log. */
export function writeEntry(
  stderr: Output,
  name: string,
  text: string,
): Promise<void> {
  return writeLine(stderr, `${name.padEnd(NAME_WIDTH)} ${oneLine(text)}`);
}

/** A `fetch` that prints each request and its outcome. */
export function logRequests(
  fetch: FetchLike,
  { demo, verbose }: ConnectionOptions,
  credential: string,
  { stderr }: Pick<IO, "stderr">,
): FetchLike {
  const log = (name: string, text: string) => writeEntry(stderr, name, text);
  let lastHost: string | undefined;

  return async (input, init) => {
    const startedAt = performance.now();
    const [result] = await Promise.allSettled([fetch(input, init)]);
    const duration = Math.round(performance.now() - startedAt);
    const response = result.status === "fulfilled" ? result.value : undefined;
    const outcome = response ? response.status : "failed";
    const time = verbose ? `, ${duration} ms` : "";
    const method = init?.method ?? "GET";
    const describe = (target: string) =>
      `${method} ${target}: ${outcome}${time}`;

    const { origin, host, pathname } = new URL(String(input));
    const gitHubRequest = GITHUB_REQUESTS[pathname];
    if (gitHubRequest !== undefined) {
      await log(gitHubRequest, describe(origin + pathname));
    } else {
      const { initiator, bearer } = readHeaders(init);
      const isExchanged = demo && bearer.includes("proxy-ep=");
      const source = isExchanged ? ", from the token's proxy-ep" : "";
      if (host !== lastHost) await log("host", host + source);
      lastHost = host;
      await log("request", describe(pathname));
      // A request without a body starts no turn.
      if (method === "POST") await log("initiator", initiator ?? "none");
    }
    if (verbose && response) await logHeaders(response, credential, stderr);
    if (result.status === "rejected") throw result.reason;
    return result.value;
  };
}

/** Prints a response's id and quotas. A server may echo what it was sent. */
async function logHeaders(
  response: Response,
  credential: string,
  stderr: Output,
): Promise<void> {
  const id = requestId(response);
  if (id) await writeEntry(stderr, "id", redact(id, credential));
  for (const quota of readQuota(response.headers)) {
    const name = quota.kind === "plan" ? "quota" : "rate limit";
    await writeEntry(stderr, name, redact(quotaText(quota), credential));
  }
}

/** The requests that go to GitHub, and their names. */
const GITHUB_REQUESTS: Readonly<Record<string, string>> = {
  "/copilot_internal/v2/token": "exchange",
  "/copilot_internal/user": "account",
};

function readHeaders(init: RequestInit | undefined) {
  const headers = new Headers(init?.headers);
  return {
    initiator: headers.get("x-initiator"),
    bearer: headers.get("authorization") ?? "",
  };
}

/** The id that GitHub's support asks for. */
function requestId({ headers }: Response): string | null {
  return headers.get("x-request-id") ?? headers.get("x-github-request-id");
}
