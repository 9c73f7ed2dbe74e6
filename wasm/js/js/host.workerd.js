// The same in a Worker, which has nothing faster: its hash is none before some kilobytes, and the smaller module asks for none.

export const ascii_text = undefined;
export const host_of = undefined;
