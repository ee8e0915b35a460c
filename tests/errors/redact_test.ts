import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { looksSecret, redact } from "../../internal/redact.ts";

const SECRET = "ghu_AbCd1234EfGh5678IjKl9012MnOp3456QrSt";
const SIGNATURE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2);
const TOKEN = "tid=6b1f0c9a5d8e47723a9cbe5f0d1e2a3b;exp=1790000000;" +
  "sku=monthly_subscriber;proxy-ep=proxy.individual.githubcopilot.com;" +
  `st=dotcom;chat=1:${SIGNATURE}`;

const percentEncoded = (text: string) =>
  Buffer.from(text).toString("hex").replace(/../g, "%$&");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const base64url = (text: string) => Buffer.from(text).toString("base64url");
/** Begins a new line after every `width` characters. */
const wrapped = (text: string, width: number, lineBreak = "\n") =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${lineBreak}`);

/** Texts with the secret of the second argument. */
const echoes: Record<string, [text: string, redacted: string]> = {
  "the secret": [SECRET, "***"],
  "the secret inside a text": [`no ${SECRET}, no`, "no ***, no"],
  "the secret twice": [`${SECRET}, ${SECRET}x`, "***, ***x"],
  "the secret in lower case": [SECRET.toLowerCase(), "***"],
  "the secret in upper case": [`(${SECRET.toUpperCase()})`, "(***)"],
  "the secret in a header": [
    `authorization: Bearer ${SECRET}\naccept: */*`,
    "authorization: Bearer ***\naccept: */*",
  ],
  "the secret in JSON": [
    `{"authorization":"Bearer ${SECRET}","a":1}`,
    '{"authorization":"Bearer ***","a":1}',
  ],
  "the secret in a query": [
    `https://a.com/?t=${SECRET}&b=c`,
    "https://a.com/?t=***&b=c",
  ],
  "the secret behind other letters": [`x${SECRET}`, "x***"],
  "the secret percent-encoded": [`a ${percentEncoded(SECRET)} b`, "a *** b"],
  "the secret percent-encoded in upper case": [
    percentEncoded(SECRET).toUpperCase(),
    "***",
  ],
  "the secret percent-encoded in part": [
    SECRET.replace("_", "%5F").replace("A", "%41"),
    "***",
  ],
  "the secret on several lines": [
    `a ${wrapped(SECRET, 12)} b`,
    "a ***\n\n\n b",
  ],
  "the secret on short lines": [wrapped(SECRET, 3, " "), "***"],
  "the secret without its beginning": [`…${SECRET.slice(6)}`, "…***"],
  "the secret without its end": [`${SECRET.slice(0, 20)}…`, "***…"],
  "eight characters of the secret": [`a ${SECRET.slice(10, 18)} b`, "a *** b"],
  "seven characters of the secret": [
    `a ${SECRET.slice(10, 17)} b`,
    `a ${SECRET.slice(10, 17)} b`,
  ],
};

for (const [what, [text, redacted]] of Object.entries(echoes)) {
  test(`redact() replaces ${what}`, () => {
    const result = redact(text, SECRET).replace(/\*{3}\s+$/, "***");
    assertEquals(result, redacted.replace(/\*{3}\s+$/, "***"));
  });
}

const encodings = { base64, base64url };
const encodedSecrets = [
  SECRET,
  "github_pat_11ABCDEFG0aBcDeFgH_iJkL",
  "0123456789/secret+of-another.kind~",
  "1~2?3>a~b?c>d~~e??f>>g~h?i>", // has "+" and "/" in base64
];

for (const secret of encodedSecrets) {
  for (const [name, encode] of Object.entries(encodings)) {
    for (const before of ["", "x", "xy", "user:"]) {
      test(`redact() replaces ${secret} in ${name} behind "${before}"`, () => {
        const text = encode(`${before}${secret}xyz`);
        const start = Math.ceil(before.length * 4 / 3);
        const end = Math.floor((before.length + secret.length) * 4 / 3);
        const redacted = text.slice(0, start) + "***" + text.slice(end);
        assertEquals(redact(text, secret), redacted);
      });
    }
  }
}

test("redact() replaces base64 on several lines", () => {
  const text = wrapped(base64(`user:${SECRET}`), 20);
  assertEquals(/\w{9}/.test(redact(text, SECRET)), false);
});

const kinds: [secret: string, text: string, redacted: string][] = [
  [
    "github_pat_11ABCDEFG0aBcDeF",
    "no github_pat_11ABCDEFG0aBcDeF",
    "no github_***",
  ],
  ["github_pat_11ABCDEFG0aBcDeF", "a github_pat_ token", "a github_pat_ token"],
  ["opaque", "an opaque, an OPAQUE one", "an ***, an *** one"],
  ["opaque", "an opaqu one", "an opaqu one"],
  ["a", "bab", "b***b"],
  ["", "all of it", "all of it"],
  ["→→→→→→→→→", "no arrows", "no arrows"],
  ["abcgithub_def", "an abcgithub_def here", "an *** here"],
  ["secret", "\n \t", ""],
  ["a.b(c)*d+e?f", "is a.b(c)*d+e?f here", "is *** here"],
];

for (const [secret, text, redacted] of kinds) {
  test(`redact() makes ${JSON.stringify(redacted)} of ${JSON.stringify(text)} for ${JSON.stringify(secret)}`, () => {
    assertEquals(redact(text, secret), redacted);
  });
}

/** Texts with secrets that are recognized by their shape. */
const shapes: Record<string, [text: string, redacted: string]> = {
  "a user token": ["no ghu_other here", "no *** here"],
  "an OAuth token": ["no gho_other1, no", "no ***, no"],
  "a classic token": ["(ghp_other1)", "(***)"],
  "an installation token": ["ghs_other1", "***"],
  "a refresh token": ["ghr_other1", "***"],
  "an installation token with a JWT": ["ghs_1_ey.ab-c.d_e!", "***!"],
  "a fine-grained token": ["no github_pat_other_1 here", "no *** here"],
  "an upper-case token": ["no GHP_OTHER, no", "no ***, no"],
  "a token in a query": ["?t=ghu_other&b", "?t=***&b"],
  "a token behind an encoded character": ["%22ghu_other%22", "%22***%22"],
  "a token behind an escaped line break": ["a\\nghu_other", "a\\n***"],
  "a Copilot token": [`see ${TOKEN} here`, "see *** here"],
  "a Copilot token in upper case": [TOKEN.toUpperCase(), "***"],
  "a Copilot token of a short id": ["see tid=12;exp=3", "see ***"],
  "a Copilot token of a long id": ["tid=0123456789abcdef", "***"],
  "a Copilot token without its beginning": [
    `…${TOKEN.slice(30)}`,
    "…1e2a3b***",
  ],
  "a Copilot token without its end": [TOKEN.slice(0, 60), "***"],
  "a Copilot token percent-encoded": [
    `a=b&t=${encodeURIComponent(TOKEN)}&c=d`,
    "a=b&***&c=d",
  ],
  "a Copilot token behind an encoded space": [
    `Bearer%20${encodeURIComponent(TOKEN)}`,
    "Bearer%***",
  ],
  "a Copilot token in JSON": [`{"a":"${TOKEN}","b":1}`, '{"a":"***","b":1}'],
  "a Copilot token on lines of 60": [`a ${wrapped(TOKEN, 60)}\nb`, "a ***\nb"],
  "a Copilot token on lines of 76": [
    `a ${wrapped(TOKEN, 76, "\r\n ")}\nb`,
    "a ***\nb",
  ],
  "a Copilot token before another line": [
    `a ${TOKEN}\nat:12 b;c=d`,
    "a ***\nat:12 b;c=d",
  ],
  "a Copilot token on two lines, the second of which is the signature": [
    TOKEN.replace("t=1:", "\nt=1:"),
    "***",
  ],
  "a signature of a long field": ["x;note=ab:0123456789abcdef", "x***"],
  "a signature on two lines": ["x;chat=1:01234567\n89abcdef", "x***"],
  "a signature": ["x;chat=1:0123456789abcdef", "x***"],
  "the value of token in JSON": [
    '{"token":"a b","x":1}',
    '{"token":"***","x":1}',
  ],
  "the value of token in spaced JSON": ['{"token" : "a"}', '{"token" : "***"}'],
  "the value of token in JSON within JSON": [
    '{"a":"{\\"token\\":\\"a b\\",\\"c\\":1}"}',
    '{"a":"{\\"token\\":\\"***\\",\\"c\\":1}"}',
  ],
  "the value of token with escaped slashes": [
    '{"token":"a\\/b"}',
    '{"token":"***"}',
  ],
};

for (const [what, [text, redacted]] of Object.entries(shapes)) {
  test(`redact() replaces ${what}`, () => {
    assertEquals(redact(text, ""), redacted);
  });

  test(`looksSecret() is true for ${what}`, () => {
    assertEquals(looksSecret(text), true);
  });
}

const harmless = [
  "",
  "plain words: a token expired",
  "token: expired, token=expired, TOKEN: unknown",
  "Credentials begin with ghu_, gho_, ghs_, ghp_ or github_pat_.",
  "ghu_abc is too short",
  "laughu_other is a word, as is github_patience",
  "gh_other and ghu-other are none",
  "partid=5 is none, tid=5 and pid=6 neither",
  "tid=5;x=1 and tid=5;\ntext/html;charset=utf-8",
  "the field proxy-ep=proxy.individual.githubcopilot.com",
  "text/html;charset=utf-8;q=0.9, application/json;level=1",
  "https://a.com/?a=b;c=d&e=f#g=h:8443",
  "a=b;c=d:0123456789abcde",
  `image=repo@sha256:${SIGNATURE}`,
  `commit ${SIGNATURE.slice(0, 40)}`,
  "see https://a.com/v2/token): closed",
  '{"message":"Bad credentials","status":"401"}',
  '{"token":"","token_type":"bearer","tokens":"a"}',
  '{"token":null,"type":"token","error":"token"}',
];

for (const text of harmless) {
  test(`redact() does not change ${JSON.stringify(text)}`, () => {
    assertEquals(redact(text, SECRET), text);
    assertEquals(looksSecret(text), false);
  });
}

test("redact() trims, and shortens to 500 characters or the given length", () => {
  assertEquals(redact(" \n a b \t", SECRET), "a b");
  assertEquals(redact("x".repeat(501), SECRET), "x".repeat(500));
  assertEquals(redact("x".repeat(501), SECRET, 200), "x".repeat(200));
  assertEquals(redact("x".repeat(9000), SECRET, 8000), "x".repeat(8000));
});

test("redact() replaces a secret before it shortens the text", () => {
  const text = `${"x".repeat(490)} ${SECRET}`;
  assertEquals(redact(text, SECRET), `${"x".repeat(490)} ***`);
});

test("redact() searches more than it returns", () => {
  const text = `${SECRET}! `.repeat(20);
  assertEquals(redact(text, SECRET, 200), "***! ".repeat(20).trim());
});

test("redact() searches at most eight times what it returns", () => {
  const text = `${SECRET}! `.repeat(200);
  assertEquals(redact(text, SECRET, 100).length < 100, true);
});

test("redact() takes linear time, whatever the text", () => {
  const pieces = [
    ...["a", "a;", "=", "a=", "a=a;", "tid=", "tid%3D", "a= ", "a=\n;", "gh"],
    ...["ghu_", "ghu_a.", '"token":"', '"token" ', "\\", "<", ";a=", ":a", "%"],
    ...["%3D", "a-", " a=", "a=b;c=d:", "; ", SECRET, TOKEN],
  ];
  for (const piece of pieces) {
    const text = piece.repeat(100_000 / piece.length);
    assertEquals(redact(text, SECRET, Infinity).includes(SECRET), false);
  }
});
