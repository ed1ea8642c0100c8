import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { type Engine, makeDatabase } from "./database.ts";

/** How long a server may take to become ready and to stop, in milliseconds. */
const patience = 30_000;

/** A running server of our own: the real binary, with a data folder and a database to itself. */
export class Usher {
  private readonly lines: string[] = [];
  private readonly exited: Promise<void>;
  private found: (link: string) => void = () => {};

  /** The one-time link that makes the first Admin, once the server has printed it. */
  readonly setupLink: Promise<string> = new Promise((resolve) => {
    this.found = resolve;
  });

  private constructor(
    /** Where it answers, without a slash at the end. */
    readonly url: string,
    readonly dataFolder: string,
    private readonly process: ChildProcess,
    private readonly dropDatabase: () => Promise<void>,
  ) {
    this.exited = new Promise((resolve) => {
      process.once("exit", () => resolve());
      process.once("error", (error) => {
        this.lines.push(String(error));
        resolve();
      });
    });
    for (const stream of [process.stdout, process.stderr]) {
      if (stream) createInterface(stream).on("line", (line) => this.read(line));
    }
  }

  /** Starts a server on a new, empty database and waits until it is ready. */
  static async start(engine: Engine, smtpUrl: string | undefined): Promise<Usher> {
    const binary = findBinary();
    const dataFolder = await mkdtemp(join(tmpdir(), "usher-end2end-"));
    const database = await makeDatabase(engine, dataFolder);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const keyFile = join(dataFolder, "secret.key");
    if (engine === "postgres") {
      // Several servers can share a Postgres, so there the key is the operator's to give.
      await writeFile(keyFile, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    }
    const child = spawn(binary, ["serve"], {
      cwd: dataFolder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...withoutOwnSettings(process.env),
        USHER_LISTEN: `127.0.0.1:${port}`,
        USHER_PUBLIC_URL: url,
        USHER_DATA_DIR: dataFolder,
        USHER_DATABASE_URL: database.url,
        USHER_MAIL_FROM: "Usher <usher@example.com>",
        ...(smtpUrl ? { USHER_SMTP_URL: smtpUrl } : {}),
        ...(engine === "postgres" ? { USHER_SECRET_KEY_FILE: keyFile } : {}),
        RUST_BACKTRACE: "1",
      },
    });
    const usher = new Usher(url, dataFolder, child, database.drop);
    try {
      await usher.ready();
    } catch (error) {
      await usher.stop();
      throw error;
    }
    return usher;
  }

  /** Everything that the server has said so far. */
  get log(): string {
    return this.lines.join("\n");
  }

  /** Ends the server as an operator would, and removes what it kept. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      await within(patience, this.exited, () => {
        this.process.kill("SIGKILL");
        return `The server did not stop after SIGTERM:\n${this.log}`;
      });
    }
    await this.dropDatabase();
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    let gone = false;
    void this.exited.then(() => (gone = true));
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (gone) throw new Error(`The server ended before it was ready:\n${this.log}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.status === 200) return;
      // Nothing but /readyz tells when a server is ready, so it is asked again.
      await Promise.race([this.exited, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    throw new Error(`The server was not ready after ${patience} ms:\n${this.log}`);
  }

  private read(coloured: string): void {
    const line = coloured.replaceAll(/\u001b\[[0-9;]*m/g, "");
    this.lines.push(line);
    const link = /https?:\/\/\S+\/setup\/[A-Za-z0-9_-]+/.exec(line)?.[0];
    if (link) this.found(link);
  }
}

/** Asks the binary to serve its demo at an address, which it refuses: how it ended, and what it said. */
export async function serveDemo(listen: string): Promise<{ status: number | null; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), "usher-end2end-"));
  const child = spawn(findBinary(), ["serve", "--demo", "--listen", listen], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...withoutOwnSettings(process.env), USHER_DATA_DIR: folder },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  try {
    const status = await within(patience, ended, () => `The demo is served at ${listen}:\n${said}`);
    return { status, said };
  } finally {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `promise` gives, or an error with what `reason` says when it takes too long. */
async function within<Value>(
  milliseconds: number,
  promise: Promise<Value>,
  reason: () => string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(reason())), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function findBinary(): string {
  const given = process.env["USHER_BINARY"];
  const target = resolve(import.meta.dirname, "../../target");
  const candidates = given ? [resolve(given)] : [join(target, "dist/usher"), join(target, "debug/usher")];
  const binary = candidates.find((candidate) => existsSync(candidate));
  if (!binary) throw new Error(`No server to test, build it first. Looked for ${candidates.join(" and ")}`);
  return binary;
}

/** The settings of the person who runs the tests must not reach the server under test. */
function withoutOwnSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("USHER_")));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
