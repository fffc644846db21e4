/** What is closest to the words typed comes first, the rest by date: the order unless a reader chooses another. */
export const BEST = "best";
/** The order of the data. */
export const NEWEST = "newest";
/** Orders of the list; with "-" before it, each but the best match is the other way round. */
export const SORTS = [BEST, NEWEST, "added", "year", "venue", "title", "name", "task", "criterion", "mechanism", "training", "code"];
