// Runs the vectors through the installed package, where it runs as ES modules, and prints what came of them.

import * as api from "overten-webhook";
import * as diagnose from "overten-webhook/diagnose";
import { run_all } from "../vectors.mjs";
import { texts } from "./files.mjs";

console.log(JSON.stringify(run_all({ api, diagnose }, texts())));
