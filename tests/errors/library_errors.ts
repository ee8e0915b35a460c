/** Makes every error of the library happen, over stubs. The keys say when. */
import {
  CredentialNotFoundError,
  findCredential,
  type FindCredentialOptions,
} from "../../credential/mod.ts";
import {
  type CopilotFetchOptions,
  createCopilotFetch,
  exchangeToken,
  TokenCache,
} from "../../mod.ts";
import { fetchUsage } from "../../usage/mod.ts";
import { simulateTime } from "../helpers/simulated_time.ts";
import {
  deferred,
  rejection,
  rejectionOf,
  stubClock,
} from "../helpers/stubs.ts";

/** Returns an error, or a text. */
export type Scene = () => Promise<unknown>;

/** A body as GitHub's API sends it. */
function json(message: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ message, ...more });
}

function respond(status: number, body: string, init: ResponseInit = {}) {
  return () => Promise.resolve(new Response(body, { ...init, status }));
}

/** What is thrown for a response of GitHub's. */
function exchange(
  credential: string,
  fetch: CopilotFetchOptions["fetch"],
  options: CopilotFetchOptions = {},
): Scene {
  return () =>
    rejection(() => exchangeToken(credential, { fetch, ...options }));
}

const EXPLAINED = json("Resource not accessible", {
  error_details: {
    message: "Sign up for Copilot to use it in {EDITOR}.",
    url: "https://github.com/github-copilot/signup",
  },
});
const PAGE = "<html><title>Sign in to the network</title></html>";

export const EXCHANGE_ERRORS: Record<string, Scene> = {
  "the credential is empty": exchange("", respond(200, "")),
  "the credential holds spaces or quotes": exchange(
    '"ghu_a"',
    respond(200, ""),
  ),
  "GitHub does not know the credential": exchange(
    "ghu_a",
    respond(401, json("Bad credentials")),
  ),
  "the credential is a classic token": exchange(
    "ghp_a",
    respond(403, json("Resource not accessible")),
  ),
  'a fine-grained token, with `auth: "exchange"`': exchange(
    "github_pat_a",
    respond(404, json("Not Found")),
    { auth: "exchange" },
  ),
  'a credential that GitHub does not exchange, with `auth: "exchange"`':
    exchange("gho_a", respond(404, json("Not Found")), { auth: "exchange" }),
  "GitHub explains why there is no access": exchange(
    "ghu_a",
    respond(403, EXPLAINED),
  ),
  "GitHub does not explain why there is no access": exchange(
    "ghu_a",
    respond(403, json("Resource not accessible")),
  ),
  "the plan's quota is used up": exchange(
    "ghu_a",
    respond(402, json("Quota exceeded")),
  ),
  "any other refusal": exchange(
    "ghu_a",
    respond(422, json("Unprocessable Entity")),
  ),
  "a rate limit": exchange(
    "ghu_a",
    respond(429, json("Too many requests"), {
      headers: { "retry-after": "7" },
    }),
  ),
  "GitHub has a problem": exchange("ghu_a", respond(503, "Unavailable")),
  "a proxy refuses the request": exchange("ghu_a", respond(403, PAGE)),
  "a proxy redirects the request": exchange("ghu_a", respond(302, "")),
  "the response is not JSON": exchange("ghu_a", respond(200, PAGE)),
  "the response has no token": exchange("ghu_a", respond(200, "{}")),
  "the token cannot be sent": exchange(
    "ghu_a",
    respond(200, JSON.stringify({ token: "two\nlines" })),
  ),
  "there is no connection": exchange(
    "ghu_a",
    () => Promise.reject(new TypeError("fetch failed")),
  ),
  "a TLS certificate is not accepted": exchange("ghu_a", () =>
    Promise.reject(
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("self-signed certificate"), {
          code: "DEPTH_ZERO_SELF_SIGNED_CERT",
        }),
      }),
    )),
  "GitHub does not respond in time": exchange(
    "ghu_a",
    () => new Promise(() => {}),
    { exchangeTimeout: 1 },
  ),
  "the cooldown after a failure": async () => {
    using _clock = stubClock();
    const cache = new TokenCache();
    const fetch = respond(403, json("Resource not accessible"));
    const get = () => rejection(() => cache.get("ghu_a", { fetch }));
    await get();
    return await get();
  },
};

/** What is thrown for a wrong option. */
function options(value: unknown): Scene {
  return () =>
    rejection(async () =>
      await createCopilotFetch("ghu_a", value as CopilotFetchOptions)("/models")
    );
}

export const OPTION_ERRORS: Record<string, Scene> = {
  "the options are not an object": options(null),
  fetch: options({ fetch: 1 }),
  cache: options({ cache: {} }),
  domain: options({ domain: "example.com" }),
  headers: options({ headers: 1 }),
  "headers with authorization": options({
    headers: { authorization: "Bearer a" },
  }),
  initiator: options({ initiator: "robot" }),
  auth: options({ auth: "Direct" }),
  exchangeTimeout: options({ exchangeTimeout: 0 }),
  exchangeErrors: options({ exchangeErrors: "respond" }),
  waitUntil: options({ waitUntil: 1 }),
  "store, of a `TokenCache`": () =>
    rejection(() => {
      new TokenCache({ store: new Map() as never });
      return Promise.resolve();
    }),
};

/** What is thrown for a request that cannot be sent. */
function request(input: string | Request): Scene {
  const copilot = createCopilotFetch("ghs_a", { fetch: respond(200, "") });
  return () => rejection(() => copilot(input));
}

export const REQUEST_ERRORS: Record<string, Scene> = {
  "the URL is not one of HTTP": request("file:///etc/passwd"),
};

function usage(
  credential: string,
  fetch: CopilotFetchOptions["fetch"],
  options: CopilotFetchOptions = {},
): Scene {
  return () => rejection(() => fetchUsage(credential, { fetch, ...options }));
}

export const USAGE_ERRORS: Record<string, Scene> = {
  "the credential is an installation token": usage("ghs_a", respond(200, "{}")),
  "GitHub does not report the usage": usage(
    "github_pat_a",
    respond(403, json("Resource not accessible")),
  ),
  "the response is not JSON": usage("ghu_a", respond(200, PAGE)),
  "GitHub does not respond in time": usage(
    "ghu_a",
    () => new Promise(() => {}),
    { exchangeTimeout: 1 },
  ),
};

type SearchIO = NonNullable<FindCredentialOptions["io"]>;

/** Why a source has no credential, or `undefined` if it was not asked. */
function search(
  source: string | RegExp,
  io: Partial<SearchIO>,
  options: FindCredentialOptions = {},
): Scene {
  const alone: Partial<SearchIO> = {
    env: {},
    platform: "linux",
    isPermitted: () => Promise.resolve(true),
    readFile: () => Promise.reject(new Error("There is no such file")),
    run: () => Promise.resolve({ code: 1, stdout: "" }),
  };
  return async () => {
    const { attempts } = await rejectionOf(
      CredentialNotFoundError,
      () => findCredential({ ...options, io: { ...alone, ...io } as SearchIO }),
    );
    const attempt = attempts.find((attempt) => attempt.source.match(source));
    return attempt && `${attempt.source} ${attempt.reason}`;
  };
}

const editor = { fromEditor: true };
const home = { HOME: "/home/me" };

export const CREDENTIAL_REASONS: Record<string, Scene> = {
  "a variable is missing or empty": search("COPILOT_GITHUB_TOKEN", {}),
  "a variable is for another host": search("GH_TOKEN", {
    env: { GH_TOKEN: "ghu_a", GH_HOST: "acme.ghe.com" },
  }, { domain: "github.com" }),
  "Deno may not read a variable": search("GH_TOKEN", {
    isPermitted: ({ name }) => Promise.resolve(name !== "env"),
  }),
  "Deno may not run `gh`": search(/^gh /, {
    isPermitted: ({ name }) => Promise.resolve(name !== "run"),
  }),
  "`gh` is not installed": search(/^gh /, {
    run: () =>
      Promise.reject(Object.assign(new Error("no"), { code: "ENOENT" })),
  }),
  "`gh` fails to start": search(/^gh /, {
    run: () => Promise.reject(new Error("no")),
  }),
  "`gh` takes too long": async () => {
    using time = simulateTime();
    const { promise: never } = deferred<never>();
    return await time.until(search(/^gh /, { run: () => never })());
  },
  "`gh` has no sign-in": search(/^gh /, {}),
  "an editor's file is missing": search(/apps.json$/, { env: home }, editor),
  "an editor's file has no sign-in": search(/apps.json$/, {
    env: home,
    readFile: () => Promise.resolve(new TextEncoder().encode("{}")),
  }, editor),
  "Deno may not read an editor's file": search(/apps.json$/, {
    env: home,
    isPermitted: ({ name }) => Promise.resolve(name !== "read"),
  }, editor),
};
