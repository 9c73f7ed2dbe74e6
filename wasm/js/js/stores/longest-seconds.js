/** Half a century: nothing is meant to be kept for longer, and every database can count it. */
export const LONGEST_SECONDS = 1_576_800_000;
