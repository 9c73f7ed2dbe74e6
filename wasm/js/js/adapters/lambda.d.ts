import type { Receiver } from "../receiver.js";

/** What API Gateway, a function URL or a load balancer takes as an answer. */
export interface LambdaAnswer {
  statusCode: number;
  headers: Record<string, string>;
  multiValueHeaders?: Record<string, string[]> | undefined;
  body: string;
  isBase64Encoded: false;
}

/**
 * A handler for AWS Lambda behind API Gateway (REST and HTTP APIs, payload formats 1.0 and 2.0), a function URL or a
 * load balancer: `webhookHandler(receiver)`, exported as `handler`. `isBase64Encoded` is honoured.
 *
 * A function is frozen once it has answered, so what takes longer than 10 s may not be finished: its claim lapses, and
 * Overten's next attempt is taken. Use a store that all instances share.
 */
export function webhookHandler(receiver: Receiver): (event: any) => Promise<LambdaAnswer>;
