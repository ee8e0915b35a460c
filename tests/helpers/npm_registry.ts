import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listen, sendJSON } from "./loopback.ts";
import { emptyFolder } from "./folder.ts";
import type { Registry } from "./jsr_registry.ts";
import { entryPoints, name, publishedFiles, version } from "./published.ts";

/** What npm knows the package by: `@jsr/scope__name`. */
const npmName = `@jsr/${name.slice(1).replace("/", "__")}`;

/** Makes of the sources what JSR makes of them for npm, and packs it. */
async function pack(): Promise<Uint8Array> {
  await using folder = await emptyFolder();
  const files = await publishedFiles();
  for (const [path, content] of files) await folder.write(path, content);
  const manifest = {
    name: npmName,
    version,
    type: "module",
    dependencies: {},
    exports: Object.fromEntries(
      Object.entries(entryPoints).map(([entry, path]) => [entry, {
        types: path.replace(/^\.\/(.*)\.ts$/, "./_dist/$1.d.ts"),
        default: path.replace(/\.ts$/, ".js"),
      }]),
    ),
  };
  await folder.write("package.json", JSON.stringify(manifest));
  const options = {
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      types: ["node"],
      typeRoots: [
        fileURLToPath(new URL("../node_modules/@types", import.meta.url)),
      ],
      module: "NodeNext",
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
      resolveJsonModule: true,
      declaration: true,
      declarationDir: "_dist",
      strict: true,
      skipLibCheck: true,
      rootDir: ".",
    },
    files: Object.values(entryPoints),
  };
  await folder.write("tsconfig.json", JSON.stringify(options));
  await folder.run(["tsc", "-p", "."]);
  // What `rewriteRelativeImportExtensions` does for programs alone.
  const declarations = await readdir(join(folder.path, "_dist"), {
    recursive: true,
  });
  for (const file of declarations) {
    if (!file.endsWith(".ts")) continue;
    const text = await folder.read(`_dist/${file}`);
    await folder.write(
      `_dist/${file}`,
      text.replace(/( from "\.{1,2}\/[^"]*)\.ts"/g, '$1.js"'),
    );
  }
  const { stdout } = await folder.run(["npm", "pack", "--json"]);
  return await readFile(join(folder.path, JSON.parse(stdout)[0].filename));
}

/** Serves the package as JSR's npm side serves it. */
export async function startNPM(): Promise<Registry> {
  const tarball = await pack();
  const missing: string[] = [];
  const server = await listen((request, response) => {
    const url = decodeURIComponent(request.url ?? "");
    if (url === "/package.tgz") {
      response.end(tarball);
    } else if (url === `/${npmName}`) {
      const hash = createHash("sha512").update(tarball).digest("base64");
      const dist = {
        tarball: `http://${request.headers.host}/package.tgz`,
        integrity: `sha512-${hash}`,
      };
      sendJSON(response, {
        name: npmName,
        "dist-tags": { latest: version },
        versions: { [version]: { name: npmName, version, dist } },
      });
    } else {
      missing.push(url);
      response.writeHead(404).end();
    }
  });
  return { ...server, missing };
}
