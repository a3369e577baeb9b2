// Schema version 4: reactions, files, pictures of people. Never edited once released: add a file.
//
// `message.shown` is a JSON list of the stanzas by which XMPP clients know the message, where they are not just one with its own id
// (shown.ts): a caption keeps the message's id, each file has one beside it.
// `message.files`: so many parts at its beginning hold files, the text may be the caption of the last. Counted for what users of ours say.
// `message_part.further` counts from 1 the messages besides the first that the network made of one part (an album's); 0: the part itself.
// `archive.kind` 3 is a message whose file is still being fetched: nobody reads beyond it until it is there, for it will have its place.
// `reaction.actor` is a legacy id of a foreign person, or the bare JID of a user of ours behind «@»: who they are cannot be confused, for a
// legacy id that begins so has a «=» before it; what a network only counts has the actor «». `reaction.at`: since when, epoch ms.
// `reaction_line` is the message of the account's own that sums up what users of ours think of another (`line_id`, null: there is none), the
// text it was last given, and when (epoch ms); `stale`: it may have to be another.
// `choice` is what a message offers to choose from (a poll, buttons), as JSON.
// `file` knows where a file of the network's was put, so that a sticker is put there once. `expires_at`: until when it is surely there.
// `kept` are the files that our own HTTP server serves: `id` is the name of the file on disk.
// `contact.avatar` is the file that the network told of last («null»: it has none), `avatar_hash` the picture that is shown, and `avatar_key`
// which one of the network's that is. Rows of `avatar` are facts, their bytes a bounded cache: what fell out of it is fetched again.
export default `
ALTER TABLE message ADD COLUMN shown TEXT;
ALTER TABLE message ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message_part ADD COLUMN further INTEGER NOT NULL DEFAULT 0;
CREATE INDEX archive_waiting ON archive (conversation_id, pos) WHERE kind = 3;
CREATE TABLE reaction (
  message_id TEXT NOT NULL REFERENCES message ON DELETE CASCADE,
  actor TEXT NOT NULL,
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 1,
  at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (message_id, actor, emoji)
) KEYED;
CREATE TABLE reaction_line (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES message ON DELETE CASCADE,
  line_id TEXT REFERENCES message ON DELETE SET NULL,
  text TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0
) KEYED;
CREATE INDEX reaction_line_of ON reaction_line (line_id);
CREATE INDEX reaction_line_stale ON reaction_line (message_id) WHERE stale = 1;
CREATE TABLE choice (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES message ON DELETE CASCADE,
  conversation_id BIGINT NOT NULL,
  offered TEXT NOT NULL
) KEYED;
CREATE INDEX choice_conversation ON choice (conversation_id, message_id);
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
  size BIGINT NOT NULL,
  width INTEGER,
  height INTEGER,
  used_at BIGINT NOT NULL,
  bytes BLOB
);
CREATE INDEX avatar_kept ON avatar (used_at, size) WHERE bytes IS NOT NULL;
CREATE INDEX avatar_use ON avatar (used_at);
ALTER TABLE contact ADD COLUMN avatar TEXT;
ALTER TABLE contact ADD COLUMN avatar_key TEXT;
ALTER TABLE contact ADD COLUMN avatar_hash TEXT REFERENCES avatar;
CREATE INDEX contact_avatar ON contact (avatar_hash) WHERE avatar_hash IS NOT NULL;
`
