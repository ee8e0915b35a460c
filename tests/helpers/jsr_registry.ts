/** JSR on loopback. */
import { createHash } from "node:crypto";
import { listen, type Loopback, sendJSON } from "./loopback.ts";
import { entryPoints, name, publishedFiles, version } from "./published.ts";

/** JSR on loopback, with nothing but this package. */
export interface Registry extends Loopback {
  /** The paths that were asked for, and are not there. */
  missing: string[];
}

/** Serves what publishing would send as JSR serves it to Deno. */
export async function startJSR(): Promise<Registry> {
  const files = await publishedFiles();
  const [scope, packageName] = name.slice(1).split("/");
  const documents: Record<string, unknown> = {
    [`/${name}/meta.json`]: {
      scope,
      name: packageName,
      latest: version,
      versions: { [version]: {} },
    },
    [`/${name}/${version}_meta.json`]: {
      manifest: Object.fromEntries(
        [...files].map(([path, content]) => [`/${path}`, {
          size: content.length,
          checksum: `sha256-${
            createHash("sha256").update(content).digest("hex")
          }`,
        }]),
      ),
      exports: entryPoints,
    },
  };
  const folder = `/${name}/${version}/`;
  const missing: string[] = [];
  const server = await listen(({ url = "" }, response) => {
    if (Object.hasOwn(documents, url)) {
      return sendJSON(response, documents[url]);
    }
    const file = url.startsWith(folder) && files.get(url.slice(folder.length));
    if (file) {
      const type = url.endsWith(".json")
        ? "application/json"
        : "text/typescript";
      response.writeHead(200, { "content-type": type });
      response.end(file);
    } else {
      missing.push(url);
      response.writeHead(404).end();
    }
  });
  return { ...server, missing };
}
