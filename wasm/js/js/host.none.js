// The same where there is nothing faster, and a module is smaller that asks for nothing: in a Worker, whose hash is none before
// some kilobytes, and in a browser, which cannot hash in the midst of a call.

export const ascii_text = undefined;
export const host_of = undefined;
