// Every entry of the receiving side, so that its types are checked themselves.

export * as all from "overten-webhook";
export * as express from "overten-webhook/express";
export * as fastify from "overten-webhook/fastify";
export * as hono from "overten-webhook/hono";
export * as lambda from "overten-webhook/lambda";
export * as next from "overten-webhook/next";
export * as node from "overten-webhook/node";
export * as set_aside from "overten-webhook/set-aside";
export * as durable_object from "overten-webhook/stores/durable-object";
export * as memory from "overten-webhook/stores/memory";
export * as postgres from "overten-webhook/stores/postgres";
export * as redis from "overten-webhook/stores/redis";
export * as sveltekit from "overten-webhook/sveltekit";
export * as testing from "overten-webhook/testing";
