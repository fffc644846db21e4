/** Orders of the list; the first is the one of the data. With "-" before it, each is the other way round. */
export const SORTS = ["newest", "added", "year", "venue", "title", "name", "task", "criterion", "mechanism", "training", "code"];
