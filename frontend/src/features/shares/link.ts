/** The password that stands in a link: `/s/ID/PASSWORD`. */
export const passwordIn = (link: string) => /\/s\/[^/?#]+\/([^/?#]+)/.exec(link)?.[1];
