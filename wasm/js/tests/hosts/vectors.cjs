// The same where it is required.

const api = require("overten-webhook");
const diagnose = require("overten-webhook/diagnose");

Promise.all([import("../vectors.mjs"), import("./files.mjs")]).then(([{ run_all }, { texts }]) => {
  console.log(JSON.stringify(run_all({ api, diagnose }, texts())));
});
