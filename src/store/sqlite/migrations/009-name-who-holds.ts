/**
 * What is held of a budget is held by a run of a session's turn: one that is still being stopped must not free what the
 * next one holds. It is looked up with its budget, so the index by session goes.
 */
export const nameWhoHolds = `
DROP INDEX budget_hold_by_session;
ALTER TABLE budget_hold RENAME COLUMN session_id TO holder;
`;
