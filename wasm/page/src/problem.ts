/** What cannot be read or signed as it was given: its message is for the person at the page. */
export class Problem extends Error {}
