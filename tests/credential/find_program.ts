/** Prints what `findCredential` finds: the options are the first argument. */
import process from "node:process";
import {
  CredentialNotFoundError,
  findCredential,
} from "../../credential/mod.ts";

const options = JSON.parse(process.argv[2]);
try {
  console.log(JSON.stringify(await findCredential(options)));
} catch (error) {
  if (!(error instanceof CredentialNotFoundError)) throw error;
  console.log(error.message);
}
