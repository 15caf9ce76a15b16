/**
 * Which contents a skill's files are, by their hashes, for the one question of a sweep. A body has many of them, which no
 * index over the body itself can tell; so they are kept beside it, by whatever writes or removes a record.
 */
export const keepSkills = `
CREATE TABLE skill_content (
  hash TEXT NOT NULL,
  skill TEXT NOT NULL,
  PRIMARY KEY (hash, skill)
) STRICT, WITHOUT ROWID;
CREATE INDEX skill_content_by_skill ON skill_content (skill);

CREATE TRIGGER skill_written AFTER INSERT ON record WHEN new.kind = 'skill' BEGIN
  DELETE FROM skill_content WHERE skill = new.id;
  INSERT OR IGNORE INTO skill_content (hash, skill)
    SELECT json_extract(value, '$.hash'), new.id FROM json_each(new.body, '$.files');
END;
CREATE TRIGGER skill_removed AFTER DELETE ON record WHEN old.kind = 'skill' BEGIN
  DELETE FROM skill_content WHERE skill = old.id;
END;
`;
