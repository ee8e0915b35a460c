/**
 * Who may send requests: programs that know the key, and no web page.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { ServerRequest } from "../io.ts";
import { Refusal } from "./refusal.ts";

/** The messages about clients that are refused. */
export const ACCESS_MESSAGES = {
  notOneHost: "A request must have one Host header.",
  foreignHost: (host: string) =>
    `The host name "${host}" is not accepted. If it is the server's, start it with --allow-host.`,
  webPage: "Web pages may not send requests.",
  wrongKey:
    "The key of --key or COPILOT_SERVE_KEY is required, as a bearer token or as x-api-key.",
} as const;

/** Who may send requests. */
export interface AccessRules {
  /** Without one, every program on this computer may. */
  key: string | undefined;
  /** By which names clients call the server, besides those of loopback. */
  hosts: readonly string[];
  /** Whether clients may call it by any IP address. */
  acceptsAddresses: boolean;
}

type HeaderLines = ServerRequest["headers"];

/** Throws a {@linkcode Refusal} unless the client may send requests. */
export function assertAccess(
  { method, headers }: Pick<ServerRequest, "method" | "headers">,
  rules: AccessRules,
): void {
  assertHost(headers, rules);
  assertNoWebPage(method, headers);
  assertKey(headers, rules.key);
}

/** The names by which a local program calls the server. */
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** The name and the port of a `Host` header. */
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i;
const IP_ADDRESS = /^(\[.*\]|\d{1,3}(\.\d{1,3}){3})$/;

/** A page's owner can lead a host name, but no address, to this computer. */
function assertHost(
  headers: HeaderLines,
  { hosts, acceptsAddresses }: AccessRules,
): void {
  const [host, ...others] = valuesOf(headers, "host");
  if (host === undefined || others.length > 0) {
    throw new Refusal(400, ACCESS_MESSAGES.notOneHost);
  }
  const name = HOST.exec(host)?.[1].toLowerCase() ?? "";
  const isKnown = LOCAL_HOSTS.includes(name) || hosts.includes(name) ||
    (acceptsAddresses && IP_ADDRESS.test(name));
  if (!isKnown) throw new Refusal(403, ACCESS_MESSAGES.foreignHost(host));
}

/** The origins of what browsers run. Desktop applications have other schemes. */
const BROWSER_ORIGIN =
  /^((https?|file|blob|data|filesystem|about|([\w-]+-)?extension):|null$)/i;

/** A page's requests name its origin, and ask with `OPTIONS` first. */
function assertNoWebPage(method: string, headers: HeaderLines): void {
  const origins = valuesOf(headers, "origin");
  const sites = valuesOf(headers, "sec-fetch-site");
  const isWebPage = origins.some((origin) => BROWSER_ORIGIN.test(origin)) ||
    sites.some((site) => site !== "none") ||
    (method === "OPTIONS" && origins.length > 0);
  if (isWebPage) throw new Refusal(403, ACCESS_MESSAGES.webPage);
}

function assertKey(headers: HeaderLines, key: string | undefined): void {
  if (key === undefined) return;
  const bearers = valuesOf(headers, "authorization")
    .map((value) => value.replace(/^Bearer +/i, ""));
  const given = [...bearers, ...valuesOf(headers, "x-api-key")];
  if (given.some((value) => isEqual(value, key))) return;
  const challenge = { "www-authenticate": "Bearer" };
  throw new Refusal(401, ACCESS_MESSAGES.wrongKey, challenge);
}

/** Compares texts in a time that says nothing about them. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(digestOf(one), digestOf(other));
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function valuesOf(headers: HeaderLines, wanted: string): string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value.trim());
}
