// Breaking changes since the last release that are meant, each with its reason. Emptied at a release.
export const MEANT = {};
