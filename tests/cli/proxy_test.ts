import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { proxyFor, type Variables } from "../../cli/proxy.ts";

const HTTPS_PROXY = "http://proxy.example.com:3128";

/** The environment, and the proxy for https://api.github.com. */
const PROXIES: [env: Variables, proxy: string | undefined][] = [
  [{}, undefined],
  [{ HTTPS_PROXY: "" }, undefined],
  [{ HTTPS_PROXY }, `${HTTPS_PROXY}/`],
  [{ HTTPS_PROXY: " http://a " }, "http://a/"],
  [{ HTTPS_PROXY: "a:3128" }, "http://a:3128/"],
  [{ HTTPS_PROXY: "https://a" }, "https://a/"],
  [{ HTTPS_PROXY, https_proxy: "http://b" }, "http://b/"],
  [{ HTTP_PROXY: "http://b" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "*" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "api.github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "API.GitHub.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: ".github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "*.github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "localhost, github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "localhost github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "github.com:443" }, undefined],
  [{ HTTPS_PROXY, no_proxy: "github.com" }, undefined],
  [{ HTTPS_PROXY, NO_PROXY: "" }, `${HTTPS_PROXY}/`],
  [{ HTTPS_PROXY, NO_PROXY: "," }, `${HTTPS_PROXY}/`],
  [{ HTTPS_PROXY, NO_PROXY: "hub.com" }, `${HTTPS_PROXY}/`],
  [{ HTTPS_PROXY, NO_PROXY: "x.api.github.com" }, `${HTTPS_PROXY}/`],
  [{ HTTPS_PROXY, NO_PROXY: "github.com:8443" }, `${HTTPS_PROXY}/`],
];

for (const [env, proxy] of PROXIES) {
  test(`proxyFor() returns ${proxy} with ${JSON.stringify(env)}`, () => {
    const found = proxyFor(new URL("https://api.github.com/x"), env);
    assertEquals(found?.href, proxy);
  });
}

test("proxyFor() returns none for http:, whose requests stay on this computer", () => {
  assertEquals(proxyFor(new URL("http://a"), { HTTPS_PROXY }), undefined);
});

for (const value of ["socks5://a:1080", "http://", "http://user:secret@["]) {
  test(`proxyFor() refuses ${value}, and does not repeat it`, () => {
    const url = new URL("https://api.github.com");
    const error = assertThrows(
      () => proxyFor(url, { https_proxy: value }),
      TypeError,
      "https_proxy",
    );
    assertEquals(error.message.includes("secret"), false);
  });
}
