/**
 * What GitHub says about an account: its plan and its quotas.
 *
 * @module
 */

import {
  CopilotTokenError,
  errorFromResponse,
  type GitHubResponse,
} from "../internal/errors.ts";
import { requestGitHub } from "../internal/exchange.ts";
import {
  explanationOf,
  NO_USER_HINT,
  PROXY_HINT,
  TIMEOUT_HINT,
  USAGE_REFUSED_HINT,
} from "../internal/hints.ts";
import { parseJSON } from "../internal/json.ts";
import type { ExchangeOptions } from "../internal/option_types.ts";
import {
  ownOption,
  resolveCredential,
  type ResolvedExchangeOptions,
  resolveExchangeOptions,
} from "../internal/options.ts";
import { redact } from "../internal/redact.ts";
import {
  LATE,
  throwIfAborted,
  waitAtMost,
  waitFor,
} from "../internal/waiting.ts";
import type { CopilotFetchOptions, GitHubCredential } from "../mod.ts";
import type { Quota } from "./quota.ts";
import { readUserQuotas } from "./user_quotas.ts";

/**
 * How GitHub is asked; options about requests to Copilot have no effect.
 *
 * @example A tenant with data residency
 * ```ts
 * import { fetchUsage, type UsageOptions } from "@copilot-fetch/core/usage";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const options: UsageOptions = {
 *   domain: "acme.ghe.com",
 *   exchangeTimeout: 5000,
 *   // Omit `fetch`, and pass your own credential, to ask GitHub.
 *   fetch: createFakeCopilot({ domain: "acme.ghe.com" }).fetch,
 * };
 * const { login } = await fetchUsage("ghu_demo", options);
 * console.log(login); // "octocat"
 * ```
 */
export interface UsageOptions
  extends CopilotFetchOptions, Pick<ExchangeOptions, "signal"> {}

/**
 * An account's plan, and how much of it is used.
 *
 * @example The plan, and what is left of it
 * ```ts
 * import { fetchUsage, type Usage } from "@copilot-fetch/core/usage";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * function describe({ plan, quotas }: Usage): string {
 *   return `${plan}: ${quotas.map(({ name }) => name).join(", ")}`;
 * }
 * // Omit `fetch`, and pass your own credential, to ask GitHub.
 * const { fetch } = createFakeCopilot();
 * console.log(describe(await fetchUsage("ghu_demo", { fetch })));
 * ```
 */
export interface Usage {
  /** The account's name on GitHub. */
  login?: string;
  /** GitHub's name for the plan, such as `"individual"` or `"business"`. */
  plan?: string;
  /**
   * Whether the plan is billed by tokens, in AI credits. If not, premium
   * requests are counted. Missing if GitHub does not say.
   */
  isBilledByTokens?: boolean;
  /** What the plan includes, and what is left. */
  quotas: Quota[];
}

/**
 * Asks GitHub for the plan and the quotas of a credential's account.
 *
 * Each call sends one request to `https://api.<domain>/copilot_internal/user`.
 * All values are GitHub's; what GitHub does not report is missing.
 *
 * @example
 * ```ts
 * import { fetchUsage } from "@copilot-fetch/core/usage";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * // Omit `fetch`, and pass your own credential, to ask GitHub.
 * const usage = await fetchUsage("ghu_demo", {
 *   fetch: createFakeCopilot({ plan: "business" }).fetch,
 * });
 * console.log(usage.login, usage.plan); // "octocat" "business"
 * ```
 *
 * @param credential The GitHub credential, or a function that returns it
 * @param options How GitHub is asked
 * @throws {CopilotTokenError} If GitHub refuses the credential or cannot be
 * reached, or if it is an installation token, which has no user
 * @throws {TypeError} If an option is invalid
 */
export async function fetchUsage(
  credential: GitHubCredential,
  options: UsageOptions = {},
): Promise<Usage> {
  const resolved = resolveExchangeOptions(options);
  const signal = ownOption(options, "signal");
  throwIfAborted(signal);
  const given = typeof credential === "function"
    ? await waitFor(Promise.resolve(credential()), signal)
    : credential;
  const secret = resolveCredential(given);
  if (secret.startsWith("ghs_")) throw noUserError();
  const response = await requestUser(secret, resolved, signal);
  if (response.status !== 200) throw refusal(response, secret);
  const user = parseJSON(response.body);
  if (!user) throw invalidUserError();
  return readUsage(user);
}

/** Sends the request, within the time limit of an exchange. */
async function requestUser(
  credential: string,
  options: ResolvedExchangeOptions,
  signal: AbortSignal | null | undefined,
): Promise<GitHubResponse> {
  const { exchangeTimeout } = options;
  const controller = new AbortController();
  try {
    const request = requestGitHub(
      credential,
      "direct",
      options,
      controller.signal,
    );
    const response = await waitAtMost(exchangeTimeout, request, signal);
    if (response === LATE) throw timeoutError(exchangeTimeout);
    return response;
  } finally {
    controller.abort(); // has no effect on a request that has ended
  }
}

function readUsage(user: Record<string, unknown>): Usage {
  const { login, copilot_plan, token_based_billing } = user;
  return {
    ...(typeof login === "string" && { login }),
    ...(typeof copilot_plan === "string" && { plan: copilot_plan }),
    ...(typeof token_based_billing === "boolean" &&
      { isBilledByTokens: token_based_billing }),
    quotas: readUserQuotas(user),
  };
}

/** The error for a response other than 200. */
function refusal(
  response: GitHubResponse,
  credential: string,
): CopilotTokenError {
  const error = errorFromResponse(response, credential, Date.now());
  const body = parseJSON(response.body);
  const isExplained = explanationOf(body) !== undefined;
  if (error.code !== "no_access" || isExplained) return error;
  // The hints of the other functions are about the exchange.
  const reason = redact(String(body?.message), credential);
  return new CopilotTokenError(
    `copilot usage: http ${error.status}: ${reason}`,
    { code: "no_access", status: error.status, hint: USAGE_REFUSED_HINT },
  );
}

function noUserError(): CopilotTokenError {
  return new CopilotTokenError(
    "copilot usage: an installation token has no user",
    { code: "no_access", hint: NO_USER_HINT },
  );
}

function invalidUserError(): CopilotTokenError {
  return new CopilotTokenError("copilot usage: parse: not a JSON object", {
    code: "invalid_response",
    status: 200,
    hint: PROXY_HINT,
  });
}

function timeoutError(milliseconds: number): CopilotTokenError {
  return new CopilotTokenError(
    `copilot usage: no response within ${milliseconds} ms`,
    { code: "timeout", hint: TIMEOUT_HINT },
  );
}
