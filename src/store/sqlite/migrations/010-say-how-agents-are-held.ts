/** A fact of its own and not a part of the fold: the row's fold may stand behind what was last said of the session. */
export const sayHowAgentsAreHeld = `
ALTER TABLE session ADD COLUMN isolation TEXT;
`;
