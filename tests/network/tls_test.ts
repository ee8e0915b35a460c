import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { test as register } from "node:test";
import { deferred, MINUTE, stubClock } from "../helpers/stubs.ts";
import {
  type Authority,
  type Certificate,
  createAuthority,
  hasOpenSSL,
} from "../helpers/authority.ts";
import { type Child, runtime, start } from "../helpers/tls_child.ts";
import { HOSTS, type Network, startNetwork } from "../helpers/network.ts";

/** Without openssl there is no TLS to prove anything over. */
const test = hasOpenSSL ? register : register.skip;

const SECRET = "ghu_secretsecret";
const GITHUB = "https://api.github.com";
const EXCHANGE = `GET ${GITHUB}/copilot_internal/v2/token`;
const HOME = "https://api.individual.githubcopilot.com";
const CHAT = `POST ${HOME}/chat/completions`;

/** Starts the program that answers each line with a chat. */
function converse(network: Network): Child {
  const name = runtime === "Node" ? "tls_program_node.ts" : "tls_program.ts";
  return start(`tests/network/${name}`, [], envFor(network));
}

function envFor({ env }: Network): Record<string, string> {
  return { ...env, COPILOT_GITHUB_TOKEN: SECRET };
}

/** What was asked, in order. */
function asked({ received }: Network): string[] {
  return received.map(({ method, url }) => `${method} ${url}`);
}

function bearers({ received }: Network): string[] {
  return received.map(({ headers }) => headers.authorization ?? "none");
}

/** Where a secret was sent, in whatever part of a request. */
function originsTold({ received }: Network, secret: string): string[] {
  const told = received.filter((request) =>
    JSON.stringify(request).includes(secret)
  );
  return [...new Set(told.map(({ url }) => url.origin))];
}

test("A chat streams over TLS: its first words are printed before the last is sent", async () => {
  const printed = deferred();
  await using network = await startNetwork({
    plan: "business",
    pause: (sent) => sent.includes("Hello") ? printed.promise : undefined,
  });
  await using child = converse(network);
  child.say("Hello you");
  await child.prints("You said: Hello ");
  printed.resolve();
  assertEquals(await child.prints("\n"), "You said: Hello you\n");

  const home = "https://api.business.githubcopilot.com";
  assertEquals(asked(network), [EXCHANGE, `POST ${home}/chat/completions`]);
  assertEquals(network.connects, [
    "api.github.com:443",
    "api.business.githubcopilot.com:443",
  ]);
  const [exchange, chat] = network.received;
  assertEquals(exchange.headers.authorization, `Bearer ${SECRET}`);
  assertEquals(exchange.headers["user-agent"], "GitHubCopilotChat/0.35.0");
  assertMatch(chat.headers.authorization, /^Bearer tid=1;/);
  assertEquals(chat.headers["user-agent"], "GitHubCopilotChat/0.35.0");
  assertEquals(chat.headers["x-initiator"], "user");
  assertEquals(JSON.parse(chat.body).messages[0].content, "Hello you");
  assertEquals(await child.finish(), {
    code: 0,
    stdout: "You said: Hello you\n",
    stderr: "",
  });
});

if (runtime !== "Node") {
  test("The command streams an answer over TLS", async () => {
    await using network = await startNetwork({ plan: "enterprise" });
    await using child = start("cli/mod.ts", ["Hello", "you"], envFor(network));
    assertEquals(await child.finish(), {
      code: 0,
      stdout: "You said: Hello you\n",
      stderr: "",
    });
    assertEquals(network.connects, [
      "api.github.com:443",
      "api.enterprise.githubcopilot.com:443",
    ]);
  });
}

/** What can happen to a token that the program holds to be good. */
const losses: Record<string, (network: Network) => Disposable | null> = {
  "is revoked": ({ fake }) => {
    fake.revokeTokens();
    return null;
  },
  "has expired by Copilot's clock": () => stubClock(Date.now() + 31 * MINUTE),
};

for (const [what, lose] of Object.entries(losses)) {
  test(`A token that ${what} in mid-run is replaced, with one exchange`, async () => {
    await using network = await startNetwork();
    await using child = converse(network);
    assertEquals(await child.ask("One"), "You said: One");
    using _ = lose(network);
    assertEquals(await child.ask("Two"), "You said: Two");
    assertEquals(await child.ask("Three"), "You said: Three");

    assertEquals(asked(network), [EXCHANGE, CHAT, CHAT, EXCHANGE, CHAT, CHAT]);
    const [, one, refused, , two, three] = bearers(network);
    assertEquals(refused, one);
    assertNotEquals(two, one);
    assertEquals(three, two);
  });
}

test("A token whose time has come in mid-run is renewed before the next request", async () => {
  await using network = await startNetwork();
  const { fake } = network;
  fake.answerNextExchange(async (request) => {
    const answer = await (await fake.fetch(request)).json();
    return Response.json({ ...answer, refresh_in: Number.EPSILON });
  });
  await using child = converse(network);
  assertEquals(await child.ask("One"), "You said: One");
  assertEquals(await child.ask("Two"), "You said: Two");
  assertEquals(asked(network), [EXCHANGE, CHAT, EXCHANGE, CHAT]);
  const [, one, , two] = bearers(network);
  assertNotEquals(two, one);
});

/** Certificates that a client must not take. */
const impostors: Record<string, (authority: Authority) => Certificate> = {
  "that the authority did not sign": () => {
    using other = createAuthority();
    return other.issue(HOSTS);
  },
  "that is another host's": ({ issue }) => issue(["evil.example.com"]),
};

for (const [what, make] of Object.entries(impostors)) {
  test(`A GitHub with a certificate ${what} is told nothing`, async () => {
    await using network = await startNetwork({
      certificates: (authority) => ({ "api.github.com": make(authority) }),
    });
    await using child = converse(network);
    assertMatch(
      await child.ask("Hello"),
      /^failed: CopilotTokenError: copilot token exchange: .*cert/i,
    );
    assertEquals([...new Set(network.connects)], ["api.github.com:443"]);
    assertEquals(network.received, []);
    const { stdout, stderr } = await child.finish();
    assertEquals(`${stdout}${stderr}`.includes(SECRET), false);
  });

  test(`A Copilot with a certificate ${what} is told nothing`, async () => {
    await using network = await startNetwork({
      certificates: (authority) => ({
        "api.individual.githubcopilot.com": make(authority),
      }),
    });
    await using child = converse(network);
    assertMatch(await child.ask("Hello"), /^failed: .*cert/i);
    assertEquals([...new Set(network.connects)], [
      "api.github.com:443",
      "api.individual.githubcopilot.com:443",
    ]);
    assertEquals(asked(network), [EXCHANGE]);
    const { stdout, stderr } = await child.finish();
    assertEquals(/tid=|ghu_/.test(stdout + stderr), false);
  });
}

const REDIRECTS = [301, 302, 303, 307, 308];

test("A redirect of an exchange is not followed, and the error says so", async () => {
  await using network = await startNetwork();
  await using child = converse(network);
  for (const status of REDIRECTS) {
    for (const origin of ["https://evil.example.com", GITHUB]) {
      network.received.length = 0;
      network.fake.answerNextExchange(redirect(status, `${origin}/taken`));
      assertMatch(
        await child.ask("Hello"),
        new RegExp(
          `^failed: CopilotTokenError: copilot token exchange: http ${status}`,
        ),
      );
      assertEquals(asked(network), [EXCHANGE]);
    }
  }
  assertEquals([...new Set(network.connects)], ["api.github.com:443"]);
});

/** Other origins than the seat's, however near. */
const ELSEWHERE = [
  "https://evil.example.com",
  "https://below.api.individual.githubcopilot.com",
  "https://api.business.githubcopilot.com",
  `${HOME}:8443`,
  HOME.replace("https:", "http:"),
  GITHUB,
];

for (const status of REDIRECTS) {
  test(`A ${status} of Copilot's takes the token to no other origin`, async () => {
    await using network = await startNetwork();
    await using child = converse(network);
    for (const origin of ELSEWHERE) {
      network.fake.answerNextRequest(redirect(status, `${origin}/taken`));
      await child.ask("Hello");
    }
    assertEquals(asked(network).filter((it) => it === EXCHANGE).length, 1);
    assertEquals(
      asked(network).filter((it) => it === CHAT).length,
      ELSEWHERE.length,
    );
    assertEquals(originsTold(network, "tid="), [HOME]);
    assertEquals(originsTold(network, SECRET), [GITHUB]);
  });
}

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } });
}
