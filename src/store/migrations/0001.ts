// Schema version 1: users, accounts, contacts, direct conversations, messages and the outbox.
// A TypeScript module rather than a .sql file, so that the compiler carries it to dist/. Never edited once released: add a file.
//
// Times are epoch ms. message.id and outbox.id are minted by the core and ascend with time: their keys grow at the end, which keeps
// an insert at a few microseconds however many rows there are. For the same reason no index of `message` begins with the
// conversation, and its conversation_id is no foreign key: a cascade without an index would read the whole table once for each
// conversation. Who deletes conversations deletes their messages in one pass (users.ts).
export default `
CREATE TABLE gateway_user (
  id IDENTITY,
  jid TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);
CREATE TABLE account (
  id IDENTITY,
  network TEXT NOT NULL,
  legacy_id TEXT NOT NULL,
  sealed BLOB,
  state TEXT NOT NULL,
  reason TEXT,
  UNIQUE (network, legacy_id)
);
CREATE TABLE link (
  id IDENTITY,
  user_id BIGINT NOT NULL REFERENCES gateway_user ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
  network TEXT NOT NULL,
  tag TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (user_id, network, tag)
);
CREATE UNIQUE INDEX link_account ON link (account_id, user_id);
CREATE TABLE contact (
  id IDENTITY,
  network TEXT NOT NULL,
  legacy_id TEXT NOT NULL,
  name TEXT,
  username TEXT,
  kind TEXT NOT NULL DEFAULT 'person',
  profile TEXT NOT NULL DEFAULT '{}',
  updated_at BIGINT NOT NULL,
  UNIQUE (network, legacy_id)
);
CREATE TABLE roster (
  link_id BIGINT NOT NULL REFERENCES link ON DELETE CASCADE,
  contact_id BIGINT NOT NULL REFERENCES contact,
  consent TEXT NOT NULL,
  subscription TEXT NOT NULL DEFAULT 'none',
  name TEXT,
  PRIMARY KEY (link_id, contact_id)
) KEYED;
CREATE INDEX roster_contact ON roster (contact_id);
CREATE TABLE conversation (
  id IDENTITY,
  account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
  link_id BIGINT REFERENCES link ON DELETE CASCADE,
  legacy_id TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE UNIQUE INDEX conversation_direct ON conversation (legacy_id, link_id) WHERE link_id IS NOT NULL;
CREATE INDEX conversation_account ON conversation (account_id);
CREATE INDEX conversation_link ON conversation (link_id) WHERE link_id IS NOT NULL;
CREATE TABLE message (
  id TEXT NOT NULL PRIMARY KEY,
  conversation_id BIGINT NOT NULL,
  legacy_id TEXT,
  handle TEXT,
  sender TEXT NOT NULL,
  xmpp_id TEXT,
  digest TEXT,
  at BIGINT NOT NULL,
  revision TEXT,
  target TEXT,
  parts INTEGER NOT NULL DEFAULT 1
) KEYED;
CREATE UNIQUE INDEX message_legacy ON message (legacy_id, conversation_id) WHERE legacy_id IS NOT NULL;
CREATE INDEX message_xmpp ON message (xmpp_id, conversation_id) WHERE xmpp_id IS NOT NULL;
CREATE TABLE message_part (
  legacy_id TEXT NOT NULL,
  conversation_id BIGINT NOT NULL,
  message_id TEXT NOT NULL REFERENCES message ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  handle TEXT,
  PRIMARY KEY (legacy_id, conversation_id)
) KEYED;
CREATE INDEX message_part_of ON message_part (message_id);
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  lane TEXT NOT NULL,
  message_id TEXT,
  op TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued',
  attempts INTEGER NOT NULL DEFAULT 0,
  attempted_at BIGINT,
  due BIGINT NOT NULL DEFAULT 0,
  error TEXT
) KEYED;
CREATE INDEX outbox_lane ON outbox (lane, id);
CREATE TABLE adapter_state (
  account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
  key TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (account_id, key)
) KEYED;
`
