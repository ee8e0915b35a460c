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
  await runIn(root, [
    ...["tsx", "--tsconfig=tests/tsconfig.json", "tests/release/main.ts"],
    ...["--draft", `--repository=${REPOSITORY}`, `--out=${folder.path}`],
  ]);
  const { name, version } = denoConfig;
  const tarball = `${name.slice(1).replace("/", "-")}-${version}.tgz`;
  return {
    jsr: join(folder.path, "jsr"),
    npm: join(folder.path, tarball),
    singleFile: join(folder.path, "copilot_fetch.js"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
