// Schema version 5: ways in: proven identities, tickets, carried logins, bridges, rules, audit. Never edited once released: add a file.
//
// `account.carrier_id`: this login is carried by that account's session; `account.login` is what the network calls it there now, null while
// it is not connected. `account.may_send`: the person lets us answer.
// `link.identity` is the legacy id of the foreign person that the user has proven to be; of an owner and of a guest whom the configuration
// lets in it is null. `access` is what a proven person may do in a room, as the network was last asked (`checked_at`, epoch ms).
// `occupant.tag` is that of the address by which the client joined: whose rights count.
// `roster.picked_at`: when a foreign person last chose to talk with this link's user (epoch ms); of several users the latest is meant. -1:
// whom they talked with is gone, and they are to choose. `consent`: what the user allows; `was`: before it was «blocked». `refused`: the
// person wants nothing from this user. `asked_at`: when the person last asked for consent, or the user last said no, epoch ms.
// `held` are events of people who are to choose first whom they mean.
// `ticket.hash` is a keyed hash of a one-time code, never the code. `subject` is JSON, what it stands for.
// `rule.scope` says what `pattern` names: «jid» (a bare JID, a domain, or «*»), «foreign» (a legacy user id), «service» (a domain with rooms).
// `bridge_leg.consent_by`: who agreed for this side: a bare JID, «foreign <legacy id>», or «configuration».
// `message.copy_of` is the message in another leg of the bridge that this one repeats.
// `reaction.part`: legacy id of the part (`message_part`) that it is given to, «» for the first; people see of all parts together what is
// thought of the message.
export default `
ALTER TABLE account ADD COLUMN carrier_id BIGINT REFERENCES account ON DELETE CASCADE;
ALTER TABLE account ADD COLUMN login TEXT;
ALTER TABLE account ADD COLUMN may_send INTEGER NOT NULL DEFAULT 1;
CREATE INDEX account_carrier ON account (carrier_id) WHERE carrier_id IS NOT NULL;
ALTER TABLE link ADD COLUMN identity TEXT;
DROP INDEX link_account;
CREATE UNIQUE INDEX link_account ON link (account_id, user_id, COALESCE(identity, ''));
CREATE INDEX link_identity ON link (account_id, identity) WHERE identity IS NOT NULL;
ALTER TABLE gateway_user ADD COLUMN prefs TEXT NOT NULL DEFAULT '{}';
ALTER TABLE occupant ADD COLUMN tag TEXT;
ALTER TABLE roster ADD COLUMN picked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE roster ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE roster ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roster ADD COLUMN was TEXT;
CREATE TABLE held (
  id TEXT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
  legacy_user TEXT NOT NULL,
  legacy_id TEXT NOT NULL,
  event TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (account_id, legacy_user, legacy_id)
) KEYED;
CREATE TABLE access (
  link_id BIGINT NOT NULL REFERENCES link ON DELETE CASCADE,
  conversation_id BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
  role TEXT NOT NULL,
  may_send INTEGER NOT NULL,
  checked_at BIGINT NOT NULL,
  PRIMARY KEY (link_id, conversation_id)
) KEYED;
CREATE INDEX access_conversation ON access (conversation_id);
CREATE TABLE ticket (
  hash TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  network TEXT NOT NULL,
  user_id BIGINT REFERENCES gateway_user ON DELETE CASCADE,
  subject TEXT NOT NULL,
  uses_left INTEGER NOT NULL,
  expires_at BIGINT NOT NULL
) KEYED;
CREATE INDEX ticket_expiry ON ticket (expires_at);
CREATE INDEX ticket_user ON ticket (user_id) WHERE user_id IS NOT NULL;
CREATE TABLE rule (
  id IDENTITY,
  network TEXT NOT NULL,
  scope TEXT NOT NULL,
  pattern TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT,
  made_by TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  UNIQUE (network, scope, pattern)
);
CREATE TABLE audit (
  id TEXT NOT NULL PRIMARY KEY,
  network TEXT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  detail TEXT NOT NULL
) KEYED;
CREATE TABLE bridge (
  id IDENTITY,
  name TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '{}',
  origin TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE bridge_leg (
  conversation_id BIGINT NOT NULL PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
  bridge_id BIGINT NOT NULL REFERENCES bridge ON DELETE CASCADE,
  options TEXT NOT NULL DEFAULT '{}',
  consent_by TEXT NOT NULL,
  consent_at BIGINT NOT NULL
) KEYED;
CREATE INDEX bridge_leg_of ON bridge_leg (bridge_id);
ALTER TABLE message ADD COLUMN copy_of TEXT;
CREATE INDEX message_copy ON message (copy_of) WHERE copy_of IS NOT NULL;
ALTER TABLE reaction RENAME TO reaction_whole;
CREATE TABLE reaction (
  message_id TEXT NOT NULL REFERENCES message ON DELETE CASCADE,
  actor TEXT NOT NULL,
  part TEXT NOT NULL DEFAULT '',
  emoji TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 1,
  at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (message_id, actor, part, emoji)
) KEYED;
INSERT INTO reaction (message_id, actor, emoji, count, at) SELECT message_id, actor, emoji, count, at FROM reaction_whole;
DROP TABLE reaction_whole;
`
