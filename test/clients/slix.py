# A client on slixmpp, driven by lines of JSON: orders on stdin, what it sees on stdout. See test/support/client-process.ts.
import asyncio
import hashlib
import json
import sys

import slixmpp
from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout, PresenceError


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        for plugin in ("xep_0030", "xep_0045", "xep_0059", "xep_0199", "xep_0203", "xep_0249", "xep_0297", "xep_0308", "xep_0313", "xep_0359"):
            self.register_plugin(plugin)
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("groupchat_message", self.heard)
        self.add_event_handler("groupchat_subject", lambda m: tell("subject", room=m["from"].bare, text=m["subject"], nick=m["from"].resource))
        self.add_event_handler("groupchat_invite", lambda m: tell("invited", room=m["from"].bare))
        self.add_event_handler("groupchat_direct_invite", lambda m: tell("invited", room=m["groupchat_invite"]["jid"]))
        self.add_event_handler("groupchat_presence", self.shown)
        self.add_event_handler("failed_auth", lambda _: tell("error", text="not logged in"))

    async def started(self, _):
        self.send_presence()
        await self.get_roster()
        tell("online", jid=str(self.boundjid))

    def heard(self, m):
        tell(
            "message",
            room=m["from"].bare,
            nick=m["from"].resource,
            id=m["id"],
            body=m["body"],
            delayed=m.xml.find("{urn:xmpp:delay}delay") is not None,
            replaces=m["replace"]["id"] if m.xml.find("{urn:xmpp:message-correct:0}replace") is not None else None,
            stanza=m["stanza_id"]["id"],
        )

    def shown(self, p):
        codes = sorted(p["muc"]["status_codes"])
        tell("presence", room=p["from"].bare, nick=p["from"].resource, type=p["type"], role=p["muc"]["role"], affiliation=p["muc"]["affiliation"], codes=codes)

    def pictured(self, m):
        info = m["pubsub_event"]["items"]["item"].xml.find(".//{urn:xmpp:avatar:metadata}info")
        tell("notified", jid=m["from"].bare, sha=info.get("id") if info is not None else None)

    def hashed(self, p):
        photo = p.xml.find("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")
        if photo is not None:
            tell("hash", jid=str(p["from"]), sha=photo.text or "")

    async def order(self, cmd, room=None, **more):
        muc = self["xep_0045"]
        if cmd == "join":
            _, subject, occupants, _ = await muc.join_muc_wait(JID(room), more["nick"], maxstanzas=more.get("history", 20), timeout=30)
            nicks = sorted({p["from"].resource for p in occupants})
            tell("joined", room=room, nick=muc.our_nicks[JID(room)], occupants=nicks, text=subject["subject"])
        elif cmd == "say":
            self.send_message(mto=JID(room), mbody=more["body"], mtype="groupchat")
        elif cmd == "leave":
            muc.leave_muc(JID(room), more["nick"])
        elif cmd == "ping":
            try:
                await self["xep_0199"].send_ping(JID(f"{room}/{more['nick']}"), timeout=20)
                tell("pong", room=room, joined=True)
            except IqError as error:
                tell("pong", room=room, joined=False, condition=error.condition)
        elif cmd == "rooms":
            items = await self["xep_0030"].get_items(jid=JID(more["service"]), timeout=20)
            tell("rooms", items=[[str(jid), name] for jid, _, name in items["disco_items"]["items"]])
        elif cmd == "history":
            # Newest page first, as a person scrolls.
            # Oldest first: going backwards its iterator ends after one page where the archive tells a count.
            bodies, pages = [], 0
            async for page in self["xep_0313"].retrieve(jid=JID(room), iterator=True, rsm={"max": more["page"]}):
                bodies += [r["mam_result"]["forwarded"]["stanza"]["body"] for r in page["mam"]["results"]]
                pages += 1
            tell("history", room=room, bodies=bodies, pages=pages)
        elif cmd == "faces":
            # From now on it wants to know what people look like.
            for plugin in ("xep_0054", "xep_0084", "xep_0115", "xep_0163"):
                self.register_plugin(plugin)
            self.add_event_handler("avatar_metadata_publish", self.pictured)
            self.add_event_handler("presence", self.hashed)
            self.add_event_handler("groupchat_presence", self.hashed)
            await self["xep_0115"].update_caps()
            self.send_presence()
        elif cmd == "avatar":
            answer = await self["xep_0084"].retrieve_avatar(JID(more["jid"]), more["sha"])
            data = answer["pubsub"]["items"]["item"]["avatar_data"]["value"]
            tell("avatar", jid=more["jid"], sha=hashlib.sha1(data).hexdigest())
        elif cmd == "vcard":
            card = (await self["xep_0054"].get_vcard(JID(more["jid"]), local=False))["vcard_temp"]
            data = card["PHOTO"]["BINVAL"]
            tell("vcard", jid=more["jid"], name=card["FN"], sha=hashlib.sha1(data).hexdigest() if data else None, type=card["PHOTO"]["TYPE"])
        elif cmd == "quit":
            await self.disconnect()


async def main():
    jid, password, host, port = sys.argv[1:5]
    client = Client(jid, password)
    client.enable_starttls = client.enable_direct_tls = client.force_starttls = False
    client["feature_mechanisms"].unencrypted_plain = True
    client["feature_mechanisms"].unencrypted_scram = True
    client.connect((host, int(port)), force_starttls=False, disable_starttls=True)
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        try:
            await client.order(**order)
        except (IqError, PresenceError) as error:
            tell("error", cmd=order["cmd"], text=str(error), condition=error.condition)
        except (IqTimeout, asyncio.TimeoutError):
            tell("error", cmd=order["cmd"], text="time-out")
        except Exception as error:
            tell("error", cmd=order["cmd"], text=repr(error))


asyncio.get_event_loop().run_until_complete(main())
