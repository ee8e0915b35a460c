import { assertEquals } from "@std/assert";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test as register } from "node:test";
import { exchangeToken } from "../../mod.ts";
import { CERTIFICATE_HINT } from "../../internal/hints.ts";
import { createAuthority, hasOpenSSL } from "../helpers/authority.ts";
import { CREDENTIAL } from "../helpers/failed_exchange.ts";
import { tokenError } from "../helpers/stubs.ts";

/** Certificates cannot be made without openssl. */
const test = hasOpenSSL ? register : register.skip;

/** Certificates as a proxy shows them that inspects TLS connections. */
const hosts: Record<string, string> = {
  "of an unknown authority": "localhost",
  "of another host": "evil.example.com",
};

for (const [what, host] of Object.entries(hosts)) {
  test(`exchangeToken() names what to set for a certificate ${what}`, async () => {
    using authority = createAuthority();
    const seen: string[] = [];
    const server = createServer(
      authority.issue([host]),
      (request, response) => {
        seen.push(request.url ?? "");
        response.end();
      },
    );
    server.on("tlsClientError", () => {}); // the client closes the connection
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const error = await tokenError(() =>
        exchangeToken(CREDENTIAL, {
          fetch: (_, init) => fetch(`https://localhost:${port}/`, init),
        })
      );
      assertEquals([error.code, error.hint], ["network", CERTIFICATE_HINT]);
      assertEquals(seen, []);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
}
