// Schema version 3: the messages of direct chats, newest last, for what was missed there. Never edited once released: add a file.
//
// `message.chat_id` is the conversation again, of a direct one only: messages of rooms, which are the many, stay out of the index (see the
// note in 0001.ts). Messages from before have none: nothing was ever fetched of their chats.
export default `
ALTER TABLE message ADD COLUMN chat_id BIGINT;
CREATE INDEX message_chat ON message (chat_id, id) WHERE chat_id IS NOT NULL;
`
