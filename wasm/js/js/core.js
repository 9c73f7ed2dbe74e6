// The module of all that takes part in receiving.

import { make } from "#core";
import { describe_with } from "./error.js";
import { Module } from "./module.js";

export const core = new Module(make);
describe_with((code, text) => core.instance.refusal_of(code, text));
