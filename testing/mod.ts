/**
 * GitHub and Copilot as one `fetch` in memory, for the tests of your own
 * program: nothing is sent anywhere.
 *
 * It is as strict as the real service. An exchange without VS Code's identity
 * headers is refused; so is an inference request on a host other than the
 * seat's, without identity headers, with an image that it does not announce,
 * or with a token that is unknown, expired or revoked.
 *
 * @example A test of your own program
 * ```ts
 * import { createCopilotFetch, TokenCache } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const fake = createFakeCopilot({ plan: "business", reply: "Four." });
 * const copilot = createCopilotFetch("ghu_demo", {
 *   fetch: fake.fetch,
 *   cache: new TokenCache(), // each test its own
 * });
 * const response = await copilot("/chat/completions", {
 *   method: "POST",
 *   body: JSON.stringify({
 *     model: "gpt-5-mini",
 *     messages: [{ role: "user", content: "What is two and two?" }],
 *   }),
 * });
 * console.log((await response.json()).choices[0].message.content); // "Four."
 * console.log(fake.exchanges.length); // 1
 * console.log(fake.requests[0].headers.get("x-initiator")); // "user"
 * ```
 *
 * @module
 */

import { waitFor } from "../internal/shared_task.ts";
import type { FetchLike } from "../mod.ts";
import {
  chatResponse,
  embeddings,
  type FakeReply,
  isChatPath,
  modelList,
} from "./replies.ts";

export type { FetchLike } from "../mod.ts";
export type { FakeReply, FakeToolCall } from "./replies.ts";

/** What the fake GitHub and the fake Copilot are like. */
export interface FakeCopilotOptions {
  /**
   * The seat's plan, which decides the host that it lives on.
   *
   * @default "individual"
   */
  plan?: "individual" | "business" | "enterprise";
  /**
   * `"acme.ghe.com"` for a tenant with data residency.
   *
   * @default "github.com"
   */
  domain?: string;
  /**
   * For how many seconds a token lives.
   *
   * @default 1800
   */
  tokenLifetime?: number;
  /**
   * What the model says: a text, an answer with tool calls, or a function that
   * makes either of a request and its JSON body.
   *
   * @default repeats the prompt
   */
  reply?:
    | string
    | FakeReply
    | ((
      request: Request,
      body: FakeChat,
    ) => string | FakeReply | Promise<string | FakeReply>);
  /**
   * The credentials that GitHub knows. What each can do depends on its prefix,
   * as it does at GitHub: `ghp_` opens nothing, `github_pat_` only Copilot
   * itself (`auth: "direct"`), all others both.
   *
   * @default any
   */
  credentials?: readonly string[];
  /**
   * Whether the account has a Copilot subscription.
   *
   * @default true
   */
  subscription?: boolean;
  /**
   * Whether GitHub has approved the OAuth app that issued a `gho_` credential.
   *
   * @default true
   */
  approvedApp?: boolean;
  /**
   * The models of the subscription; a chat with any other is refused.
   *
   * @default a handful, and no chat is refused
   */
  models?: readonly string[];
}

/** The JSON body of a chat, as far as a reply may depend on it. */
export interface FakeChat {
  /** The model that is asked. */
  model?: string;
  /** Whether the answer is to be streamed. */
  stream?: boolean;
  /** The conversation, in Chat Completions and Messages. */
  messages?: FakeMessage[];
  /** The conversation or the prompt, in Responses and Embeddings. */
  input?: string | FakeMessage[];
  /** How Embeddings are to be sent: `"float"` or `"base64"`. */
  encoding_format?: string;
}

/** A message of a {@linkcode FakeChat}. */
export interface FakeMessage {
  /** Whose it is. */
  role?: string;
  /** A text or a list of parts. */
  content?: unknown;
}

/**
 * An answer that stands in for the service's own: a response, or an error that
 * `fetch` rejects with. A function makes either, or nothing, and the service
 * answers after all: a promise of nothing is a delay.
 */
export type FakeAnswer =
  | Response
  | Error
  | ((request: Request) => FakeOutcome | Promise<FakeOutcome>);

/** What a function among the {@linkcode FakeAnswer}s may come to. */
export type FakeOutcome = Response | Error | void;

/** GitHub and Copilot in memory, and what they have seen. */
export interface FakeCopilot {
  /** Hand it to the `fetch` option. */
  fetch: FetchLike;
  /** Every request to GitHub, oldest first, with its body unread. */
  readonly exchanges: Request[];
  /** Every request to Copilot, oldest first, with its body unread. */
  readonly requests: Request[];
  /** Answers the next exchange so; again for the one after. */
  answerNextExchange(answer: FakeAnswer): void;
  /** Answers the next request to Copilot so; again for the one after. */
  answerNextRequest(answer: FakeAnswer): void;
  /** Makes Copilot refuse all tokens that are out. */
  revokeTokens(): void;
}

const IDENTITY: Readonly<Record<string, RegExp>> = {
  "user-agent": /^\S+\/\S+/,
  "editor-version": /^\S+\/\S+$/,
  "editor-plugin-version": /^\S+\/\S+$/,
  "copilot-integration-id": /^\S+$/,
};

const MODELS = [
  "gpt-4.1",
  "gpt-5-mini",
  "claude-sonnet-4.5",
  "text-embedding-3-small",
];

/**
 * Makes a GitHub and a Copilot in memory.
 *
 * The clock is `Date.now()`, read at each request, so that a test can stub it.
 *
 * @example The next exchange fails
 * ```ts
 * import { exchangeToken } from "@copilot-fetch/core";
 * import { createFakeCopilot } from "@copilot-fetch/core/testing";
 *
 * const { fetch, answerNextExchange } = createFakeCopilot();
 * answerNextExchange(new Response("<h1>Bad gateway</h1>", { status: 502 }));
 * const error = await exchangeToken("ghu_demo", { fetch }).catch((e) => e);
 * console.log(error.code); // "unavailable"
 * ```
 *
 * @param options The seat, and what the model says
 */
export function createFakeCopilot(
  options: FakeCopilotOptions = {},
): FakeCopilot {
  const { plan = "individual" } = options;
  const domain = (options.domain ?? "github.com").toLowerCase()
    .replace(/^https:\/\/|\/$/g, "");
  const { tokenLifetime = 1800, credentials, subscription = true } = options;
  const { approvedApp = true, models, reply = repeatPrompt } = options;

  if (!(tokenLifetime > 0)) {
    throw new TypeError(
      `tokenLifetime must be a positive number of seconds, got ${tokenLifetime}`,
    );
  }

  const tenant = domain !== "github.com";
  const api = tenant
    ? `copilot-api.${domain}`
    : `api.${plan}.githubcopilot.com`;
  const proxy = tenant
    ? `copilot-proxy.${domain}`
    : `proxy.${plan}.githubcopilot.com`;
  const endpoints = { api: `https://${api}`, proxy: `https://${proxy}` };

  const exchanges: Request[] = [];
  const requests: Request[] = [];
  const nextExchanges: FakeAnswer[] = [];
  const nextRequests: FakeAnswer[] = [];
  /** The tokens that are out, and when each expires. */
  const tokens = new Map<string, number>();
  let serial = 0;

  /** What GitHub says of a credential, unless it knows and likes it. */
  function refuse(request: Request, direct: boolean): Response | undefined {
    const credential = bearerOf(request);
    if (missingHeader(request)) {
      return Response.json({ message: "Forbidden" }, { status: 403 });
    }
    if (!credential || (credentials && !credentials.includes(credential))) {
      return Response.json({ message: "Bad credentials" }, { status: 401 });
    }
    if (direct) return;
    if (/^(ghp|github_pat)_/.test(credential)) {
      return Response.json({
        message: "Resource not accessible by personal access token",
      }, { status: 403 });
    }
    if (credential.startsWith("gho_") && !approvedApp) {
      return Response.json({ message: "Not Found" }, { status: 404 });
    }
    if (!subscription) return Response.json(NO_SUBSCRIPTION, { status: 403 });
  }

  function answerGitHub(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") return notFound();
    if (pathname === "/copilot_internal/user") {
      return refuse(request, true) ??
        Response.json({ login: "octocat", copilot_plan: plan, endpoints });
    }
    if (pathname !== "/copilot_internal/v2/token") return notFound();
    const refusal = refuse(request, false);
    if (refusal) return refusal;

    const expires_at = Math.floor(Date.now() / 1000) + tokenLifetime;
    const id = (++serial).toString(16);
    const token = `tid=${id};exp=${expires_at};sku=fake;proxy-ep=${proxy};` +
      `st=dotcom;chat=1;8kp=1:${id.padStart(64, "0")}`;
    tokens.set(token, expires_at);
    // A short life leaves no room for the usual five minutes.
    const refresh_in = tokenLifetime > 600 ? tokenLifetime - 300 : undefined;
    return Response.json({
      token,
      expires_at,
      refresh_in,
      endpoints,
      sku: "fake",
      individual: plan === "individual",
      chat_enabled: true,
      limited_user_quotas: null,
    });
  }

  /** Why Copilot does not let a request in, if it does not. */
  function refuseRequest(request: Request): Response | undefined {
    const { host } = new URL(request.url);
    const bearer = bearerOf(request);
    const missing = missingHeader(request);
    if (missing) {
      return text(400, `bad request: missing ${missing} header for IDE auth`);
    }
    const direct = request.headers.get("copilot-integration-id") ===
        "copilot-developer-cli" &&
      /^(gh[ou]|github_pat)_/.test(bearer) &&
      (credentials?.includes(bearer) ?? true) && subscription;
    const generic = host === "api.githubcopilot.com" && direct;
    const alive = Date.now() / 1000 < (tokens.get(bearer) ?? 0);
    if ((host !== api && !generic) || !(alive || direct)) {
      return text(401, "unauthorized: token expired");
    }
  }

  async function answerCopilot(request: Request): Promise<Response> {
    const refusal = refuseRequest(request);
    if (refusal) return refusal;
    const { pathname } = new URL(request.url);
    if (pathname === "/models" && request.method === "GET") {
      return modelList(models ?? MODELS);
    }
    const chat = isChatPath(pathname);
    if (request.method !== "POST" || !(chat || pathname === "/embeddings")) {
      return notFound();
    }
    const body = await readChat(request.clone());
    if (!body) return badRequest("The body is not a JSON object");
    const { model = "gpt-5-mini", stream = false } = body;
    if (models && !models.includes(model)) {
      return badRequest("The requested model is not supported.");
    }
    if (chat && !isConversation(body)) {
      return badRequest("There are no messages, and there is no input");
    }
    if (!chat) return embeddings(model, body.input, body.encoding_format);
    if (hasImage(body) && !request.headers.has("copilot-vision-request")) {
      return badRequest("missing required Copilot-Vision-Request header");
    }
    const said = typeof reply === "function"
      ? await reply(request.clone(), body)
      : reply;
    const spoken = {
      id: requests.length,
      model,
      reply: typeof said === "string" ? { text: said } : said,
    };
    return chatResponse(pathname, spoken, stream ? request.signal : undefined);
  }

  return {
    exchanges,
    requests,
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const { protocol, host } = new URL(request.url);
      const github = host === `api.${domain}`;
      const known = github || host === api ||
        /^api\.([\w-]+\.)?githubcopilot\.com$/.test(host);
      if (protocol !== "https:" || !known) {
        throw new TypeError(`The fake knows no ${protocol}//${host}`);
      }
      (github ? exchanges : requests).push(request);
      const scripted = (github ? nextExchanges : nextRequests).shift();
      const answer = async () =>
        (typeof scripted === "function" ? await scripted(request) : scripted) ??
          await (github ? answerGitHub(request) : answerCopilot(request));
      const response = await waitFor(answer(), request.signal);
      if (response instanceof Error) throw response;
      return response;
    },
    answerNextExchange(answer) {
      nextExchanges.push(answer);
    },
    answerNextRequest(answer) {
      nextRequests.push(answer);
    },
    revokeTokens() {
      tokens.clear();
    },
  };
}

const NO_SUBSCRIPTION = {
  can_signup_for_limited: false,
  message: "Resource not accessible by integration",
  error_details: {
    message: "No access to GitHub Copilot found. " +
      "You are currently logged in as octocat.",
    notification_id: "no_copilot_access",
    title: "Sign up for GitHub Copilot",
    url: "https://github.com/github-copilot/signup?editor={EDITOR}",
  },
};

function bearerOf(request: Request): string {
  const authorization = request.headers.get("authorization") ?? "";
  return /^Bearer (.+)$/.exec(authorization)?.[1] ?? "";
}

/** The first of the identity headers that is not what an editor would say. */
function missingHeader(request: Request): string | undefined {
  return Object.keys(IDENTITY).find((name) =>
    !IDENTITY[name].test(request.headers.get(name) ?? "")
  );
}

async function readChat(request: Request): Promise<FakeChat | undefined> {
  try {
    const body: unknown = await request.json();
    return typeof body === "object" && body && !Array.isArray(body)
      ? body
      : undefined;
  } catch {
    return;
  }
}

/** Whether it is there, and what it should be. */
function isConversation({ messages, input }: FakeChat): boolean {
  return typeof input === "string" || [messages, input].some(Array.isArray);
}

function hasImage({ messages, input }: FakeChat): boolean {
  const conversation = JSON.stringify([messages, input]);
  return /"type":"(image_url|input_image|image)"/.test(conversation);
}

function repeatPrompt(_: Request, { messages, input }: FakeChat): string {
  const last = typeof input === "string"
    ? input
    : (messages ?? input ?? []).at(-1)?.content;
  return `You said: ${
    typeof last === "string" ? last : JSON.stringify(last ?? "nothing")
  }`;
}

function text(status: number, body: string): Response {
  return new Response(body, { status });
}

function notFound(): Response {
  return text(404, "404 page not found");
}

function badRequest(message: string): Response {
  return Response.json({
    error: { message, type: "invalid_request_error" },
  }, { status: 400 });
}
