// The vectors in a browser's page.

import * as api from "overten-webhook";
import * as diagnose from "overten-webhook/diagnose";
import { run_all } from "../vectors.mjs";

globalThis.run = (texts) => run_all({ api, diagnose }, texts);
