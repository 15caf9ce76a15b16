/** What must be known in a second session: rows beside the commit that made them true (P10). */
export const tellAnother = "";
