// Every store function by name. The compiler holds them against the Store interface, arguments and result.
import type { Call } from "./call.js"
import * as audit from "./audit.js"
import * as access from "./access.js"
import * as contacts from "./contacts.js"
import * as archive from "./archive.js"
import * as avatars from "./avatars.js"
import * as bridges from "./bridges.js"
import * as carried from "./carried.js"
import * as choices from "./choices.js"
import * as copies from "./copies.js"
import * as consent from "./consent.js"
import * as conversations from "./conversations.js"
import * as direct from "./direct.js"
import * as events from "./events.js"
import * as files from "./files.js"
import * as held from "./held.js"
import * as markers from "./markers.js"
import * as messages from "./messages.js"
import * as occupants from "./occupants.js"
import * as outbox from "./outbox.js"
import * as participants from "./participants.js"
import * as personal from "./personal.js"
import * as previews from "./previews.js"
import * as reactions from "./reactions.js"
import * as reactionLines from "./reaction-lines.js"
import * as recent from "./recent.js"
import * as roomEvents from "./room-events.js"
import * as rooms from "./rooms.js"
import * as whereabouts from "./whereabouts.js"
import * as erasure from "./erasure.js"
import * as rules from "./rules.js"
import * as sending from "./sending.js"
import * as state from "./state.js"
import type { Store } from "../core/store.js"
import * as tickets from "./tickets.js"
import * as upkeep from "./upkeep.js"
import * as users from "./users.js"
import * as waiting from "./waiting.js"

/** All but `close`, which is the driver's own. */
export type FunctionName = Exclude<keyof Store, "close">
export type Functions = { readonly [K in FunctionName]: (...args: Parameters<Store[K]>) => Call<Awaited<ReturnType<Store[K]>>> }

export const functions: Functions = {
  loadNetwork: users.loadNetwork,
  register: users.register,
  unregister: users.unregister,
  setAccountState: users.setAccountState,
  putLogin: carried.putLogin,
  lastHeard: carried.lastHeard,
  rules: rules.rules,
  putRule: rules.putRule,
  dropRule: rules.dropRule,
  whereabouts: whereabouts.whereabouts,
  lastSaid: whereabouts.lastSaid,
  deadRows: whereabouts.deadRows,
  reviveRow: whereabouts.reviveRow,
  dropDead: whereabouts.dropDead,
  userSince: whereabouts.userSince,
  eraseForeign: erasure.eraseForeign,
  addActs: audit.addActs,
  acts: audit.acts,
  pruneActs: audit.pruneActs,
  preferences: personal.preferences,
  setPreferences: personal.setPreferences,
  exportUser: personal.exportUser,
  exportPage: personal.exportPage,
  eraseUser: personal.eraseUser,
  roster: contacts.roster,
  rosterEntry: contacts.rosterEntry,
  findContact: contacts.findContact,
  putContact: contacts.putContact,
  setSubscription: contacts.setSubscription,
  avatarOf: avatars.avatarOf,
  settleAvatar: avatars.settleAvatar,
  putPicture: avatars.putPicture,
  picture: avatars.picture,
  prunePictures: avatars.prunePictures,
  openDirect: conversations.openDirect,
  conversation: conversations.conversation,
  acceptAction: messages.acceptAction,
  acceptEvent: events.acceptEvent,
  acceptRetraction: direct.acceptRetraction,
  directMessage: direct.directMessage,
  directChats: direct.directChats,
  recentDirect: direct.recentDirect,
  knows: events.knows,
  acceptReactions: reactions.acceptReactions,
  ourReactions: reactions.ourReactions,
  acceptPreviews: previews.acceptPreviews,
  staleLines: reactionLines.staleLines,
  refreshLine: reactionLines.refreshLine,
  acceptMarker: markers.acceptMarker,
  offer: choices.offer,
  offered: choices.offered,
  offeredBy: choices.offeredBy,
  say: messages.say,
  findMessage: messages.findMessage,
  findPart: messages.findPart,
  furtherOf: messages.furtherOf,
  settleFile: waiting.settleFile,
  postponeFile: waiting.postponeFile,
  showLate: waiting.showLate,
  openLanes: outbox.openLanes,
  laneRows: outbox.laneRows,
  startSend: outbox.startSend,
  completeSend: sending.completeSend,
  failSend: sending.failSend,
  reschedule: outbox.reschedule,
  delivered: outbox.delivered,
  restore: outbox.restore,
  backlog: outbox.backlog,
  getState: state.getState,
  setState: state.setState,
  sealedValues: state.sealedValues,
  reseal: state.reseal,
  sharedFile: files.sharedFile,
  putSharedFile: files.putSharedFile,
  keepFile: files.keepFile,
  keptFile: files.keptFile,
  keptFiles: files.keptFiles,
  dropKept: files.dropKept,
  forgetKept: files.forgetKept,
  pruneShared: files.pruneShared,
  lastId: upkeep.lastId,
  prune: upkeep.prune,
  sweep: upkeep.sweep,
  schemaVersion: upkeep.schemaVersion,
  loadRooms: rooms.loadRooms,
  putRoom: rooms.putRoom,
  moveRoom: rooms.moveRoom,
  removeRoom: rooms.removeRoom,
  participants: participants.participants,
  participant: participants.participant,
  banned: participants.banned,
  meetParticipant: participants.meetParticipant,
  takeNick: participants.takeNick,
  roomsWith: participants.roomsWith,
  renameContact: participants.renameContact,
  loadOccupants: occupants.loadOccupants,
  putOccupant: occupants.putOccupant,
  dropOccupants: occupants.dropOccupants,
  archivePage: archive.archivePage,
  archiveEdges: archive.archiveEdges,
  pruneArchive: archive.pruneArchive,
  acceptRoomEvent: roomEvents.acceptRoomEvent,
  reflect: roomEvents.reflect,
  roomMessage: roomEvents.roomMessage,
  recentMessages: recent.recentMessages,
  guestLink: users.guestLink,
  putTicket: tickets.putTicket,
  findTicket: tickets.findTicket,
  takeTicket: tickets.takeTicket,
  revokeTickets: tickets.revokeTickets,
  pruneTickets: tickets.pruneTickets,
  proveIdentity: tickets.proveIdentity,
  ties: consent.ties,
  linkOfMessage: consent.linkOfMessage,
  blockedContacts: consent.blockedContacts,
  requests: consent.requests,
  peopleOfGuests: consent.peopleOfGuests,
  changeConsent: consent.changeConsent,
  pick: consent.pick,
  hold: held.hold,
  heldOf: held.heldOf,
  heldPeople: held.heldPeople,
  heldMessage: held.heldMessage,
  changeHeld: held.changeHeld,
  dropHeld: held.dropHeld,
  openTickets: tickets.openTickets,
  dropTicket: tickets.dropTicket,
  loadAccess: access.loadAccess,
  putAccess: access.putAccess,
  authorOf: access.authorOf,
  putConfiguredAccount: users.putConfiguredAccount,
  loadBridges: bridges.loadBridges,
  makeBridge: bridges.makeBridge,
  addLeg: bridges.addLeg,
  removeLeg: bridges.removeLeg,
  removeBridge: bridges.removeBridge,
  changeBridge: bridges.changeBridge,
  changeLeg: bridges.changeLeg,
  nextCopy: copies.nextCopy,
  dropCopy: copies.dropCopy,
  tellLegs: copies.tellLegs,
  legsWithCopies: copies.legsWithCopies,
}
