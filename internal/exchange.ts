/**
 * One exchange: a request to GitHub, without cache and without retry.
 *
 * @module
 */

import type { CachedAuthPlan, CopilotAuth } from "./auth.ts";
import {
  CopilotTokenError,
  errorFromResponse,
  type GitHubResponse,
} from "./errors.ts";
import { networkHint, OUTAGE_HINT, PROXY_HINT } from "./hints.ts";
import {
  accountURL,
  apiOrigin,
  baseURLsOf,
  defaultBaseURL,
  isTrustedWithCredential,
} from "./hosts.ts";
import { IDENTITY_HEADERS, identityOf } from "./identity.ts";
import { parseJSON } from "./json.ts";
import { type CopilotToken, lifetimeOf } from "./lifetime.ts";
import type { ResolvedExchangeOptions } from "./options.ts";
import { redact } from "./redact.ts";
import { readStart } from "./response_body.ts";
import { isSupported } from "./runtime_support.ts";
import { throwIfAborted } from "./waiting.ts";

/** Obtains a token for a credential, as the plan says. */
export async function obtainToken(
  credential: string,
  plan: CachedAuthPlan,
  options: ResolvedExchangeOptions,
  signal: AbortSignal,
): Promise<CopilotToken> {
  if (plan === "direct") return await useDirectly(credential, options, signal);
  // Read before the request, so that a slow response does not extend the lifetime.
  const requestedAt = Date.now();
  const response = await requestGitHub(credential, "exchange", options, signal);
  if (response.status === 200) {
    return readToken(response.body, options.domain, requestedAt);
  }
  const error = errorFromResponse(response, credential, Date.now());
  const isNotExchangeable = error.status === 404 && error.code === "no_access";
  if (plan === "exchange" || !isNotExchangeable) throw error;
  return await useDirectly(credential, options, signal);
}

/** Makes a token of the credential itself, for the default host. */
export function directToken(credential: string, domain: string): CopilotToken {
  return {
    value: credential,
    baseURL: defaultBaseURL(domain, "direct"),
    auth: "direct",
    ...lifetimeOf({}, Date.now()),
  };
}

/**
 * Makes a token of the credential itself, for the host that GitHub names for
 * the user. The other host is the one that serves every plan.
 */
async function useDirectly(
  credential: string,
  options: ResolvedExchangeOptions,
  signal: AbortSignal,
): Promise<CopilotToken> {
  const { domain } = options;
  const token = directToken(credential, domain);
  const response = await requestGitHub(credential, "direct", options, signal);
  if (response.status !== 200) {
    const error = errorFromResponse(response, credential, Date.now());
    // GitHub only does not name a host: Copilot decides who has access.
    if (error.code === "no_access") return token;
    throw error;
  }
  const origin = apiOrigin(parseJSON(response.body)?.endpoints);
  if (!origin || origin === token.baseURL) return token;
  if (!isTrustedWithCredential(origin, domain)) return token;
  return { ...token, baseURL: origin, otherBaseURL: token.baseURL };
}

/** Reads the token from the body of a successful exchange. */
function readToken(
  body: string,
  domain: string,
  requestedAt: number,
): CopilotToken {
  const json = parseJSON(body);
  if (!json) {
    throw invalidResponse(
      "copilot token: parse: not a JSON object",
      PROXY_HINT,
    );
  }
  const token = json.token ?? "";
  if (token === "") {
    throw invalidResponse("copilot token: empty", OUTAGE_HINT);
  }
  if (typeof token !== "string" || !HEADER_VALUE.test(token)) {
    throw invalidResponse(
      "copilot token: parse: malformed token",
      OUTAGE_HINT,
    );
  }
  const [baseURL, otherBaseURL] = baseURLsOf(token, json.endpoints);
  return {
    value: token,
    baseURL: baseURL ?? defaultBaseURL(domain, "exchange"),
    ...(otherBaseURL && { otherBaseURL }),
    auth: "exchange",
    ...lifetimeOf(json, requestedAt),
  };
}

/** A visible ASCII string without leading or trailing spaces. */
const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/;

function invalidResponse(message: string, hint: string): CopilotTokenError {
  const code = "invalid_response";
  return new CopilotTokenError(message, { code, status: 200, hint });
}

/** Sends the exchange, or asks for the credential's user (`direct`). */
export async function requestGitHub(
  credential: string,
  auth: CopilotAuth,
  { domain, headers, fetch = globalThis.fetch }: ResolvedExchangeOptions,
  signal: AbortSignal,
): Promise<GitHubResponse> {
  throwIfAborted(signal);
  const identity = auth === "exchange" ? "editor" : identityOf(credential);
  try {
    const response = await fetch(accountURL(domain, auth), {
      method: "GET",
      headers: {
        ...IDENTITY_HEADERS[identity],
        ...headers,
        accept: "application/json",
        authorization: `Bearer ${credential}`,
      },
      redirect: "manual", // workerd does not support "error"
      // A `fetch` that caches GETs must not write a token to disk.
      ...(isSupported(NOT_STORED) && NOT_STORED),
      signal,
    });
    const body = await readStart(response, MAX_BODY_BYTES);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    throwIfAborted(signal);
    // Next.js uses errors with a digest for control flow.
    if ("digest" in Object(error)) throw error;
    throw networkError(error, credential);
  }
}

const NOT_STORED = { cache: "no-store" } as const;

/** Longest body of GitHub's response that is read. */
const MAX_BODY_BYTES = 1_000_000;

/** Wraps what `fetch` threw. Only text is copied, as objects may hold secrets. */
function networkError(thrown: unknown, credential: string): CopilotTokenError {
  const outer = describeError(thrown);
  const inner = describeError(Object(thrown).cause);
  const texts = [outer.text, inner.text].filter(Boolean).join(": ");
  const message = redact(texts || "failed", credential);
  const code = outer.code ?? inner.code;
  const cause = Object.assign(
    new Error(message),
    code !== undefined && { code: redact(code, credential) },
  );
  return new CopilotTokenError(`copilot token exchange: ${message}`, {
    code: "network",
    hint: networkHint(message, code),
    cause,
  });
}

/** The message of an error, or else its code; and its code. */
function describeError(error: unknown): { text?: string; code?: string } {
  if (typeof error === "string") return { text: error };
  // `Object` makes an object of anything, such as null.
  const { message, code }: Record<string, unknown> = Object(error);
  const codeText = typeof code === "string" ? code : undefined;
  const isMessage = typeof message === "string" && message !== "";
  return { text: isMessage ? message : codeText, code: codeText };
}
