/**
 * The paths that are served, and in which ways clients write them.
 *
 * @module
 */

import type { Api } from "./refusal.ts";

/** A path, and what answers it. */
export interface Route {
  /** The path at Copilot, with `{id}` for a model's id. */
  path: string;
  method: "GET" | "POST";
  api: Api;
  /** `"server"` where nothing is sent to Copilot. */
  answeredBy: "copilot" | "server";
}

const MODEL_ROUTE = get("/models/{id}");

/** Every route; `HEAD` works wherever `GET` does. */
export const ROUTES: readonly Route[] = [
  server("/"),
  server("/health"),
  get("/models"),
  MODEL_ROUTE,
  post("/chat/completions", "openai"),
  post("/responses", "openai"),
  post("/responses/compact", "openai"),
  post("/responses/input_tokens", "openai"),
  post("/embeddings", "openai"),
  post("/v1/messages", "anthropic"),
  post("/v1/messages/count_tokens", "anthropic"),
];

function server(path: string): Route {
  return { path, method: "GET", api: "openai", answeredBy: "server" };
}

function get(path: string): Route {
  return { path, method: "GET", api: "openai", answeredBy: "copilot" };
}

function post(path: string, api: Api): Route {
  return { path, method: "POST", api, answeredBy: "copilot" };
}

/** A route, and what a request's path names. */
export interface FoundRoute {
  route: Route;
  /** The path at Copilot. */
  path: string;
  /** The model that the path names, if it names one. */
  model?: string;
}

/**
 * Finds the route of a path. `/v1` may be omitted or doubled, as slashes may,
 * and a slash may end it.
 */
export function findRoute(pathname: string): FoundRoute | undefined {
  const plain = withoutVersion(pathname.replace(/\/+/g, "/"));
  const route = ROUTES.find(({ path }) => withoutVersion(path) === plain);
  if (route) return { route, path: route.path };
  const model = MODEL_PATH.exec(plain)?.[1];
  if (model === undefined) return undefined;
  return { route: MODEL_ROUTE, path: modelPath(model), model };
}

const MODEL_PATH = /^\/models\/([\w.:@-]+)$/;

/** The path at Copilot of one model. */
export function modelPath(id: string): string {
  return `/models/${id}`;
}

function withoutVersion(path: string): string {
  return path.replace(/\/$/, "").replace(/^(\/v1)+(?=\/|$)/, "") || "/";
}

/** The methods of a route, as the `allow` header lists them. */
export function allowedMethods({ method }: Route): string {
  return method === "GET" ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

/** The parts of a request's target. */
export interface Target {
  pathname: string;
  search: string;
}

/** Parses a request's target; `undefined` if it is malformed. */
export function parseTarget(target: string): Target | undefined {
  if (!WELL_FORMED.test(target)) return undefined;
  // Concatenated, not resolved: "//evil.com" must remain a path.
  const url = target.startsWith("/") ? `http://localhost${target}` : target;
  if (!URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return { pathname, search };
}

/** A path or a whole URL, with a query, in visible ASCII without `\` and `#`. */
const WELL_FORMED = /^(\/|https?:\/\/)([!"$&-[\]-~]|%[\da-f]{2})*$/i;
