import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { looksSecret, redact } from "../../internal/redact.ts";

/** Makes every run use the same texts. */
const SEED = 17;

const ALPHANUMERIC =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const characters = (alphabet: string, length: number) =>
  fc.string({
    unit: fc.constantFrom(...alphabet),
    minLength: length,
    maxLength: length,
  });

const gitHubCredential = fc.oneof(
  fc.tuple(
    fc.constantFrom("p", "o", "u", "s", "r"),
    characters(ALPHANUMERIC, 36),
  )
    .map(([kind, random]) => ({ text: `gh${kind}_${random}`, random })),
  fc.tuple(characters(ALPHANUMERIC, 22), characters(ALPHANUMERIC, 59))
    .map(([id, random]) => ({ text: `github_pat_${id}_${random}`, random })),
);

const copilotToken = fc.tuple(
  characters("0123456789abcdef", 32),
  characters("0123456789abcdef", 64),
  fc.constantFrom("individual", "business", "enterprise"),
).map(([id, random, plan]) => ({
  text: `tid=${id};exp=1790000000;sku=monthly_subscriber_quota;` +
    `proxy-ep=proxy.${plan}.githubcopilot.com;st=dotcom;chat=1:${random}`,
  random,
}));

const words = fc.constantFrom(
  ...[
    "a",
    "the",
    "token",
    "token:",
    "token=expired",
    "Token",
    "secret",
    "tid=5",
  ],
  ...[
    "pid=12;",
    "bad",
    "credentials",
    "ghu_",
    "(gho_)",
    "github_pat_",
    "proxy",
  ],
  ...["proxy-ep", "Authorization:", "Bearer", "Basic", "http", "403:", "502"],
  ...["https://api.github.com/copilot_internal/v2/token", "?a=b&c=d;e=f", "\n"],
  ...['{"message":"Not Found"}', '"token"', "<html>", "</p>", "x-request-id:"],
  ...[
    "sha256:",
    "text/html;charset=utf-8",
    "100%",
    "a%20b",
    "\\n",
    "ÄÖÜ",
    "🙂",
  ],
  ...[
    "Zertifikat",
    "abgelaufen",
    "1790000000",
    "ECONNREFUSED",
    "127.0.0.1:443",
  ],
  ...["C0DE:1F3A:2B4C:5D6E:0F1E2D3C", "0f8fad5b-d9cb-469f-a165-70867728950e"],
);
const requestId = characters("0123456789abcdef", 64);
const honestText = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: words },
    { weight: 1, arbitrary: requestId },
    { weight: 1, arbitrary: fc.lorem({ mode: "sentences", maxCount: 2 }) },
    { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  ),
  { maxLength: 20 },
).map((parts) => parts.join(" "));

test("redact() does not change 2 000 texts without secrets", () => {
  fc.assert(
    fc.property(honestText, gitHubCredential, (text, { text: secret }) => {
      assertEquals(redact(text, secret), text.trim().slice(0, 500));
      assertEquals(looksSecret(text), false);
    }),
    { numRuns: 2000, seed: SEED },
  );
});

/** How a server, a proxy or a log may repeat a secret. */
const literalEchoes: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "in a header": (secret) => `{"authorization":"Bearer ${secret}"}`,
  "in upper case": (secret) => secret.toUpperCase(),
  "percent-encoded": encodeURIComponent,
  "percent-encoded throughout": (secret) =>
    Buffer.from(secret).toString("hex").replace(/../g, "%$&"),
};

const knownEchoes: Record<string, (secret: string, at: number) => string> = {
  ...literalEchoes,
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in base64url": (secret) => Buffer.from(secret).toString("base64url"),
  "in base64 behind a user": (secret, at) =>
    Buffer.from(`${"u".repeat(at)}:${secret}`).toString("base64"),
  "on several lines": (secret, at) =>
    `${secret.slice(0, at)}\n    ${secret.slice(at)}`,
  "without its beginning": (secret, at) => secret.slice(at),
  "without its end": (secret, at) => secret.slice(0, -at),
};

/** Eight characters of the random part, in any encoding that is used here. */
function isShown(text: string, random: string): boolean {
  const compact = text.replace(/\s/g, "").toLowerCase();
  const decoded = compact.replace(
    /%([\da-f]{2})/g,
    (_, code) => String.fromCharCode(parseInt(code, 16)),
  );
  const base64Texts = (text.match(/[\w+/-]{8,}/g) ?? []).flatMap((word) =>
    [0, 1, 2, 3].map((skipped) =>
      Buffer.from(word.slice(skipped), "base64").toString("latin1")
    )
  );
  const shown = [
    compact,
    decoded,
    ...base64Texts.map((it) => it.toLowerCase()),
  ];
  for (let start = 0; start + 8 <= random.length; start++) {
    const part = random.slice(start, start + 8).toLowerCase();
    if (shown.some((form) => form.includes(part))) return true;
  }
  return false;
}

for (const [how, echo] of Object.entries(knownEchoes)) {
  test(`redact() leaves nothing of 500 credentials that are repeated ${how}`, () => {
    fc.assert(
      fc.property(
        honestText,
        gitHubCredential,
        fc.integer({ min: 1, max: 20 }),
        honestText,
        (before, { text, random }, at, after) => {
          const message = `${before.slice(-200)} ${echo(text, at)} ${after}`;
          assertEquals(isShown(redact(message, text), random), false);
        },
      ),
      { numRuns: 500, seed: SEED },
    );
  });
}

for (const [how, echo] of Object.entries(literalEchoes)) {
  if (how === "percent-encoded throughout") continue;
  test(`redact() leaves nothing of 500 unknown credentials and tokens that are repeated ${how}`, () => {
    fc.assert(
      fc.property(
        honestText,
        fc.oneof(gitHubCredential, copilotToken),
        honestText,
        (before, { text, random }, after) => {
          const message = `${before.slice(-200)} ${echo(text)} ${after}`;
          assertEquals(isShown(redact(message, "ghu_known123"), random), false);
          assertEquals(looksSecret(message), true);
        },
      ),
      { numRuns: 500, seed: SEED },
    );
  });
}

test("redact() leaves nothing of 500 Copilot tokens on lines of any width", () => {
  fc.assert(
    fc.property(
      copilotToken,
      fc.integer({ min: 40, max: 100 }),
      fc.constantFrom("\n", "\r\n", "\n  "),
      ({ text, random }, width, lineBreak) => {
        const lines = text.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
        const message = `no ${lines.join(lineBreak)}`;
        assertEquals(isShown(redact(message, "ghu_known123"), random), false);
      },
    ),
    { numRuns: 500, seed: SEED },
  );
});

test("redact() changes nothing around 500 credentials", () => {
  fc.assert(
    fc.property(
      fc.lorem({ maxCount: 20 }),
      gitHubCredential,
      fc.lorem({ maxCount: 20 }),
      (before, { text }, after) => {
        const message = `${before} ${text} ${after}`;
        const redacted = redact(message, "ghu_known123");
        assertEquals(redacted, `${before} *** ${after}`.slice(0, 500));
      },
    ),
    { numRuns: 500, seed: SEED },
  );
});
