// Next.js, with ledger and inbox in one Postgres: the events wait in the table `inbox` for whoever works on them.

import { after } from "next/server";
import { webhookHandler } from "overten-webhook/next";
import { receiver } from "../../../receiver.js";

const receive = webhookHandler(receiver, { after });

// Each method that Next.js can hand over, so that the receiver answers what it does not take.
export {
  receive as DELETE, receive as GET, receive as HEAD, receive as OPTIONS, receive as PATCH, receive as POST, receive as PUT,
};
export const dynamic = "force-dynamic";
