// Schema version 4: reactions, files, pictures of people. Never edited once released: add a file.
//
// `message.shown` is a JSON list of the stanza ids by which XMPP clients know the message, where it was more than one stanza or another id
// than its own: a caption keeps the message's id, each file has one beside it.
// `reaction.actor` is a legacy id of a foreign person, or the bare JID of a user of ours behind «@»: who they are cannot be confused, for no
// legacy id of a person contains one at its start. `reaction.told`: what a network that only counts told of this emoji; its actor is «».
// `file` knows where a file of the network's was put, so that a sticker is put there once. `expires_at`: until when it is surely there.
// `kept` are the files that our own HTTP server serves: `id` is the name of the file on disk.
export default `
ALTER TABLE message ADD COLUMN shown TEXT;
CREATE TABLE reaction (
  message_id TEXT NOT NULL REFERENCES message ON DELETE CASCADE,
  actor TEXT NOT NULL,
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (message_id, actor, emoji)
) KEYED;
CREATE TABLE file (
  network TEXT NOT NULL,
  stable_id TEXT NOT NULL,
  attached TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (network, stable_id)
) KEYED;
CREATE INDEX file_expiry ON file (expires_at);
CREATE TABLE kept (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  mime TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) KEYED;
CREATE INDEX kept_expiry ON kept (expires_at);
CREATE TABLE avatar (
  hash TEXT NOT NULL PRIMARY KEY,
  mime TEXT NOT NULL,
  width INTEGER,
  height INTEGER,
  bytes BLOB NOT NULL
) KEYED;
ALTER TABLE contact ADD COLUMN avatar TEXT;
ALTER TABLE contact ADD COLUMN avatar_hash TEXT;
`
