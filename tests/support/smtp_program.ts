// A mail server in a process of its own, under Node: Deno 2.6 lacks what the server asks of TLS. Settings as JSON in its
// first argument; one line of JSON for its port, then one for each mail that it takes.

import process from "node:process";
import { SMTPServer } from "smtp-server";

const settings = JSON.parse(process.argv[2]!) as {
  key: string;
  cert: string;
  secure: boolean;
  /** It offers no STARTTLS. */
  plain: boolean;
};

const tell = (line: unknown) => void process.stdout.write(`${JSON.stringify(line)}\n`);

const server = new SMTPServer({
  secure: settings.secure,
  key: settings.key,
  cert: settings.cert,
  authOptional: true,
  disabledCommands: settings.plain ? ["STARTTLS"] : [],
  onAuth(auth: any, _session: any, done: any) {
    if (auth.password === "right") done(null, { user: auth.username });
    else done(new Error("wrong password"));
  },
  onData(stream: any, session: any, done: any) {
    let text = "";
    stream.on("data", (chunk: Uint8Array) => text += new TextDecoder().decode(chunk));
    stream.on("end", () => {
      const { mailFrom, rcptTo } = session.envelope;
      tell({
        from: mailFrom.address,
        to: rcptTo.map(({ address }: { address: string }) => address),
        text,
        user: session.user ?? null,
        secure: session.secure,
      });
      done();
    });
  },
});
server.on("error", () => {});
server.listen(0, "127.0.0.1", () => tell({ port: (server.server.address() as { port: number }).port }));
