/** The npm registry on loopback. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { listen, sendJSON } from "./loopback.ts";
import type { Registry } from "./jsr_registry.ts";
import { name, version } from "./published.ts";

/** Serves a tarball as the npm registry does, and nothing else. */
export async function startNPM(file: string): Promise<Registry> {
  const tarball = await readFile(file);
  const missing: string[] = [];
  const server = await listen((request, response) => {
    const url = decodeURIComponent(request.url ?? "");
    if (url === "/package.tgz") {
      response.end(tarball);
    } else if (url === `/${name}`) {
      const hash = createHash("sha512").update(tarball).digest("base64");
      const dist = {
        tarball: `http://${request.headers.host}/package.tgz`,
        integrity: `sha512-${hash}`,
      };
      sendJSON(response, {
        name,
        "dist-tags": { latest: version },
        versions: {
          [version]: {
            name,
            version,
            dist,
            bin: { "copilot-fetch": "./cli/bin.js" },
          },
        },
      });
    } else {
      missing.push(url);
      response.writeHead(404).end();
    }
  });
  return { ...server, missing };
}
