// Reads {"kind": "post" | "edit", "body": …} a line, answers the list of what Discord's specification has against it.
import { createInterface } from "node:readline";
import * as spec from "./discord-api-spec.strict.mjs";

const schemas = {
  post: spec.IncomingWebhookRequestPartialSchema,
  edit: spec.IncomingWebhookUpdateRequestPartialSchema,
};

function told(issue) {
  const { path, code, message, input, ...limits } = issue;
  return `${path.join(".") || "message"}: ${code} ${JSON.stringify(limits).slice(0, 400)}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, body } = JSON.parse(line);
  const result = schemas[kind].safeParse(body);
  console.log(JSON.stringify(result.success ? [] : result.error.issues.map(told)));
}
