// Schema version 2: rooms, their participants and archive, accounts of the configuration. Never edited once released: add a file.
//
// A room is a conversation without link. Within a room `archive.pos` has no gaps and `archive.at` never descends (store/archive.ts):
// pages, counts and filters by time are then a few steps into an index, however long the history is. `archive.kind`: 2 is a message, 1 a
// retraction or what one left behind, 0 an entry that was taken out and only keeps its place. `archive.message_id` is of an edit the message
// it edits, of all else its own id. `message` still has no index by conversation; see the note in 0001.ts and `forgetMessages` (rooms.ts).
// Nor is `archive.conversation_id` a foreign key: of a conversation that was removed, archive and messages go by and by (`wiped`, upkeep.ts);
// `wiped.after` is the id up to which messages were looked through.
// `participant.nick_key` is the nick folded: two nicks in a room differ by more than capitals. `participant.name` is what the room alone
// calls somebody, `named` the name that the nick was made of.
export default `
ALTER TABLE account ADD COLUMN tag TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX account_tag ON account (network, tag) WHERE tag <> '';
ALTER TABLE conversation ADD COLUMN parent_id BIGINT REFERENCES conversation ON DELETE SET NULL;
ALTER TABLE conversation ADD COLUMN name TEXT;
ALTER TABLE conversation ADD COLUMN topic TEXT;
ALTER TABLE conversation ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversation ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE conversation ADD COLUMN cursor TEXT;
CREATE UNIQUE INDEX conversation_room ON conversation (legacy_id, account_id) WHERE link_id IS NULL;
CREATE INDEX conversation_parent ON conversation (parent_id) WHERE parent_id IS NOT NULL;
CREATE TABLE room_alias (
  legacy_id TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
  PRIMARY KEY (legacy_id, account_id)
) KEYED;
CREATE INDEX room_alias_room ON room_alias (conversation_id);
CREATE TABLE participant (
  id TEXT NOT NULL PRIMARY KEY,
  conversation_id BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
  nick TEXT NOT NULL,
  nick_key TEXT NOT NULL,
  contact_id BIGINT REFERENCES contact,
  user_id BIGINT REFERENCES gateway_user ON DELETE CASCADE,
  name TEXT,
  named TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL,
  title TEXT,
  seen_at BIGINT NOT NULL DEFAULT 0,
  present INTEGER NOT NULL DEFAULT 1
) KEYED;
CREATE UNIQUE INDEX participant_nick ON participant (conversation_id, nick_key);
CREATE UNIQUE INDEX participant_contact ON participant (contact_id, conversation_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX participant_user ON participant (user_id, conversation_id) WHERE user_id IS NOT NULL;
CREATE INDEX participant_ours ON participant (conversation_id, present, seen_at) WHERE user_id IS NOT NULL;
CREATE INDEX participant_admin ON participant (conversation_id, present, seen_at) WHERE role IN ('owner', 'admin');
CREATE INDEX participant_seen ON participant (conversation_id, seen_at) WHERE present = 1;
CREATE TABLE occupant (
  conversation_id BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
  full_jid TEXT NOT NULL,
  user_id BIGINT NOT NULL REFERENCES gateway_user ON DELETE CASCADE,
  via TEXT NOT NULL,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, full_jid)
) KEYED;
CREATE INDEX occupant_user ON occupant (user_id);
CREATE INDEX participant_gone ON participant (seen_at) WHERE present = 0 AND contact_id IS NOT NULL;
CREATE TABLE wiped (
  conversation_id BIGINT NOT NULL PRIMARY KEY,
  after TEXT NOT NULL DEFAULT ''
) KEYED;
CREATE TABLE archive (
  conversation_id BIGINT NOT NULL,
  pos BIGINT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  message_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  kind INTEGER NOT NULL,
  occupant TEXT,
  op TEXT NOT NULL,
  PRIMARY KEY (conversation_id, pos)
) KEYED;
CREATE INDEX archive_at ON archive (conversation_id, at, pos);
CREATE INDEX archive_message ON archive (message_id, pos);
CREATE INDEX archive_occupant ON archive (conversation_id, occupant, pos, kind) WHERE occupant IS NOT NULL;
CREATE INDEX archive_rest ON archive (conversation_id, kind, pos) WHERE kind < 2;
ALTER TABLE message ADD COLUMN retracted_at BIGINT;
`
