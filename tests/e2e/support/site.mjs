// Job Server with everything around it, as `devkit up` starts it: the addresses of its parts, what they have seen, and
// stopping all of it. Knows nothing of browsers.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { until } from "./until.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
const DEVKIT = process.env.DEVKIT ?? join(ROOT, "target/debug/devkit");
/** What is worth keeping of a run that failed. */
export const KEPT = join(ROOT, "test-results");
const START_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 45_000;
/** Of our own environment; anything else could name a real database or a real controller. */
const PASSED_ON = ["PATH", "HOME", "USER", "TMPDIR", "LANG"];
/** The server's own port and those of the stand-ins after it. */
const PORTS = 7;

export class Site {
  #process;
  #directory;
  #port;
  #pace;
  #kill = () => this.#process?.kill("SIGKILL");

  constructor(directory, port, pace) {
    this.#directory = directory;
    this.#port = port;
    this.#pace = pace;
  }

  /**
   * A fresh one with the sample data.
   * @param {number} pace  milliseconds between two steps of the RAP controller; 0: it moves only by `tick`
   * @param {string[]} options  of `devkit up`, such as "--empty": nothing in the database
   */
  static async start(pace, ...options) {
    // Being told to end does not count as an exit by itself, and what is started has to be stopped.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
    const directory = await mkdtemp(join(tmpdir(), "jobserver-e2e-"));
    // PostgreSQL runs as another user when we are root, and has to get through this folder.
    await chmod(directory, 0o755);
    const site = new Site(directory, await freePorts(), pace);
    await site.up("--fresh", ...options);
    return site;
  }

  /** Starts it on what it had when it was last stopped or killed. */
  async up(...options) {
    const log = await open(this.#logFile, "a");
    const command = ["up", "--port", this.#port, "--pace", this.#pace, "--private", this.#directory, ...options];
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => PASSED_ON.includes(name)),
    );
    this.#process = spawn(DEVKIT, command.map(String), {
      stdio: ["ignore", log.fd, log.fd],
      env: { ...environment, RAP_API_POLL_INTERVAL: "1" },
    });
    await log.close();
    // Whatever ends this program must not leave a server behind.
    process.once("exit", this.#kill);
    await until("Job Server answers", async () => this.#hasEnded() || (await this.#isReady()), START_PATIENCE_MS);
    if (this.#hasEnded()) throw new Error(`devkit ended at once: see ${await this.keepLog()}`);
  }

  /** A command of the server, such as ("create_user", "ada", "-s"); what it printed. */
  async manage(...command) {
    const run = promisify(execFile);
    const { stdout } = await run(DEVKIT, ["--private", this.#directory, "manage", ...command]);
    return stdout;
  }

  get url() {
    return `http://localhost:${this.#port}`;
  }

  get github() {
    return `http://127.0.0.1:${this.#port + 1}`;
  }

  /** Every mail so far: `{to, subject, text, html, …}`, oldest first. */
  mails() {
    return this.#json(`http://127.0.0.1:${this.#port + 5}/mails.json`);
  }

  /** How the mail relay behaves from now on, such as `{mode: "fail", status: 550}`. */
  async tellRelay(behaviour) {
    await fetch(`http://127.0.0.1:${this.#port + 5}/_control/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(behaviour),
    });
  }

  /** Every message to Slack so far. */
  slackMessages() {
    return this.#json(`http://127.0.0.1:${this.#port + 4}/messages.json`);
  }

  /** One step of time for the RAP controller. */
  async tick() {
    await fetch(`http://127.0.0.1:${this.#port + 2}/_control/tick`, { method: "POST" });
  }

  /** Every job that the RAP controller knows: `{action, code, …}`. */
  controllersJobs() {
    return this.#json(`http://127.0.0.1:${this.#port + 2}/_control/jobs`);
  }

  /** A commit on a branch of a repository at the GitHub stand-in. */
  async push(repository, branch, files) {
    const response = await fetch(`${this.github}/_control/push`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ repository, branch, files }),
    });
    if (!response.ok) throw new Error(`the push was refused: ${await response.text()}`);
  }

  /** As a power cut: nobody is asked to end. Returns when nothing listens any more. */
  async killHard() {
    this.#process.kill("SIGKILL");
    await this.#ended();
    await until("nothing listens any more", () => isFree(this.#port));
  }

  /** Stops everything in order and forgets its data. */
  async stop() {
    this.#process.kill("SIGTERM");
    const stopped = await this.#ended(STOP_PATIENCE_MS);
    await rm(this.#directory, { recursive: true, force: true });
    if (!stopped) throw new Error("devkit did not stop when asked to, and was killed");
  }

  /** Copies what it wrote so far to where it outlives the run; the path. */
  async keepLog() {
    await mkdir(KEPT, { recursive: true });
    const kept = join(KEPT, "server.log");
    await copyFile(this.#logFile, kept);
    return kept;
  }

  get #logFile() {
    return join(this.#directory, "log.txt");
  }

  #hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #ended(patience = STOP_PATIENCE_MS) {
    process.off("exit", this.#kill);
    if (this.#hasEnded()) return true;
    const late = setTimeout(() => this.#process.kill("SIGKILL"), patience);
    const [, signal] = await once(this.#process, "exit");
    clearTimeout(late);
    return signal !== "SIGKILL";
  }

  async #isReady() {
    const response = await fetch(`${this.url}/health-check/`);
    return response.ok;
  }

  async #json(address) {
    const response = await fetch(address);
    return response.json();
  }
}

/** The first of seven neighbouring ports that are all free. */
async function freePorts() {
  const lowest = 20_000 + (process.pid % 400) * 20;
  for (let first = lowest; first < lowest + 4_000; first += PORTS) {
    const ports = Array.from({ length: PORTS }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error("there are no seven free ports in a row");
}

function isFree(port) {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => answer(true)));
  });
}
