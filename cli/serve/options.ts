/**
 * The options of the server, and what follows from them.
 *
 * @module
 */

import { readVariable } from "../environment.ts";
import { UsageError } from "../exit_codes.ts";
import type { IO } from "../io.ts";
import type { AccessRules } from "./access.ts";

/** The options of the server. */
export interface ServeOptions {
  /** A port; 0 stands for any that is free. */
  port: number;
  /** Where it listens; `undefined` stands for both addresses of loopback. */
  host: string | undefined;
  /** What clients have to know; `undefined` stands for `COPILOT_SERVE_KEY`. */
  key: string | undefined;
  /** Names by which clients may call it. */
  allowedHosts: string[];
  maxBodyMegabytes: number;
  /** Whether no line is printed for each request. */
  isQuiet: boolean;
  /** Whether requests are forwarded as they are. */
  isStrict: boolean;
  /** Whether body fields that Copilot refuses are removed. */
  adaptsFields: boolean;
}

/** The messages about options that contradict each other. */
export const SERVE_OPTION_MESSAGES = {
  keyRequired: (host: string) =>
    `--host ${host} needs a key, as other computers can reach the server. Set COPILOT_SERVE_KEY or --key.`,
} as const;

/** Decides who may send requests. Throws a {@linkcode UsageError}. */
export async function readAccess(
  { host, key: option, allowedHosts }: ServeOptions,
  io: Pick<IO, "env" | "isPermitted">,
): Promise<AccessRules> {
  const variable = await readVariable("COPILOT_SERVE_KEY", io);
  const key = option ?? (variable?.trim() || undefined);
  const isReachable = host !== undefined && !isLoopback(host);
  if (isReachable && key === undefined) {
    throw new UsageError(SERVE_OPTION_MESSAGES.keyRequired(host));
  }
  const own = host === undefined ? [] : [bracket(host)];
  const hosts = [...own, ...allowedHosts].map((name) => name.toLowerCase());
  return { key, hosts, acceptsAddresses: isReachable };
}

/** The URL at which the server is called. */
export function urlOf(host = "127.0.0.1", port: number): string {
  return `http://${bracket(host)}:${port}`;
}

/** Names and addresses that no other computer reaches. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** An address of IPv6 as it is written in a URL. */
function bracket(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
