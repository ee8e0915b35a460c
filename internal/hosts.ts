/**
 * The hosts of GitHub and Copilot: defaults, what a token names, what is accepted.
 *
 * Undocumented; last checked in November 2026.
 *
 * @module
 */

import type { AuthOption, CopilotAuth } from "./auth.ts";

/** The endpoint that exchanges a credential, or describes its user. */
export function accountURL(domain: string, auth: CopilotAuth): string {
  const path = auth === "direct" ? "user" : "v2/token";
  return `https://api.${domain}/copilot_internal/${path}`;
}

/** The Copilot origin used when GitHub does not name one. */
export function defaultBaseURL(domain: string, auth: AuthOption): string {
  if (domain !== "github.com") return `https://copilot-api.${domain}`;
  return auth === "direct"
    ? "https://api.githubcopilot.com"
    : "https://api.individual.githubcopilot.com";
}

/** Whether a GitHub credential may be sent to `origin`. */
export function isTrustedWithCredential(
  origin: string,
  domain: string,
): boolean {
  const { hostname } = new URL(origin);
  const isTenantHost = domain !== "github.com" &&
    hostname.endsWith(`.${domain}`);
  return isTenantHost || hostname.endsWith(".githubcopilot.com");
}

/** `proxy-ep=[proxy.]<host>[:<port>]`, followed by `;`, `:<signature>` or the end. */
const PROXY_FIELD =
  /(?:^|;)proxy-ep=(?<prefix>proxy\.)?(?<host>[^;:]*(?::\d{1,5}(?![^;:]))?)/;

/**
 * Returns the origin that a Copilot token names.
 *
 * The first `proxy-ep` field counts; a leading `proxy.` is dropped, and `api.`
 * put before. The signature after the last field is not part of it.
 *
 * @example
 * ```ts
 * import { parseProxyEndpoint } from "@copilot-fetch/core";
 *
 * const token = "tid=1;proxy-ep=proxy.business.githubcopilot.com;st=dotcom:mac";
 * console.log(parseProxyEndpoint(token));
 * // "https://api.business.githubcopilot.com"
 * ```
 *
 * @param token The token, as GitHub returned it
 * @returns The origin, or `undefined` if the field is missing or malformed
 */
export function parseProxyEndpoint(token: string): string | undefined {
  const host = PROXY_FIELD.exec(token)?.groups?.host ?? "";
  // Checked without "api." first, as one label would pass with it.
  return httpsOrigin(host) && httpsOrigin(`api.${host}`);
}

/** The origins for requests with a token, the most trusted first. */
export function baseURLsOf(token: string, endpoints: unknown): string[] {
  const origins = [parseProxyEndpoint(token), apiOrigin(endpoints)];
  const hasPrefix = PROXY_FIELD.exec(token)?.groups?.prefix !== undefined;
  if (!hasPrefix) origins.reverse();
  return [...new Set(origins)].filter((origin) => origin !== undefined);
}

/** The origin of `endpoints.api`, if it is an https URL without credentials. */
export function apiOrigin(endpoints: unknown): string | undefined {
  // Without a prototype, so that `Object.prototype` cannot name a host.
  const { api }: Record<string, unknown> = {
    __proto__: null,
    ...Object(endpoints),
  };
  const url = typeof api === "string" ? api : "";
  return httpsOrigin(/^https:\/\/([^/?#]+)/i.exec(url)?.[1] ?? "");
}

/** A name of two or more labels, with or without a port. */
const AUTHORITY = /^([a-z\d-]+\.)+[a-z][a-z\d-]*(:\d+)?$/i;

/** The https origin of `name` or `name:port`, or `undefined` if malformed. */
function httpsOrigin(authority: string): string | undefined {
  const origin = `https://${authority}`;
  const isValid = AUTHORITY.test(authority) && URL.canParse(origin);
  return isValid ? origin : undefined;
}
