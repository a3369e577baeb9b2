# A client on nbxmpp, the engine of Gajim, driven by lines of JSON: orders on stdin, what it sees on stdout. See test/support/client-process.ts.
import json
import sys
import threading

from gi.repository import GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType, Mode
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import JID, Iq, Message, Presence
from nbxmpp.structs import DiscoIdentity, StanzaHandler


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


class Chat:
    def __init__(self, user, domain, password, host, port):
        self.joining = {}
        self.pages = {}
        self.keep = []  # the library holds callbacks by weak references
        self.client = client = Client(log_context="test")
        client.set_domain(domain)
        client.set_username(user)
        client.set_resource("gajim")
        client.set_password(password)
        client.set_mode(Mode.CLIENT)
        client.set_connection_types([ConnectionType.PLAIN])
        client.set_protocols([ConnectionProtocol.TCP])
        client.set_custom_host(f"{host}:{port}", ConnectionProtocol.TCP, ConnectionType.PLAIN)
        client.subscribe("connected", self.connected)
        client.subscribe("connection-failed", lambda *a: tell("error", text="no connection"))
        client.subscribe("disconnected", lambda *a: tell("offline"))
        client.register_handler(StanzaHandler(name="presence", callback=self.shown, ns=Namespace.MUC_USER, priority=48))
        client.register_handler(StanzaHandler(name="presence", callback=self.refused, typ="error", priority=48))
        client.register_handler(StanzaHandler(name="message", callback=self.heard, typ="groupchat", priority=48))
        client.register_handler(StanzaHandler(name="message", callback=self.archived, priority=47))
        client.connect()

    def connected(self, client, _signal):
        client.send_stanza(Presence())
        tell("online", jid=str(client.get_bound_jid()))

    def shown(self, _client, stanza, properties):
        jid = properties.jid
        codes = sorted(int(code.value) for code in (properties.muc_status_codes or []))
        user = properties.muc_user
        available = properties.type.value != "unavailable"
        room = str(jid.bare)
        tell("presence", room=room, nick=jid.resource, type=properties.type.value, role=user and user.role.value, affiliation=user and user.affiliation.value, codes=codes)
        joining = self.joining.get(room)
        if joining is not None and available:
            joining.append(jid.resource)
            if 110 in codes:
                del self.joining[room]
                tell("joined", room=room, nick=jid.resource, occupants=sorted(joining))

    def refused(self, _client, stanza, properties):
        tell("error", cmd="join", condition=properties.error.condition, text=str(properties.error))

    def heard(self, _client, stanza, properties):
        if properties.is_muc_subject:
            return tell("subject", room=str(properties.jid.bare), text=properties.subject, nick=properties.muc_nickname)
        if not properties.body or properties.is_mam_message:
            return
        correction = properties.correction
        tell(
            "message",
            room=str(properties.jid.bare),
            nick=properties.muc_nickname,
            id=properties.id,
            body=properties.body,
            delayed=stanza.getTag("delay", namespace=Namespace.DELAY2) is not None,
            replaces=correction and correction.id,
            stanza=properties.stanza_ids[0].id if properties.stanza_ids else None,
        )

    def hashed(self, _client, stanza, properties):
        if properties.avatar_state.value != "ignore":
            tell("hash", jid=str(properties.jid), sha=properties.avatar_sha or "", state=properties.avatar_state.name)

    def notified(self, _client, stanza, properties):
        if properties.is_pubsub_event and properties.pubsub_event.node == Namespace.AVATAR_METADATA:
            data = properties.pubsub_event.data
            tell("notified", jid=str(properties.jid), sha=data.avatar_shas[0] if data else None)

    def answered(self, what, jid):
        def done(task):
            try:
                found = task.finish()
            except Exception as error:
                return tell("error", cmd=what, text=repr(error))
            if what == "vcard":
                _, sha = found.get_avatar()
                return tell("vcard", jid=jid, name=found.data.get("FN"), sha=sha, type=found.data.get("PHOTO", {}).get("TYPE"))
            # The library holds the picture against its hash.
            tell("avatar", jid=jid, sha=found.sha)

        self.keep.append(done)
        return done

    def archived(self, _client, stanza, properties):
        if properties.is_mam_message and properties.body:
            self.pages.setdefault(properties.mam.query_id, []).append(properties.body)

    def order(self, cmd, room=None, **more):
        client = self.client
        if cmd == "join":
            self.joining[room] = []
            presence = Presence(to=f"{room}/{more['nick']}")
            muc = presence.setTag(Namespace.MUC + " x")
            muc.setNamespace(Namespace.MUC)
            muc.setTag("history", {"maxstanzas": str(more.get("history", 20))})
            client.send_stanza(presence)
        elif cmd == "say":
            client.send_stanza(Message(to=room, body=more["body"], typ="groupchat"))
        elif cmd == "leave":
            client.send_stanza(Presence(to=f"{room}/{more['nick']}", typ="unavailable"))
        elif cmd == "ping":
            ping = Iq("get", to=f"{room}/{more['nick']}")
            ping.addChild(name="ping", namespace=Namespace.PING)
            client.send_stanza(ping, callback=lambda _client, stanza: self.ponged(stanza, room), timeout=20)
        elif cmd == "rooms":
            client.get_module("Discovery").disco_items(more["service"], callback=self.listed)
        elif cmd == "info":
            client.get_module("MUC").request_info(room, request_vcard=False, callback=self.informed)
        elif cmd == "history":
            # Oldest first, as Gajim catches up.
            self.page(room, more["page"], None, [])
        elif cmd == "faces":
            # From now on it wants to know what people look like.
            client.register_handler(StanzaHandler(name="presence", callback=self.hashed, ns=Namespace.VCARD_UPDATE, priority=47))
            client.register_handler(StanzaHandler(name="message", callback=self.notified, ns=Namespace.PUBSUB_EVENT, priority=47))
            caps = client.get_module("EntityCaps")
            caps.set_caps([DiscoIdentity(category="client", type="pc", name="Gajim")], [Namespace.AVATAR_METADATA + "+notify"], "https://gajim.example")
            presence = Presence()
            presence.setTag("c", namespace=Namespace.CAPS, attrs=caps.caps._asdict())
            client.send_stanza(presence)
        elif cmd == "avatar":
            client.get_module("UserAvatar").request_avatar_data(more["sha"], JID.from_string(more["jid"]), callback=self.answered(cmd, more["jid"]))
        elif cmd == "vcard":
            client.get_module("VCardTemp").request_vcard(JID.from_string(more["jid"]), callback=self.answered(cmd, more["jid"]))
        elif cmd == "quit":
            client.disconnect()

    def ponged(self, stanza, room):
        tell("pong", room=room, joined=stanza.getType() == "result", condition=stanza.getError())

    def listed(self, task):
        tell("rooms", items=[[str(item.jid), item.name] for item in task.finish().items])

    def informed(self, task):
        info = task.finish().info
        tell("info", name=info.muc_name, description=info.muc_description, features=sorted(info.features), groupchat=info.is_muc)

    def page(self, room, size, after, bodies):
        query = f"q{len(bodies)}"

        def done(task):
            try:
                data = task.finish()
            except Exception as error:
                return tell("error", cmd="history", text=repr(error))
            bodies.append(self.pages.pop(query, []))
            if data.complete:
                return tell("history", room=room, bodies=[body for page in bodies for body in page], pages=len(bodies))
            self.page(room, size, data.rsm.last, bodies)

        self.keep.append(done)
        self.client.get_module("MAM").make_query(JID.from_string(room), queryid=query, after=after, max_=size, callback=done)


def orders(chat):
    for line in sys.stdin:
        GLib.idle_add(run, chat, json.loads(line))


def run(chat, order):
    try:
        chat.order(**order)
    except Exception as error:
        tell("error", cmd=order["cmd"], text=repr(error))
    return False


loop = GLib.MainLoop()
user, domain = sys.argv[1].split("@")
chat = Chat(user, domain, *sys.argv[2:5])
threading.Thread(target=orders, args=(chat,), daemon=True).start()
loop.run()
