import {
  deepStrictEqual as assertEquals,
  notStrictEqual as assertNotEquals,
} from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { deferred, tokenText } from "../helpers/stubs.ts";
import { NEW_DATE, OLD_DATE, testInWorkerd } from "./run_in_workerd.ts";

/** A chat whose body shows a change of any byte. */
function chat(stream = false): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-5-mini",
      stream,
      messages: [{ role: "user", content: "Grüße, 世界 \u0000\n" }],
    }),
  };
}

/** The bytes of every request, oldest first. */
async function bodiesOf(requests: Request[]): Promise<number[][]> {
  const bodies = requests.map((request) => request.arrayBuffer());
  return (await Promise.all(bodies)).map((body) => [...new Uint8Array(body)]);
}

const utf8 = (text: unknown) => [...new TextEncoder().encode(`${text}`)];

for (const date of [NEW_DATE, OLD_DATE]) {
  testInWorkerd(
    "createCopilotFetch() sends a chat, whole and streamed",
    async ({ fake, send }) => {
      const path = "chat/completions";
      const { choices } = await (await send({}, path, chat())).json();
      assertEquals(choices[0].message.content, "Hello you");
      const events = await (await send({}, path, chat(true))).text();
      assertEquals(events.endsWith("data: [DONE]\n\n"), true);
      assertEquals(fake.exchanges.length, 1);
      for (const { url, headers } of fake.requests) {
        const host = "https://api.business.githubcopilot.com";
        assertEquals(url, `${host}/${path}`);
        assertEquals(headers.get("x-initiator"), "user");
        assertEquals(headers.get("user-agent"), "GitHubCopilotChat/0.35.0");
      }
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() makes one exchange for requests at once",
    async ({ fake, send }) => {
      const begun = deferred();
      const gate = deferred();
      fake.answerNextExchange(() => {
        begun.resolve();
        return gate.promise;
      });
      const calls = [send()];
      await begun.promise;
      for (let count = 0; count < 5; count++) calls.push(send());
      // No event shows that these wait; this one has arrived behind them.
      await (await send({ leaveAfter: 1 })).text();
      gate.resolve();
      const responses = await Promise.all(calls);
      assertEquals(responses.map(({ status }) => status), Array(6).fill(200));
      assertEquals(fake.exchanges.length, 1);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() refreshes the token after a 401, and repeats the request once",
    async ({ fake, send }) => {
      const path = "chat/completions";
      const init = chat();
      assertEquals((await send({}, path, init)).status, 200);
      fake.revokeTokens();
      assertEquals((await send({}, path, init)).status, 200);
      assertEquals(fake.exchanges.length, 2);
      const bearers = fake.requests.map(({ headers }) =>
        headers.get("authorization")
      );
      assertEquals(bearers.length, 3);
      assertEquals(bearers[0], bearers[1]);
      assertNotEquals(bearers[1], bearers[2]);
      assertEquals(
        await bodiesOf(fake.requests),
        Array(3).fill(utf8(init.body)),
      );
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() repeats a request at the other host after a 421, and sends later ones there",
    async ({ fake, send }) => {
      fake.answerNextExchange(Response.json({
        token: tokenText(1, "individual"),
        refresh_in: 1500,
        endpoints: { api: "https://api.business.githubcopilot.com" },
      }));
      fake.answerNextRequest(new Response("misdirected", { status: 421 }));
      fake.answerNextRequest(Response.json({}));
      fake.answerNextRequest(Response.json({}));
      const init = chat();
      for (let call = 0; call < 2; call++) {
        assertEquals((await send({}, "chat/completions", init)).status, 200);
      }
      assertEquals(fake.requests.map(({ url }) => new URL(url).host), [
        "api.individual.githubcopilot.com",
        "api.business.githubcopilot.com",
        "api.business.githubcopilot.com",
      ]);
      assertEquals(
        await bodiesOf(fake.requests),
        Array(3).fill(utf8(init.body)),
      );
      assertEquals(fake.exchanges.length, 1);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() refuses a redirect of an exchange",
    async ({ fake, send }) => {
      const headers = { location: "https://evil.example.com/taken" };
      fake.answerNextExchange(new Response("", { status: 302, headers }));
      const refused = await send();
      assertEquals(refused.status, 502);
      assertEquals((await refused.json()).error.code, "invalid_response");
      assertEquals((await send({ ahead: 2000 })).status, 200);
      assertEquals(fake.exchanges.length, 2);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() does not follow a redirect of Copilot",
    async ({ fake, send }) => {
      const headers = { location: "https://evil.example.com/taken" };
      fake.answerNextRequest(new Response("", { status: 307, headers }));
      const response = await send({}, "models", { redirect: "manual" });
      assertEquals(response.status, 307);
      assertEquals(fake.requests.length, 1);
    },
    date,
  );

  testInWorkerd(
    "createCopilotFetch() answers a request although the caller that started the exchange disconnects",
    async ({ fake, send, url }) => {
      const begun = deferred();
      const gate = deferred();
      fake.answerNextExchange(() => {
        begun.resolve();
        return gate.promise;
      });
      const first = httpRequest(`${url}models`).on("error", () => {});
      first.end();
      await begun.promise;
      const second = send();
      const closed = new Promise((resolve) => first.on("close", resolve));
      first.destroy();
      await closed;
      gate.resolve();
      assertEquals((await second).status, 200);
    },
    date,
  );
}

/** Whether workerd accepts `cache: "no-store"`, by compatibility date. */
const cacheModes = { [NEW_DATE]: true, [OLD_DATE]: false };

for (const [date, isAccepted] of Object.entries(cacheModes)) {
  testInWorkerd(
    `createCopilotFetch() sends an exchange with${
      isAccepted ? "" : "out"
    } cache: "no-store"`,
    async ({ fake, send }) => {
      const response = await send({ showCacheMode: true });
      assertEquals(
        response.headers.get("x-cache-mode"),
        isAccepted ? "no-store" : "none",
      );
      assertEquals(response.status, 200);
      assertEquals(fake.exchanges.length, 1);
    },
    date,
  );
}
