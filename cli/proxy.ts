/**
 * Which proxy a request goes through, as the environment says.
 *
 * @module
 */

/** The messages about proxies. */
export const PROXY_MESSAGES = {
  invalid: (variable: string) =>
    `${variable} is not the URL of an HTTP proxy, such as http://proxy.example.com:3128.`,
} as const;

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The proxy for an `https:` URL; `undefined` if there is none. */
export function proxyFor(url: URL, env: Variables): URL | undefined {
  if (url.protocol !== "https:" || isExcluded(url, env)) return undefined;
  for (const variable of ["https_proxy", "HTTPS_PROXY"]) {
    const value = env[variable]?.trim();
    if (value) return parseProxy(value, variable);
  }
  return undefined;
}

function parseProxy(value: string, variable: string): URL {
  const text = value.includes("://") ? value : `http://${value}`;
  const isHTTP = /^https?:\/\//i.test(text) && URL.canParse(text);
  // The value may hold a password.
  if (!isHTTP) throw new TypeError(PROXY_MESSAGES.invalid(variable));
  return new URL(text);
}

/** Whether `NO_PROXY` names the host, a domain above it, or all hosts. */
function isExcluded({ hostname, port }: URL, env: Variables): boolean {
  const list = env.no_proxy || env.NO_PROXY || "";
  return list.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, domain, onlyPort] = /^\*?\.?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
    if (domain === undefined) return false;
    const isPort = onlyPort === undefined || onlyPort === (port || "443");
    return isPort && (hostname === domain || hostname.endsWith(`.${domain}`));
  });
}
