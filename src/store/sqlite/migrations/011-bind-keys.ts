/** A key of a session's own program opens what that session may use, and nothing else. */
export const bindKeys = `
ALTER TABLE api_key ADD COLUMN session_id TEXT;
`;
