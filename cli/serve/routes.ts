/**
 * The paths that are served.
 *
 * @module
 */

/** A path of Copilot's API, and its method. */
export interface Route {
  path: string;
  method: "GET" | "POST";
}

const ROUTES: readonly Route[] = [
  { path: "/chat/completions", method: "POST" },
  { path: "/responses", method: "POST" },
  { path: "/v1/messages", method: "POST" },
  { path: "/embeddings", method: "POST" },
  { path: "/models", method: "GET" },
];

/** Finds the route of a path, with or without `/v1` before it. */
export function findRoute(pathname: string): Route | undefined {
  const candidates = [pathname, pathname.replace(/^\/v1/, "")];
  return ROUTES.find(({ path }) => candidates.includes(path));
}
