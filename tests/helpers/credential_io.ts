/** The platform of a credential search, in memory. */
import {
  type CommandResult,
  type CredentialIO,
  CredentialNotFoundError,
  findCredential,
  type FindCredentialOptions,
  type Permission,
  type RunOptions,
} from "../../credential/mod.ts";
import { rejectionOf } from "./stubs.ts";

/** What a platform in memory consists of. */
export interface Platform {
  env?: Record<string, string>;
  platform?: string;
  /** Texts of files by path. */
  files?: Record<string, string>;
  /** What `gh` does; without it, it is not installed. */
  gh?: (options: RunOptions) => Promise<CommandResult> | CommandResult;
  /** Whether Deno permits something. */
  permits?: (permission: Permission) => boolean;
}

/** A platform in memory that records what is read and run. */
export function memoryIO(platform: Platform = {}) {
  const { env = {}, files = {}, gh, permits = () => true } = platform;
  const commands: string[] = [];
  const environments: Record<string, string | undefined>[] = [];
  const read: string[] = [];
  /** The variables as Deno has them: reading one without permission throws. */
  const guardedEnv = new Proxy(env, {
    get(target, name) {
      if (typeof name !== "string") return undefined;
      if (!permits({ name: "env", variable: name })) throw promptFor(name);
      read.push(name);
      return target[name];
    },
    ownKeys(target) {
      if (!permits({ name: "env" })) throw promptFor("all variables");
      return Reflect.ownKeys(target);
    },
  });
  const io: CredentialIO = {
    env: guardedEnv,
    platform: platform.platform ?? "linux",
    async readFile(path) {
      if (!permits({ name: "read", path })) throw promptFor(path);
      read.push(path);
      if (path in files) return await Promise.resolve(files[path]);
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    },
    async run(command, args, options) {
      if (!permits({ name: "run", command })) throw promptFor(command);
      commands.push([command, ...args].join(" "));
      environments.push(options.env);
      if (gh) return await gh(options);
      throw Object.assign(new Error("spawn gh ENOENT"), { code: "ENOENT" });
    },
    isPermitted: (permission) => Promise.resolve(permits(permission)),
  };
  return { io, commands, environments, read };
}

function promptFor(what: string): Error {
  return new Error(`Deno would ask for permission: ${what}`);
}

/** A `gh` that prints a credential. */
export function printing(stdout: string, code = 0): Platform["gh"] {
  return () => ({ code, stdout });
}

/** Searches a platform in memory. */
export function find(platform: Platform, options: FindCredentialOptions = {}) {
  return findCredential({ ...options, io: memoryIO(platform).io });
}

/** The error of a search that finds nothing. */
export function notFound(
  platform: Platform,
  options: FindCredentialOptions = {},
) {
  return rejectionOf(CredentialNotFoundError, () => find(platform, options));
}

/** Why a source had no credential. */
export function reasonOf(
  source: string,
  error: CredentialNotFoundError,
): string {
  const attempt = error.attempts.find((one) => one.source.startsWith(source));
  return attempt?.reason ?? "was not asked";
}

/** The domain of a tenant. */
export const TENANT = "acme.ghe.com";

/** A credential in each variable that may have one. */
export const ALL_VARIABLES = {
  COPILOT_GITHUB_TOKEN: "ghu_copilot",
  GH_TOKEN: "ghu_gh",
  GITHUB_TOKEN: "ghu_github",
};
