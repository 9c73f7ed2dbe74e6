import { Receiver, secretsFromLines } from "overten-webhook";
import { setAsideInFolder } from "overten-webhook/set-aside";
import { webhookHandler } from "overten-webhook/sveltekit";

const receiver = new Receiver({
  secrets: secretsFromLines(process.env.OVERTEN_WEBHOOK_SECRETS),
  handler: (event) => console.log(event.runId),
  setAside: setAsideInFolder("set-aside"),
});

export const POST = webhookHandler(receiver);
// Every other method, so that the receiver answers what it does not take.
export const GET = POST;
export const HEAD = POST;
export const fallback = POST;
// A redirect is final with Overten: with its final slash the path is the same path.
export const trailingSlash = "ignore";
