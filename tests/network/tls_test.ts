import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { test as register } from "node:test";
import { deferred, MINUTE, stubClock } from "../helpers/stubs.ts";
import {
  type Authority,
  type Certificate,
  createAuthority,
  hasOpenSSL,
} from "../helpers/authority.ts";
import { type Running, runtime, start } from "../helpers/command.ts";
import { HOSTS, type Network, startNetwork } from "../helpers/network.ts";

/** Certificates cannot be made without openssl. */
const test = hasOpenSSL ? register : register.skip;

const SECRET = "ghu_secretsecret";
const GITHUB = "https://api.github.com";
const EXCHANGE = `GET ${GITHUB}/copilot_internal/v2/token`;
const COPILOT = "https://api.individual.githubcopilot.com";
const CHAT = `POST ${COPILOT}/chat/completions`;

/** A program that answers each line with a chat. */
interface Conversation extends Running {
  /** Writes a line, and returns the line that answers it. */
  ask(line: string): Promise<string>;
}

function converse({ env }: Network): Conversation {
  const name = runtime === "Node" ? "tls_program_node.ts" : "tls_program.ts";
  const program = start(`tests/network/${name}`, [], {
    env: { ...env, COPILOT_GITHUB_TOKEN: SECRET },
  });
  return {
    ...program,
    async ask(line) {
      const { outcome } = program;
      const linesBefore = outcome.stdout.split("\n").length - 1;
      await program.write(`${line}\n`);
      await program.prints(new RegExp(`^(.*\n){${linesBefore + 1}}`));
      return outcome.stdout.split("\n")[linesBefore];
    },
  };
}

/** The method and URL of every request, oldest first. */
function requestsOf({ received }: Network): string[] {
  return received.map(({ method, url }) => `${method} ${url}`);
}

/** The `Authorization` of every request, oldest first. */
function authorizationsOf({ received }: Network): string[] {
  return received.map(({ headers }) => headers.authorization ?? "none");
}

/** The origins that received a secret, in any part of a request. */
function originsThatReceived(
  { received }: Network,
  secret: string,
): string[] {
  const requests = received.filter((request) =>
    JSON.stringify(request).includes(secret)
  );
  return [...new Set(requests.map(({ url }) => url.origin))];
}

test("createCopilotFetch() streams a chat over TLS: its first words arrive before the last is sent", async () => {
  const printed = deferred();
  await using network = await startNetwork({
    plan: "business",
    pause: (sent) => sent.includes("Hello") ? printed.promise : undefined,
  });
  await using child = converse(network);
  await child.write("Hello you\n");
  await child.prints("You said: Hello ");
  assertEquals(child.outcome.stdout, "You said: Hello ");
  printed.resolve();
  await child.prints("you\n");

  const host = "https://api.business.githubcopilot.com";
  assertEquals(requestsOf(network), [
    EXCHANGE,
    `POST ${host}/chat/completions`,
  ]);
  assertEquals(network.connects, [
    "api.github.com:443",
    "api.business.githubcopilot.com:443",
  ]);
  const [exchange, chat] = network.received;
  assertEquals(exchange.headers.authorization, `Bearer ${SECRET}`);
  assertEquals(exchange.headers["user-agent"], "GitHubCopilotChat/0.35.0");
  assertMatch(chat.headers.authorization, /^Bearer tid=\w+;/);
  assertEquals(chat.headers["user-agent"], "GitHubCopilotChat/0.35.0");
  assertEquals(chat.headers["x-initiator"], "user");
  assertEquals(JSON.parse(chat.body).messages[0].content, "Hello you");
  child.end();
  assertEquals(await child.ended, {
    code: 0,
    stdout: "You said: Hello you\n",
    stderr: "",
  });
});

/** Why Copilot may refuse a token that the program considers valid. */
const losses: Record<string, (network: Network) => Disposable | null> = {
  "is revoked": ({ fake }) => {
    fake.revokeTokens();
    return null;
  },
  "has expired by Copilot's clock": () => stubClock(Date.now() + 31 * MINUTE),
};

for (const [what, lose] of Object.entries(losses)) {
  test(`createCopilotFetch() replaces a token that ${what}, with one exchange, over TLS`, async () => {
    await using network = await startNetwork();
    await using child = converse(network);
    assertEquals(await child.ask("One"), "You said: One");
    using _ = lose(network);
    assertEquals(await child.ask("Two"), "You said: Two");
    assertEquals(await child.ask("Three"), "You said: Three");

    assertEquals(requestsOf(network), [
      EXCHANGE,
      CHAT,
      CHAT,
      EXCHANGE,
      CHAT,
      CHAT,
    ]);
    const [, one, refused, , two, three] = authorizationsOf(network);
    assertEquals(refused, one);
    assertNotEquals(two, one);
    assertEquals(three, two);
  });
}

test("createCopilotFetch() refreshes a token that is due before the next request, over TLS", async () => {
  await using network = await startNetwork();
  const { fake } = network;
  fake.answerNextExchange(async (request) => {
    const body = await (await fake.fetch(request)).json();
    return Response.json({ ...body, refresh_in: Number.EPSILON });
  });
  await using child = converse(network);
  assertEquals(await child.ask("One"), "You said: One");
  assertEquals(await child.ask("Two"), "You said: Two");
  assertEquals(requestsOf(network), [EXCHANGE, CHAT, EXCHANGE, CHAT]);
  const [, one, , two] = authorizationsOf(network);
  assertNotEquals(two, one);
});

/** Certificates that a client must not accept. */
const invalidCertificates: Record<
  string,
  (authority: Authority) => Certificate
> = {
  "that the authority did not sign": () => {
    using other = createAuthority();
    return other.issue(HOSTS);
  },
  "of another host": ({ issue }) => issue(["evil.example.com"]),
};

for (const [what, make] of Object.entries(invalidCertificates)) {
  test(`createCopilotFetch() sends nothing to a GitHub with a certificate ${what}`, async () => {
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
    child.end();
    const { stdout, stderr } = await child.ended;
    assertEquals(`${stdout}${stderr}`.includes(SECRET), false);
  });

  test(`createCopilotFetch() sends nothing to a Copilot with a certificate ${what}`, async () => {
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
    assertEquals(requestsOf(network), [EXCHANGE]);
    child.end();
    const { stdout, stderr } = await child.ended;
    assertEquals(/tid=|ghu_/.test(stdout + stderr), false);
  });
}

const REDIRECTS = [301, 302, 303, 307, 308];

for (const [index, status] of REDIRECTS.entries()) {
  test(`createCopilotFetch() does not follow a ${status} of the exchange, and reports it`, async () => {
    await using network = await startNetwork();
    await using child = converse(network);
    // Another origin and the same one, in turn: each start takes time.
    const origin = ["https://evil.example.com", GITHUB][index % 2];
    network.fake.answerNextExchange(redirect(status, `${origin}/taken`));
    assertMatch(
      await child.ask("Hello"),
      new RegExp(`^failed: CopilotTokenError: .*\\b${status}\\b`),
    );
    assertEquals(requestsOf(network), [EXCHANGE]);
    assertEquals(network.connects, ["api.github.com:443"]);
  });
}

/** Other origins than the token's, however similar. */
const OTHER_ORIGINS = [
  "https://evil.example.com",
  "https://below.api.individual.githubcopilot.com",
  "https://api.business.githubcopilot.com",
  `${COPILOT}:8443`,
  COPILOT.replace("https:", "http:"),
  GITHUB,
];

for (const status of REDIRECTS) {
  test(`createCopilotFetch() sends the token to no other origin after a ${status} of Copilot`, async () => {
    await using network = await startNetwork();
    await using child = converse(network);
    for (const origin of OTHER_ORIGINS) {
      network.fake.answerNextRequest(redirect(status, `${origin}/taken`));
      await child.ask("Hello");
    }
    assertEquals(requestsOf(network).filter((it) => it === EXCHANGE).length, 1);
    assertEquals(
      requestsOf(network).filter((it) => it === CHAT).length,
      OTHER_ORIGINS.length,
    );
    assertEquals(originsThatReceived(network, "tid="), [COPILOT]);
    assertEquals(originsThatReceived(network, SECRET), [GITHUB]);
  });
}

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } });
}
