import RoostConsensus
import RoostCore

/// What nodes say to each other about the cluster.
public enum ControlMessage: Equatable, Sendable {
    /// Asks for the ring record that the other goes by.
    case fetchRing
    /// Paxos phase one on the record of an epoch; answered by `epochPromised`, `epochConflict` or `ring`.
    case prepareEpoch(token: UInt64, epoch: Epoch, ballot: Ballot)
    /// Paxos phase one on a record that whoever is left decides alone, because these members are lost and a majority of the
    /// voters with them; answered like `prepareEpoch`, or not at all by a node that does not hold all of them for dead.
    case prepareRescue(token: UInt64, epoch: Epoch, ballot: Ballot, lost: [NodeID])
    /// Promised, durably, not to take ballots lower than this.
    case epochPromised(token: UInt64, ballot: Ballot, accepted: Ballot, value: [UInt8])
    /// Paxos phase two on the record of an epoch; answered by `epochAccepted`, `epochConflict` or `ring`.
    case acceptEpoch(token: UInt64, epoch: Epoch, ballot: Ballot, value: [UInt8])
    /// Accepted under this ballot, durably.
    case epochAccepted(token: UInt64, ballot: Ballot)
    /// This ballot is too low: a higher one was promised.
    case epochConflict(token: UInt64, ballot: Ballot, promised: Ballot)
    /// The sender, as a next owner, has on its disk everything of these slots at these versions.
    case merged([MergedSlot])
    /// A ring record, encoded; whoever receives it checks it like anything from outside.
    case ring([UInt8])
    /// Asks how the other is; answered by `status` with the same token.
    case askStatus(token: UInt64)
    /// How the sender is.
    case status(token: UInt64, NodeStatus)
}

/// A slot and the version at which a node holds everything of it.
public struct MergedSlot: Equatable, Sendable {
    /// The slot.
    public var slot: Slot
    /// Its version.
    public var version: UInt64

    /// Makes an entry.
    public init(slot: Slot, version: UInt64) {
        self.slot = slot
        self.version = version
    }
}
