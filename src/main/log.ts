/** The server's log on standard error: structured, with everything that could be a secret left out. */
import pino from "pino";
import type { Logger } from "pino";

const SECRET_FIELDS = ["authorization", "cookie", "apiKey", "api_key", "key", "secret", "token", "password"];

export function openLog(level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino({ level, redact: { paths, censor: "[left out]" } }, pino.destination({ dest: 2, sync: true }));
}
