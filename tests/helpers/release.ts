/** Builds the release, as the release command does. */
import { join } from "node:path";
import { denoConfig, root } from "../run/files.ts";
import { emptyFolder, runIn } from "./folder.ts";

/** The address that the tests give the repository. */
export const REPOSITORY = "https://github.com/example/copilot-fetch";

/** What a release publishes, until it is disposed of. */
export interface Release extends AsyncDisposable {
  /** The folder for JSR. */
  jsr: string;
  /** The tarball for npm. */
  npm: string;
  /** `copilot_fetch.js`, beside its types. */
  singleFile: string;
}

/** Builds the working tree. */
export async function buildRelease(): Promise<Release> {
  const folder = await emptyFolder();
  // A project around the release must not change what is built.
  await folder.write("package.json", '{ "type": "commonjs" }');
  const out = join(folder.path, "release");
  await runIn(root, [
    ...["tsx", "--tsconfig=tests/tsconfig.json", "tests/release/main.ts"],
    ...["--draft", `--repository=${REPOSITORY}`, `--out=${out}`],
  ]);
  const { name, version } = denoConfig;
  const tarball = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  return {
    jsr: join(out, "jsr"),
    npm: join(out, tarball),
    singleFile: join(out, "copilot_fetch.js"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
