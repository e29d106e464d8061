/// What must always hold. The simulator looks at each as early as it can.
public enum Invariant: String, CaseIterable, Sendable {
    /// Every message that was said to be `sent` and is not delivered is on the synced disks of a majority of its owners.
    case sentDurable = "I1 sent is durable"
    /// First deliveries of a stream ascend without gap.
    case order = "I2 order"
    /// No watermark or receipt is above what the device has really stored.
    case watermark = "I3 watermark"
    /// Answers of one slot version only are counted, and a replica serves no other version than its own.
    case fence = "I4 fence"
    /// One record for each epoch, each growing out of the one before; what a node adopted never falls, not even over a crash.
    case epochChain = "I5 epochs"
    /// Owners are distinct and, when nothing moves, spread evenly.
    case ring = "I6 ring"
    /// Accounts are linearizable.
    case registers = "I7 registers"
    /// Nothing is answered before it is on stable storage.
    case syncBeforeAnswer = "I9 sync before answer"
    /// Queues, frames and windows stay within their limits.
    case limits = "I10 limits"
    /// Nothing is delivered that was not sent, or to somebody else, or changed on the way.
    case delivery = "I11 delivery"
    /// A directory that is not what its node was answers for nothing, and a node's own is never refused.
    case directories = "one directory, one node"
    /// Nobody is shown who does not show it, nor that somebody types who did so long ago; and in the end all are shown what is.
    case presence = "presence"
    /// Nobody is told what somebody has read who hides it, who hides it is told of nobody, and what a device knows it is not told
    /// again.
    case receipts = "receipts"
    /// A message with a lifetime ends when that is over and not before, and who sent it is told when nobody has had it.
    case ending = "messages end in time"
    /// A device that was taken out of its account is let in no more.
    case access = "access"
    /// Of whom somebody has blocked nothing arrives.
    case blocks = "blocks"
    /// What was erased does not come back.
    case erased = "erased"
    /// No two accounts have one e-mail address or number.
    case handles = "handles"
    /// A group has one order; everybody in the list in force gets all of it, and nobody else does.
    case groupOrder = "I12 groups"
    /// A client that keeps the rules is never refused for good.
    case clientRules = "client rules"
    /// What is written can be read: by a peer, and by the node's next life.
    case wire = "wire"
    /// The log reads back what was synced and cuts off what was torn.
    case log = "log"
    /// Nothing is given up that some device of the account is owed.
    case dropped = "I13 nothing is dropped early"
    /// When everything is healed, the owners of a slot hold the same, and nobody else holds anything.
    case copies = "copies are equal"
    /// What nobody needs any more leaves the disks.
    case diskUse = "disk use falls"
    /// When everything is healed, everything gets done.
    case liveness = "liveness"
    /// A scenario ends as it is meant to.
    case scenario = "scenario"
}

/// Something that must not have happened.
public struct Violation: Equatable, Sendable, CustomStringConvertible {
    /// What was broken.
    public let rule: Invariant
    /// By whom, and with what.
    public let text: String

    /// The rule, then the text.
    public var description: String { "\(rule.rawValue): \(text)" }
}
