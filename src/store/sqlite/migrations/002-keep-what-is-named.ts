/**
 * What a version of a path was, so that all files can be shown as they were at a place of the log: until now a directory
 * looked like a deletion. Versions written before stay as they were.
 *
 * And an index for the one question of a sweep: who names this content. An image's record has the hashes in its body.
 */
export const keepWhatIsNamed = `
ALTER TABLE file_version ADD COLUMN is_directory INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_version ADD COLUMN is_readonly INTEGER NOT NULL DEFAULT 0;

CREATE INDEX file_version_by_hash ON file_version (hash) WHERE hash IS NOT NULL;
CREATE INDEX image_by_hash ON record (json_extract(body, '$.hash')) WHERE kind = 'image';
CREATE INDEX image_by_thumbnail ON record (json_extract(body, '$.thumbnail.hash')) WHERE kind = 'image';
`;
