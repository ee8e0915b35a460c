/**
 * What a response has because it came from a server: an id, a date, and a URL.
 *
 * @module
 */

let lastRequest = 0;

/** Adds the headers that every response of Copilot has. */
export function addRequestId(response: Response): Response {
  const id = (++lastRequest).toString(16).padStart(12, "0");
  response.headers.set("x-request-id", `00000000-0000-4000-8000-${id}`);
  return addDate(response);
}

/** Adds the header that every response of a server has. */
export function addDate(response: Response): Response {
  response.headers.set("date", new Date(Date.now()).toUTCString());
  return response;
}

/** Gives a response the URL that it would have if `fetch` had made it. */
export function setResponseURL(response: Response, requestURL: string): void {
  const url = new URL(requestURL);
  url.hash = "";
  Object.defineProperty(response, "url", {
    value: url.href,
    configurable: true,
    enumerable: true,
  });
}
