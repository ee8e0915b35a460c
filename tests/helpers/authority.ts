/** Certificates for tests, made with openssl. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether certificates can be made here. */
export const hasOpenSSL = spawnSync("openssl", ["version"]).status === 0;

/** A certificate and its key, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** A certificate authority that exists as long as a test. */
export interface Authority extends Disposable {
  /** The file of its certificate, which a client has to trust. */
  file: string;
  /** Signs a certificate for `hosts`. */
  issue(hosts: readonly string[]): Certificate;
}

/** Used in place of the machine's own configuration. */
const CONFIGURATION = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
`;

/**
 * Creates an authority, in a folder that is removed with it. All have the same
 * name: a client distinguishes them by the signature alone.
 */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "copilot-fetch-tls-"));
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), text);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const openssl = (command: string) =>
    execFileSync("openssl", command.split(" "), { cwd: folder, stdio: "pipe" });
  const makeKey = (name: string) =>
    openssl(`ecparam -name prime256v1 -genkey -noout -out ${name}`);

  write("ca.cnf", CONFIGURATION);
  makeKey("ca.key");
  openssl(
    "req -config ca.cnf -extensions authority -new -x509 -days 2 " +
      "-key ca.key -out ca.pem",
  );
  return {
    file: join(folder, "ca.pem"),
    issue(hosts) {
      const names = hosts.map((host) => `DNS:${host}`);
      write("host.cnf", `subjectAltName = ${names}\n`);
      makeKey("host.key");
      openssl("req -config ca.cnf -new -key host.key -out host.csr");
      openssl(
        "x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial " +
          "-days 2 -extfile host.cnf -out host.pem",
      );
      return { cert: read("host.pem"), key: read("host.key") };
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}
