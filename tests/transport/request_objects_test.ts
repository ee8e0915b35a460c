import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { normalizeRequest } from "../../internal/outgoing_request.ts";
import { setUp } from "../helpers/scripted_copilot.ts";
import { rejectionOf } from "../helpers/stubs.ts";

const TEXT = { "content-type": "text/plain" };

function text(body: unknown): Promise<string> {
  return new Response(body as BodyInit).text();
}

test("normalizeRequest() takes everything of a Request", async () => {
  const controller = new AbortController();
  const request = new Request("https://a.com/v1/messages?beta=true", {
    method: "PUT",
    headers: { "content-type": "application/json", "x-a": "1" },
    body: "{}",
    redirect: "error",
    signal: controller.signal,
  });
  const { pathname, search, init } = await normalizeRequest(request, undefined);
  assertEquals([pathname, search], ["/v1/messages", "?beta=true"]);
  assertEquals([init.method, init.redirect], ["PUT", "error"]);
  assertEquals(init.headers, {
    "content-type": "application/json",
    "x-a": "1",
  });
  assertEquals(await text(init.body), "{}");
  controller.abort();
  assertEquals(init.signal?.aborted, true);
});

test("normalizeRequest() takes no methods of a Request", async () => {
  const { init } = await normalizeRequest(
    new Request("https://a.com/x"),
    undefined,
  );
  const types = Object.values(init).map((member) => typeof member);
  assert(!types.includes("function"));
});

test("normalizeRequest() overrides a Request by init, as fetch does", async () => {
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  const init = { method: "POST", headers: { "x-b": "2" }, body: "new" };
  const normalized = await normalizeRequest(request, init);
  const { method, headers, body } = normalized.init;
  assertEquals([method, headers, body], ["POST", { "x-b": "2" }, "new"]);
});

test("normalizeRequest() does not override a Request by undefined or a null body", async () => {
  const request = new Request("https://a.com/x", {
    method: "PUT",
    headers: { "x-a": "1" },
    body: "old",
  });
  const { init } = await normalizeRequest(request, {
    method: undefined,
    headers: undefined,
    body: null,
    signal: undefined,
  });
  assertEquals([init.method, init.headers["x-a"]], ["PUT", "1"]);
  assertEquals(await text(init.body), "old");
});

test("normalizeRequest() removes a Request's signal for signal: null", async () => {
  const request = new Request("https://a.com/x", {
    signal: AbortSignal.abort(),
  });
  const { init } = await normalizeRequest(request, { signal: null });
  assertEquals(init.signal, null);
});

test("normalizeRequest() takes a Request in place of init, as fetch does", async () => {
  const request = new Request("https://a.com/x", {
    method: "POST",
    headers: { ...TEXT, "x-a": "1" },
    body: "text",
  });
  const { pathname, init } = await normalizeRequest(
    "/y",
    request as unknown as RequestInit,
  );
  assertEquals([pathname, init.method], ["/y", "POST"]);
  assertEquals(init.headers["x-a"], "1");
  assertEquals(await text(init.body), "text");
});

test("normalizeRequest() takes the body of a Request whose init is a Request without one", async () => {
  const input = new Request("https://a.com/x", {
    method: "POST",
    body: "text",
  });
  const init = new Request("https://a.com/y", { method: "PUT" });
  const normalized = await normalizeRequest(
    input,
    init as unknown as RequestInit,
  );
  assertEquals(normalized.pathname, "/x");
  assertEquals(normalized.init.method, "PUT");
  assertEquals(await text(normalized.init.body), "text");
});

for (const type of ["application/json", "application/octet-stream"]) {
  test(`createCopilotFetch() refuses a used Request of ${type} before anything is sent`, async () => {
    const { copilot, exchanges, requests } = setUp();
    const request = new Request("https://a.com/x", {
      method: "POST",
      headers: { "content-type": type },
      body: "{}",
    });
    await request.text();
    await rejectionOf(TypeError, () => copilot(request));
    assertEquals(exchanges.length + requests.length, 0);
  });
}

test("normalizeRequest() gives a Request without a body none", async () => {
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    for (const type of ["application/json", "text/html"]) {
      const headers = { "content-type": type };
      const request = new Request("https://a.com/x", { method, headers });
      const { init } = await normalizeRequest(request, undefined);
      assert(!init.body);
    }
  }
});
