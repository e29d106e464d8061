/// A rule that is broken on purpose, to see that the simulator would miss it. Production code knows nothing of mutants: each is
/// a lie told at the border of a machine that has the effect of the rule's absence.
public enum Mutant: String, CaseIterable, Sendable {
    /// A replica answers when the log has written, not when it has synced.
    case answerBeforeSync = "answer-before-sync"
    /// A refused append counts as one that was made.
    case refusalIsDurable = "refusal-is-durable"
    /// A gateway counts one owner's answer as two.
    case minorityCounts = "minority-counts"
    /// What an acceptor promised and accepted is forgotten by its next life.
    case votesForgotten = "votes-forgotten"
    /// An acceptor that has promised a higher ballot accepts a lower one.
    case promiseBroken = "promise-broken"
    /// A reader of a register is told what is not on disk yet.
    case readBeforeSync = "read-before-sync"
    /// A reader of a register believes the first owner that answers.
    case readFromOne = "read-from-one"
    /// A watermark is counted one above what the device has stored.
    case watermarkAbove = "watermark-above"
    /// The gateway does not hold a message back for its predecessor.
    case noHoldForPredecessor = "no-hold-for-predecessor"
    /// What was sent before is not marked as a retry.
    case retryNotMarked = "retry-not-marked"
    /// A gateway that meets a node again does not subscribe there anew.
    case subscriptionLost = "subscription-lost"
    /// A gateway that meets a node again subscribes there once, whether it is answered or not.
    case subscribedOnce = "subscribed-once"
    /// Owners that do not push do not tell the numbers either.
    case numbersNotTold = "numbers-not-told"
    /// A gap is never read from the other owners.
    case gapNotRepaired = "gap-not-repaired"
    /// Acknowledgements reach one owner only.
    case acknowledgedAtOne = "acknowledged-at-one"
    /// A body that cannot be read is taken for an empty one.
    case unreadableIsEmpty = "unreadable-is-empty"
    /// A segment is deleted without moving what is live in it.
    case cleanWithoutMoving = "clean-without-moving"
    /// A message goes to whichever session of the node comes to hand.
    case wrongSession = "wrong-session"
    /// A receipt says one more than was delivered.
    case receiptAbove = "receipt-above"
    /// What a device was not told while it was away it is never told.
    case receiptsNotToldAgain = "receipts-not-told-again"
    /// Owners do not take in which receipts a device knows.
    case knownNotTaken = "known-not-taken"
    /// Owners take every message that ends for one whose time is over.
    case endedEarly = "ended-early"
    /// Owners end messages and tell no sender.
    case endNotTold = "end-not-told"
    /// Nodes take everybody for somebody who lets others know what it has read.
    case readsShownToAll = "reads-shown-to-all"
    /// A ring is adopted before it is on disk.
    case ringBeforeSync = "ring-before-sync"
    /// A replica serves whatever version of a slot it is asked for.
    case noFence = "no-fence"
    /// A slot changes hands before the newcomer has what it is to hold.
    case commitBeforeMerge = "commit-before-merge"
    /// A newcomer takes the copy of whichever owner answers first for the whole; an owner that stays takes its own.
    case snapshotFromOneOwner = "snapshot-from-one-owner"
    /// While a slot moves, the answers of any two of its owners and next owners are enough.
    case anyTwoOfBoth = "any-two-of-both"
    /// A next owner reports a slot when the last of its copy is written, not when it is synced.
    case mergeReportedBeforeSync = "merge-reported-before-sync"
    /// An owner that is to go gives its copy up when the slot begins to move.
    case oldCopyDroppedAtOnce = "old-copy-dropped-at-once"
    /// What a voter promised and accepted of the next ring is forgotten by its next life.
    case epochVoteForgotten = "epoch-vote-forgotten"
    /// Slots of which the log lost a part are served as if they were whole.
    case quarantineIgnored = "quarantine-ignored"
    /// A node whose peers remember more of it than its directory holds serves all the same.
    case olderStateServes = "older-state-serves"
    /// Nobody looks whether another process goes by a node's identity.
    case cloneServes = "clone-serves"
    /// What a node remembers of the others' lives is forgotten by its next life.
    case livesForgotten = "lives-forgotten"
    /// Owners never compare what they hold.
    case neverCompared = "never-compared"
    /// Whoever is to get a message is not told that the ones before it are lost.
    case lossNotTold = "loss-not-told"
    /// The log is never told what is dead in it.
    case freedNotTold = "freed-not-told"
    /// Owners show everybody to everybody.
    case hiddenShown = "hidden-shown"
    /// Owners do not notice that a gateway is dead: its sessions' people stay online.
    case deadGatewayStays = "dead-gateway-stays"
    /// Owners are not told that a session is over.
    case endedSessionStays = "ended-session-stays"
    /// Of the time that the word of somebody's typing takes on its way a second does not count.
    case typingStaysFresh = "typing-stays-fresh"
    /// What leaves a group's order is not known as finished to the owners of the group.
    case numberedAgain = "numbered-again"
    /// An orderer does not ask again about a stream in which something seems to be missing.
    case gapBelieved = "gap-believed"
    /// A change of a group's list may come before what was `sent` before it.
    case changeOvertakes = "change-overtakes"
    /// An owner drops what all devices of which it knows have stored, and asks nobody whether there are others.
    case dropUnconfirmed = "drop-unconfirmed"
    /// An owner takes what one device has stored for what another one has.
    case passOverHeld = "pass-over-held"
    /// A node's next life does not know how far streams are gone.
    case floorForgotten = "floor-forgotten"
    /// Owners do not keep whom somebody has blocked.
    case blockNotKept = "block-not-kept"
    /// A conversation is erased at one owner only.
    case erasedAtOne = "erased-at-one"
    /// Who takes a handle believes that whoever has it has given it up.
    case handleStolen = "handle-stolen"
    /// Who comes into a group later is not told where the group's stream begins.
    case streamFromOne = "stream-from-one"
}
