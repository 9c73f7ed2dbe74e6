// Preloaded into a documented program, so that a test learns where it listens.

import net from "node:net";

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...given) {
  this.once("listening", () => console.log(`http://127.0.0.1:${this.address().port}/`));
  return listen.apply(this, given);
};
