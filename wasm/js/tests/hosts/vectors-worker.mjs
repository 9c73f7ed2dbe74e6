// The vectors in a Worker: their texts come as a request, what came of them goes back.

import * as api from "overten-webhook";
import * as diagnose from "overten-webhook/diagnose";
import { run_all } from "../vectors.mjs";

export default {
  async fetch(request) {
    return Response.json(run_all({ api, diagnose }, await request.json()));
  },
};
