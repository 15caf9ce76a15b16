/** Who works on what: presence, repositories, reservations, notices, and the workspace's feed. */
export const whoWorksOnWhat = "";
