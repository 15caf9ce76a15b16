/**
 * The number of a session's facts says in its last bit that its queue is owed turns. What waits for an agent that is only
 * watched is read by that agent, and owed by nobody.
 */
export const oweNobodyWatched = `
UPDATE session SET fact_code = fact_code - 1 WHERE harness = 'observed' AND fact_code % 2 = 1;
`;
