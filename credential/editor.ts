/**
 * The credential that an editor's sign-in to Copilot has left in a file.
 *
 * Editors have written these files since 2022. Since May 2026, GitHub's language
 * server keeps the sign-in in an encrypted database instead, so that the files
 * may be absent or out of date.
 *
 * @module
 */

import { parseJSON } from "../internal/json.ts";
import type { CredentialIO } from "./io.ts";
import { notPermitted, type SourceResult } from "./source.ts";
import { readVariable } from "./variables.ts";

/** Readers of the editor's files, the newer kind of file first. */
export async function editorFiles(
  domain: string,
  io: CredentialIO,
): Promise<(() => Promise<SourceResult>)[]> {
  const folder = await configFolder(io);
  if (!("value" in folder)) return [() => Promise.resolve(folder)];
  return ["apps.json", "hosts.json"].map((name) => () =>
    readEditorFile(`${folder.value}/github-copilot/${name}`, domain, io)
  );
}

/** The folder that programs keep their settings in. */
async function configFolder(io: CredentialIO): Promise<SourceResult> {
  const xdgFolder = await readVariable("XDG_CONFIG_HOME", io);
  if ("value" in xdgFolder) return xdgFolder;
  if (io.platform === "win32") return await readVariable("LOCALAPPDATA", io);
  const home = await readVariable("HOME", io);
  if (!("value" in home)) return home;
  return { ...home, value: `${home.value}/.config` };
}

async function readEditorFile(
  path: string,
  domain: string,
  io: CredentialIO,
): Promise<SourceResult> {
  if (!await io.isPermitted({ name: "read", path })) {
    return notPermitted(path, `--allow-read=${path}`);
  }
  let content;
  try {
    content = await io.readFile(path);
  } catch {
    return { source: path, reason: "cannot be read" };
  }
  const text = typeof content === "string"
    ? content
    : new TextDecoder().decode(content);
  const value = credentialFor(domain, text);
  return value === undefined
    ? { source: path, reason: `has no sign-in for ${domain}` }
    : { source: path, value };
}

/** Finds the entry `<domain>` or `<domain>:<app id>`; a `ghu_` comes first. */
function credentialFor(domain: string, text: string): string | undefined {
  const credentials = Object.entries(parseJSON(text) ?? {})
    .filter(([key]) => key.split(":")[0] === domain)
    .map(([, entry]) => credentialOf(entry))
    .filter((credential) => credential !== undefined);
  // GitHub exchanges these, while others may lack some models.
  const best = credentials.find((credential) => credential.startsWith("ghu_"));
  return best ?? credentials[0];
}

function credentialOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { oauth_token } = entry as { oauth_token?: unknown };
  const isUsable = typeof oauth_token === "string" && oauth_token.trim() !== "";
  return isUsable ? oauth_token.trim() : undefined;
}
