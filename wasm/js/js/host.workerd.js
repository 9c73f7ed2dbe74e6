// The same in a Worker, whose hash is no faster before some kilobytes: the smaller module of Workers asks for none.

const decoder = new TextDecoder();

/** The text of ASCII bytes. */
export const ascii_text = (bytes, begin, end) => decoder.decode(bytes.subarray(begin, end));

export const host_of = undefined;
