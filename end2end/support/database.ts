import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Engine = "sqlite" | "postgres";

/** A new, empty database and the way to get rid of it. */
export interface Database {
  url: string;
  drop: () => Promise<void>;
}

export async function makeDatabase(engine: Engine, dataFolder: string): Promise<Database> {
  if (engine === "sqlite") {
    // It goes away with its folder.
    return { url: `sqlite://${join(dataFolder, "usher.db")}`, drop: async () => {} };
  }
  const cluster = process.env["USHER_TEST_POSTGRES_URL"];
  if (!cluster) {
    throw new Error("USHER_TEST_POSTGRES_URL is not set: it names the cluster that gets the test databases");
  }
  const name = `usher_end2end_${randomBytes(6).toString("hex")}`;
  await sql(cluster, `create database ${name}`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => sql(cluster, `drop database if exists ${name} with (force)`) };
}

async function sql(cluster: string, statement: string): Promise<void> {
  await run("psql", ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, cluster]);
}
