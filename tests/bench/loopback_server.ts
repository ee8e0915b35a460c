/** A server in a process of its own, in the place of Copilot. Prints its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";

const ANSWER = JSON.stringify({ choices: [] });

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
// It ends with the benchmark that started it.
process.stdin.resume().on("end", () => process.exit());
