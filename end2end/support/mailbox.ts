import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** A mail as it arrived. */
export interface Mail {
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
}

interface Waiting {
  address: string;
  predicate: (mail: Mail) => boolean;
  resolve: (mail: Mail) => void;
}

/** A real SMTP server that keeps what it is sent, for one worker. */
export class Mailbox {
  /** Mails that nobody has asked for yet, oldest first. */
  private arrived: Mail[] = [];
  private waiting: Waiting[] = [];
  private refused = new Map<string, string>();
  private readonly server: SMTPServer;

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      // Plain and open: it listens on the loopback interface only.
      disabledCommands: ["STARTTLS", "AUTH"],
      disableReverseLookup: true,
      onRcptTo: (address, _session, done) => {
        const answer = this.refused.get(address.address);
        done(answer ? Object.assign(new Error(answer), { responseCode: 550 }) : undefined);
      },
      onData: (stream, session, done) => {
        simpleParser(stream).then(
          (parsed) => {
            for (const recipient of session.envelope.rcptTo) {
              this.deliver({
                to: recipient.address,
                from: parsed.from?.text ?? "",
                subject: parsed.subject ?? "",
                text: parsed.text ?? "",
                html: parsed.html || "",
              });
            }
            done();
          },
          (error: Error) => done(error),
        );
      },
    });
    // A client that vanishes in the middle of a mail must not end the test run.
    this.server.on("error", () => {});
  }

  static async start(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    mailbox.server.listen(0, "127.0.0.1");
    await once(mailbox.server.server, "listening");
    return mailbox;
  }

  /** What `USHER_SMTP_URL` has to say. */
  get url(): string {
    const { port } = this.server.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}`;
  }

  /** Answers 550 with `answer` to every mail for `address` from now on. */
  refuse(address: string, answer: string): void {
    this.refused.set(address, answer);
  }

  /** Takes mail for `address` again. */
  accept(address: string): void {
    this.refused.delete(address);
  }

  /**
   * The oldest mail for `address` that `predicate` accepts, as soon as it is there. Each mail is
   * handed over once, so that asking again waits for the next one.
   */
  async waitFor(
    address: string,
    predicate: (mail: Mail) => boolean = () => true,
    milliseconds = 30_000,
  ): Promise<Mail> {
    const index = this.arrived.findIndex((mail) => mail.to === address && predicate(mail));
    const [mail] = index < 0 ? [] : this.arrived.splice(index, 1);
    if (mail) return mail;
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== waiting);
        const others = this.arrived.map((other) => `  ${other.to}: ${other.subject}`).join("\n");
        reject(new Error(`No such mail for ${address} arrived. Unread mails:\n${others || "  none"}`));
      }, milliseconds);
      const waiting: Waiting = {
        address,
        predicate,
        resolve: (arrived) => {
          clearTimeout(giveUp);
          resolve(arrived);
        },
      };
      this.waiting.push(waiting);
    });
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private deliver(mail: Mail): void {
    const index = this.waiting.findIndex(
      (waiting) => waiting.address === mail.to && waiting.predicate(mail),
    );
    const [waiting] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (waiting) waiting.resolve(mail);
    else this.arrived.push(mail);
  }
}

/** The link of `mail` whose path starts with `path`; both parts of the mail must carry the same one. */
export function linkIn(mail: Mail, path: string): string {
  const pattern = new RegExp(`https?://[^\\s"'<>]+${path}[A-Za-z0-9_-]+`);
  const link = pattern.exec(mail.text)?.[0];
  if (!link) throw new Error(`The text of "${mail.subject}" has no link to ${path}:\n${mail.text}`);
  if (!mail.html.includes(link)) {
    throw new Error(`The HTML of "${mail.subject}" lacks the link of its text, ${link}`);
  }
  return link;
}
