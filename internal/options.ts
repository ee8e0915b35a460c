/**
 * How the options are checked, and their defaults.
 *
 * @module
 */

import type { AuthOption } from "./auth.ts";
import { CopilotTokenError } from "./errors.ts";
import { EMPTY_CREDENTIAL_HINT, MALFORMED_CREDENTIAL_HINT } from "./hints.ts";
import type { Initiator } from "./initiator.ts";
import type {
  ExchangeOptions,
  FetchLike,
  RequestOptions,
} from "./option_types.ts";
import { copyHeaders } from "./outgoing_request.ts";
import { looksSecret } from "./redact.ts";

/** Exchange options with defaults applied and every value checked. */
export interface ResolvedExchangeOptions {
  /** `undefined` means `globalThis.fetch`, looked up at each call. */
  fetch: FetchLike | undefined;
  domain: string;
  headers: Record<string, string>;
  auth: AuthOption;
  exchangeTimeout: number;
  waitUntil: ((promise: Promise<void>) => void) | undefined;
}

/** Request options with defaults applied and every value checked. */
export interface ResolvedRequestOptions {
  exchange: ResolvedExchangeOptions;
  initiator: "auto" | Initiator;
  exchangeErrors: "throw" | "response";
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The longest delay that `setTimeout` supports. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Checks and copies the options of requests. */
export function resolveRequestOptions(
  options: RequestOptions,
): ResolvedRequestOptions {
  const own = ownOptions(options);
  const { initiator = "auto", exchangeErrors = "throw" } = own;
  return {
    exchange: resolveExchangeOptions(own),
    initiator: resolveChoice("initiator", initiator, INITIATORS),
    exchangeErrors: resolveChoice(
      "exchangeErrors",
      exchangeErrors,
      EXCHANGE_ERRORS,
    ),
  };
}

const INITIATORS = ["auto", "user", "agent"] as const;
const EXCHANGE_ERRORS = ["throw", "response"] as const;
const AUTH_OPTIONS = ["auto", "exchange", "direct"] as const;

/** Checks and copies the options of an exchange. */
export function resolveExchangeOptions(
  options: ExchangeOptions,
): ResolvedExchangeOptions {
  const own = ownOptions(options);
  return {
    fetch: resolveFunction("fetch", own.fetch),
    domain: resolveDomain(own.domain),
    headers: resolveHeaders(own.headers),
    auth: resolveAuth(own.auth),
    exchangeTimeout: resolveTimeout(own.exchangeTimeout),
    waitUntil: resolveFunction("waitUntil", own.waitUntil),
  };
}

/** Copies the own properties, so that `Object.prototype` cannot add any. */
export function ownOptions<T extends object>(options: T): T {
  assertObject(options);
  return { __proto__: null, ...options } as T;
}

/** One own property, for calls that need no copy of all of them. */
export function ownOption<T extends object, K extends keyof T>(
  options: T,
  name: K,
): T[K] | undefined {
  assertObject(options);
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function assertObject(options: unknown): void {
  if (typeof options === "object" && options !== null) return;
  throw invalidOption("options", "an object", options);
}

/** Checks the `auth` option. */
export function resolveAuth(auth: AuthOption = "auto"): AuthOption {
  return resolveChoice("auth", auth, AUTH_OPTIONS);
}

/** Checks the `domain` option. */
export function resolveDomain(domain = "github.com"): string {
  const host = typeof domain === "string" ? parseDomain(domain) : undefined;
  if (host !== undefined) return host;
  // The value is not repeated, as it may be a misplaced credential.
  throw invalidOption("domain", '"github.com" or a subdomain of "ghe.com"');
}

/** GitHub, or a tenant with data residency; also its address in a browser. */
const DOMAIN = /^(https:\/\/)?(?<host>(github|([a-z\d-]+\.)+ghe)\.com)\/?$/i;

/** A domain in lower case, or `undefined` if Copilot is not available there. */
export function parseDomain(domain: string): string | undefined {
  // Most calls; the expression takes a fifth of one: tests/bench/entries_bench.ts
  if (domain === "github.com") return domain;
  return DOMAIN.exec(domain)?.groups?.host.toLowerCase();
}

function resolveHeaders(
  headers: RequestInit["headers"],
): Record<string, string> {
  const resolved = readHeaders(headers);
  if (!Object.hasOwn(resolved, "authorization")) return resolved;
  throw invalidOption("headers", "headers without authorization");
}

function readHeaders(headers: RequestInit["headers"]): Record<string, string> {
  try {
    // Of a function, Node would send the members, such as `length`.
    if (typeof headers !== "function") return copyHeaders(new Headers(headers));
  } catch {
    // The original message may quote a value, which may be a secret.
  }
  throw invalidOption("headers", "valid HTTP headers");
}

function resolveTimeout(timeout = DEFAULT_TIMEOUT_MS): number {
  if (typeof timeout === "number" && timeout > 0) {
    return Math.min(timeout, MAX_TIMEOUT_MS);
  }
  const expected = "a positive number of milliseconds";
  throw invalidOption("exchangeTimeout", expected, timeout);
}

/** Checks an option that is a function. */
export function resolveFunction<T>(name: string, value: T): T {
  if (value === undefined || typeof value === "function") return value;
  throw invalidOption(name, "a function", value);
}

function resolveChoice<T extends string>(
  name: string,
  value: T,
  choices: readonly T[],
): T {
  if (choices.includes(value)) return value;
  const expected = choices.map((choice) => `"${choice}"`).join(" or ");
  throw invalidOption(name, expected, value);
}

/**
 * The error for an option with a wrong value. `received` is omitted where it is
 * likely to hold a secret; the value `undefined` is never wrong.
 */
export function invalidOption(
  name: string,
  expected: string,
  received?: unknown,
): TypeError {
  const suffix = received === undefined
    ? ""
    : `, received ${describeValue(received)}`;
  return new TypeError(`Option '${name}' must be ${expected}${suffix}`);
}

/** Longest text that is repeated, in characters; credentials are longer. */
const MAX_SHOWN_LENGTH = 20;

/** A value for a message, or only its type if it could hold a credential. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    const isSafe = value.length <= MAX_SHOWN_LENGTH && !looksSecret(value);
    return isSafe ? `"${value}"` : "string";
  }
  const isPrimitive = Object(value) !== value;
  return isPrimitive ? String(value) : typeof value;
}

/** Visible ASCII without quotes or spaces. */
const CREDENTIAL = /^[!#-&(-_a-~]+$/;

/** Trims a credential, and rejects one that cannot be sent as a bearer token. */
export function resolveCredential(credential: string): string {
  const trimmed = typeof credential === "string" ? credential.trim() : "";
  if (CREDENTIAL.test(trimmed)) return trimmed;
  const [summary, hint] = trimmed === ""
    ? ["no credential", EMPTY_CREDENTIAL_HINT]
    : ["malformed credential", MALFORMED_CREDENTIAL_HINT];
  throw new CopilotTokenError(
    `copilot token exchange: ${summary}`,
    { code: "bad_credentials", status: 401, hint },
  );
}
