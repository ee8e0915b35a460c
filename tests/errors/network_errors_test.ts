import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  CERTIFICATE_HINT,
  NETWORK_HINT,
  networkHint,
} from "../../internal/hints.ts";
import { CREDENTIAL, errorOf } from "../helpers/failed_exchange.ts";

const withCode = (message: string, code: unknown) =>
  Object.assign(new Error(message), { code });

const thrown: Record<
  string,
  [thrown: unknown, summary: string, code?: string]
> = {
  "an error": [new TypeError("fetch failed"), "fetch failed"],
  "an error with a code": [
    withCode("connect", "ECONNREFUSED"),
    "connect",
    "ECONNREFUSED",
  ],
  "an error with a code that is no text": [withCode("connect", 7), "connect"],
  "an error with a cause": [
    new Error("a", { cause: new Error("b", { cause: new Error("c") }) }),
    "a: b",
  ],
  "an error with a cause that has a code": [
    new TypeError("a", { cause: withCode("b", "ENOTFOUND") }),
    "a: b",
    "ENOTFOUND",
  ],
  "an error with a cause of a code alone": [
    new TypeError("a", { cause: withCode("", "ECONNREFUSED") }),
    "a: ECONNREFUSED",
    "ECONNREFUSED",
  ],
  "an error with a code and a cause with another": [
    Object.assign(withCode("a", "OUTER"), { cause: withCode("b", "INNER") }),
    "a: b",
    "OUTER",
  ],
  "an error with a cause that is a text": [
    new Error("a", { cause: "b" }),
    "a: b",
  ],
  "an error with a cause that is null": [new Error("a", { cause: null }), "a"],
  "an error without a message": [new Error(""), "failed"],
  "an object": [{}, "failed"],
  "an object with a message": [{ message: "odd" }, "odd"],
  "an object with a message that is no text": [{ message: 7 }, "failed"],
  "a text": ["no route", "no route"],
  "an empty text": ["", "failed"],
  "a number": [7, "failed"],
  "a symbol": [Symbol("odd"), "failed"],
  "undefined": [undefined, "failed"],
  "null": [null, "failed"],
};

for (const [what, [reason, summary, code]] of Object.entries(thrown)) {
  test(`exchangeToken() reports a fetch that throws ${what}`, async () => {
    const error = await errorOf(() => Promise.reject(reason));
    assertEquals([error.code, error.status], ["network", undefined]);
    assertEquals(error.hint, NETWORK_HINT);
    const end = `: ${summary}\n${NETWORK_HINT}`;
    assert(error.message.endsWith(end), error.message);
    const cause = error.cause as Error & { code?: string };
    assertEquals([cause.message, cause.code], [summary, code]);
    assertEquals("code" in cause, code !== undefined);
  });
}

test("exchangeToken() reports a body that breaks off", async () => {
  const error = await errorOf(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.error(new Error("reset")),
      }),
    )
  );
  assertEquals(error.code, "network");
});

test("exchangeToken() reports a fetch that returns nothing", async () => {
  const error = await errorOf(() => undefined as unknown as Response);
  assertEquals(error.code, "network");
});

test("exchangeToken() shortens what fetch throws", async () => {
  const error = await errorOf(() => Promise.reject("x".repeat(1e6)));
  const end = `: ${"x".repeat(500)}\n${NETWORK_HINT}`;
  assert(error.message.endsWith(end), error.message);
});

test("exchangeToken() redacts the code of a cause", async () => {
  const error = await errorOf(() =>
    Promise.reject(withCode("a", `E_${CREDENTIAL}`))
  );
  assertEquals((error.cause as { code?: unknown }).code, "E_***");
});

const certificateErrors: [message: string, code?: string][] = [
  // Node.js
  [
    "unable to get local issuer certificate",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  ],
  ["self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"],
  ["self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["certificate has expired", "CERT_HAS_EXPIRED"],
  [
    "Hostname/IP does not match certificate's altnames",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
  // Codes alone, as wrappers of fetch report them
  ["fetch failed", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ["fetch failed", "SELF_SIGNED_CERT_IN_CHAIN"],
  ["fetch failed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["fetch failed", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["fetch failed", "CERT_HAS_EXPIRED"],
  // Deno
  ["client error (Connect): invalid peer certificate: UnknownIssuer"],
  ["client error (Connect): invalid peer certificate: Expired"],
  // Bun
  ["unknown certificate verification error"],
  // workerd
  ["TLS peer's certificate is not trusted"],
];

for (const [message, code] of certificateErrors) {
  test(`networkHint() names the certificate's settings for ${message} (${code})`, () => {
    assertEquals(networkHint(message, code), CERTIFICATE_HINT);
  });
}

const otherErrors: [message: string, code?: string][] = [
  ["fetch failed", "ECONNREFUSED"],
  ["getaddrinfo ENOTFOUND concert.example.com", "ENOTFOUND"],
  ["other side closed", "UND_ERR_SOCKET"],
  ["failed"],
];

for (const [message, code] of otherErrors) {
  test(`networkHint() names the connection for ${message} (${code})`, () => {
    assertEquals(networkHint(message, code), NETWORK_HINT);
  });
}

test("exchangeToken() gives the certificate's hint for the code of a cause", async () => {
  const error = await errorOf(() =>
    Promise.reject(
      new TypeError("fetch failed", {
        cause: withCode("", "SELF_SIGNED_CERT_IN_CHAIN"),
      }),
    )
  );
  assertEquals([error.code, error.hint], ["network", CERTIFICATE_HINT]);
});

test("The hint for a certificate names the settings of every runtime", () => {
  for (
    const name of ["NODE_EXTRA_CA_CERTS", "DENO_CERT", "DENO_TLS_CA_STORE"]
  ) {
    assert(CERTIFICATE_HINT.includes(name), name);
  }
});
