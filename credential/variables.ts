/**
 * Credentials in environment variables, and the host that they belong to.
 *
 * @module
 */

import { parseDomain } from "../internal/options.ts";
import type { CredentialIO } from "./io.ts";
import { notPermitted, type SourceResult } from "./source.ts";

/** Reads a variable, without the white space around it. */
export async function readVariable(
  name: string,
  io: CredentialIO,
): Promise<SourceResult> {
  if (!await io.isPermitted({ name: "env", variable: name })) {
    return notPermitted(name, `--allow-env=${name}`);
  }
  const value = io.env[name]?.trim() ?? "";
  if (value === "") return { source: name, reason: "is not set" };
  return { source: name, value };
}

/** The value of a variable; `undefined` if it is empty or may not be read. */
async function valueOfVariable(
  name: string,
  io: CredentialIO,
): Promise<string | undefined> {
  const result = await readVariable(name, io);
  return "value" in result ? result.value : undefined;
}

/** Reads a variable that other programs use as well, for their host alone. */
export async function readSharedVariable(
  name: "GH_TOKEN" | "GITHUB_TOKEN",
  host: string,
  domain: string,
  io: CredentialIO,
): Promise<SourceResult> {
  const result = await readVariable(name, io);
  if (!("value" in result) || host === domain) return result;
  return { source: name, reason: `is for ${host}` };
}

/** The host that `GH_TOKEN` and `GITHUB_TOKEN` belong to. */
export async function hostOfSharedVariables(io: CredentialIO): Promise<string> {
  const host = await valueOfVariable("GH_HOST", io);
  if (host) return parseDomain(host) ?? host;
  const isInActions = await valueOfVariable("GITHUB_ACTIONS", io) === "true";
  const server = isInActions && await valueOfVariable("GITHUB_SERVER_URL", io);
  if (server) return parseDomain(server) ?? server;
  return "github.com";
}
